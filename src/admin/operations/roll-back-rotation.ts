import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { refuseHolder } from '../keys/find-key.ts';
import { handsOfKey } from '../keys/hands-of-key.ts';
import { keyId } from '../keys/key-input.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { findRotation } from '../keys/rotation.ts';

const input = z.strictObject({ id: keyId });

/** Undoes a rotation while its overlap lasts: the new key is revoked, and the old one goes on to its own expiry. */
export const rollBackRotation: Operation<'keys rollback', z.input<typeof input>, { readonly revoked: string; readonly restored: string }, AdminNeeds> = {
  name: 'keys rollback',
  summary: 'undo a rotation that is still open: the new key is revoked',
  input,
  permission: 'admin:keys',
  hands: handsOfKey,
  touched: ({ revoked }) => [revoked],
  run(raw, { store, world }, by) {
    const { id } = readInput(input, raw);
    const now = world.clock.nowMs();
    return store.transaction(() => {
      const { old, successor } = findRotation(store, id, now);
      refuseHolder(old, by);
      if (successor.successor !== undefined) throw new OperationRefused(`the new key ${successor.id} was itself rotated: "sallyport keys rollback ${successor.id}" or "sallyport keys close ${successor.id}" first`);
      const { successor: _successor, overlapEndsAtMs: _end, ...restored } = old;
      store.apiKeys.replace(restored);
      store.apiKeys.revoke(successor.id, now);
      return { revoked: successor.id, restored: old.id };
    });
  },
};
