import type { ClientFile, Lifted, LiftRequest } from './client.ts';
import { liftToBridge, liftToInput, liftToVariable } from './lift-json.ts';
import { liftToCodex } from './lift-toml.ts';

/** Takes a secret out of a file, and puts what its client understands in its place. */
export const lift = ({ lift: way }: Pick<ClientFile, 'lift'>, request: LiftRequest): Lifted => {
  switch (way.kind) {
    case 'variable': return liftToVariable(request, way.reference);
    case 'input': return liftToInput(request);
    case 'codex': return liftToCodex(request);
    case 'bridge': return liftToBridge(request);
  }
};
