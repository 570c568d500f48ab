import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { liftMark } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { keyId } from '../keys/key-input.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ id: keyId });

/** Ends the quarantine of a key whose report was a mistake. */
export const releaseKey: Operation<'keys release', z.input<typeof input>, { readonly key: ListedKey }, AdminNeeds> = {
  name: 'keys release',
  summary: 'end the quarantine of a key that was reported by mistake',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  run(raw, { store, world }, by) {
    const { id } = readInput(input, raw);
    const key = liftMark(store, { id, by }, { mark: 'quarantinedAtMs', called: 'in quarantine' });
    return { key: listed(key, store, world.clock.nowMs()) };
  },
};
