import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { changeKey, refuseHolder } from '../find-key.ts';
import { handsOfKey } from '../hands-of-key.ts';
import { keyId } from '../key-input.ts';
import { listed, type ListedKey } from '../listed-key.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ id: keyId });

/** Switches a disabled key on again. */
export const enableKey: Operation<'keys enable', z.input<typeof input>, { readonly key: ListedKey }, AdminNeeds> = {
  name: 'keys enable',
  summary: 'switch a disabled key on again',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  run(raw, { store, world }, by) {
    const { id } = readInput(input, raw);
    const key = changeKey(store, id, (before) => {
      refuseHolder(before, by);
      const { disabledAtMs, ...rest } = before;
      if (disabledAtMs === undefined) throw new OperationRefused(`the key ${id} is not disabled: "sallyport keys show ${id}" tells its state`);
      return rest;
    });
    return { key: listed(key, store, world.clock.nowMs()) };
  },
};
