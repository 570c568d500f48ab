import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { changeKey } from '../find-key.ts';
import { handsOfKey } from '../hands-of-key.ts';
import { keyId, keyLimits } from '../key-input.ts';
import { listed, type ListedKey } from '../listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  id: keyId,
  /** All limits of the key from now on; without any it has none of its own. */
  limits: keyLimits,
});

/** Gives a key other limits of its own, in place of those it had. */
export const limitKey: Operation<'keys limit', z.input<typeof input>, { readonly key: ListedKey }, AdminNeeds> = {
  name: 'keys limit',
  summary: 'set the limits of a key, in place of those it has',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  run(raw, { store, world }) {
    const { id, limits } = readInput(input, raw);
    const key = changeKey(store, id, ({ limits: _before, ...rest }) => (Object.keys(limits).length === 0 ? rest : { ...rest, limits }));
    return { key: listed(key, store, world.clock.nowMs()) };
  },
};
