import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { liftMark } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { keyId } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
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
    const key = liftMark(store, { id, by }, { mark: 'disabledAtMs', called: 'disabled' });
    return { key: listed(key, store, world.clock.nowMs()) };
  },
};
