import { z } from 'zod';
import type { StoredKey } from '../../model/api-key.ts';
import type { Operation } from '../../ports/operation.ts';
import type { AdminNeeds } from '../needs.ts';

export type KeyState = 'active' | 'expired' | 'revoked';

/** A key as people may see it: no hash. */
export type ListedKey = Omit<StoredKey, 'hash'> & { readonly state: KeyState };

const input = z.strictObject({});

const stateOf = (key: StoredKey, nowMs: number): KeyState => {
  if (key.revokedAtMs !== undefined) return 'revoked';
  return nowMs >= (key.expiresAtMs ?? Number.POSITIVE_INFINITY) ? 'expired' : 'active';
};

/** Lists all stored keys, the revoked and expired ones included. */
export const listKeys: Operation<'keys list', z.input<typeof input>, readonly ListedKey[], AdminNeeds> = {
  name: 'keys list',
  summary: 'list the API keys of this data directory',
  input,
  permission: 'admin:keys',
  run(_input, { store, world }) {
    const now = world.clock.nowMs();
    return store.apiKeys.list().map(({ hash: _hash, ...key }) => ({ ...key, state: stateOf({ ...key, hash: '' }, now) }));
  },
};
