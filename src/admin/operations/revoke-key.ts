import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';

const input = z.strictObject({
  /** The key's id, `key_…`. */
  id: z.string().min(1),
});

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
  run(raw, { store, world }) {
    const { id } = input.parse(raw);
    const revokedAtMs = world.clock.nowMs();
    if (store.apiKeys.revoke(id, revokedAtMs)) return { id, revokedAtMs };
    const known = store.apiKeys.list().some((key) => key.id === id);
    throw new OperationRefused(known ? `the key ${id} is revoked already` : `there is no key ${id}: "sallyport keys list" shows the ids`);
  },
};
