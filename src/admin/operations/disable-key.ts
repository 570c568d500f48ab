import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { changeKey } from '../keys/find-key.ts';
import { keyId } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ id: keyId });

/** Switches a key off: refused at once like a revoked one, but it can be switched on again. */
export const disableKey: Operation<'keys disable', z.input<typeof input>, { readonly key: ListedKey }, AdminNeeds> = {
  name: 'keys disable',
  summary: 'switch a key off; "keys enable" switches it on again',
  input,
  permission: 'admin:keys',
  // It only takes away.
  hands: () => [],
  run(raw, { store, world }) {
    const { id } = readInput(input, raw);
    const disabledAtMs = world.clock.nowMs();
    const key = changeKey(store, id, (before) => {
      if (before.disabledAtMs !== undefined) throw new OperationRefused(`the key ${id} is disabled already: "sallyport keys enable ${id}" switches it on`);
      return { ...before, disabledAtMs };
    });
    return { key: listed(key, store, disabledAtMs) };
  },
};
