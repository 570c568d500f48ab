import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { findKey } from '../keys/find-key.ts';
import { keyId } from '../keys/key-input.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ id: keyId });

export interface RevokedKey {
  readonly id: string;
  readonly revokedAtMs: number;
}

/** Revokes a key for good; a running gateway refuses it within a tenth of a second and ends its streams. */
export const revokeKey: Operation<'keys revoke', z.input<typeof input>, RevokedKey, AdminNeeds> = {
  name: 'keys revoke',
  summary: 'revoke an API key, at once and for good',
  input,
  permission: 'admin:keys',
  // It only takes away.
  hands: () => [],
  run(raw, { store, world }) {
    const { id } = readInput(input, raw);
    const revokedAtMs = world.clock.nowMs();
    findKey(store, id);
    if (!store.apiKeys.revoke(id, revokedAtMs)) throw new OperationRefused(`the key ${id} is revoked already`);
    return { id, revokedAtMs };
  },
};
