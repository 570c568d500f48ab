import { identityKinds } from '../adapters/identity/list.ts';
import type { SignInRules } from '../config/sign-in/sign-in-rules.ts';
import type { IdentityProvider } from '../ports/identity-provider.ts';
import type { World } from '../ports/world.ts';
import { readIssuerJson } from './tokens/issuer-json.ts';

/** A provider that people may sign in by, and what it was told. */
export interface SignInWay {
  readonly provider: IdentityProvider;
  readonly rules: SignInRules;
}

/** The providers that a configuration names, in its order, by name. Nothing is asked of them before somebody signs in. */
export const identityProviders = (rules: readonly SignInRules[], world: Pick<World, 'clock' | 'network'>): ReadonlyMap<string, SignInWay> =>
  new Map(
    rules.flatMap((each) => {
      const kind = identityKinds.find((one) => one.kind === each.kind);
      return kind === undefined ? [] : [[each.options.name, { provider: kind.build(each.options, { ...world, secret: each.secret, readJson: readIssuerJson }), rules: each }] as const];
    }),
  );
