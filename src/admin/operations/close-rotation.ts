import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { keyId } from '../keys/key-input.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { findRotation } from '../keys/rotation.ts';

const input = z.strictObject({ id: keyId });

/** Ends the overlap of a rotation now: the old key is revoked for good. */
export const closeRotation: Operation<'keys close', z.input<typeof input>, { readonly revoked: string; readonly successor: string }, AdminNeeds> = {
  name: 'keys close',
  summary: 'end the overlap of a rotation now: the old key is revoked',
  input,
  permission: 'admin:keys',
  // It only takes away.
  hands: () => [],
  touched: ({ revoked }) => [revoked],
  run(raw, { store, world }) {
    const { id } = readInput(input, raw);
    const now = world.clock.nowMs();
    return store.transaction(() => {
      const { old, successor } = findRotation(store, id, now);
      store.apiKeys.revoke(old.id, now);
      return { revoked: old.id, successor: successor.id };
    });
  },
};
