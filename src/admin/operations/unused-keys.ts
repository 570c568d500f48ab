import { z } from 'zod';
import { stateOf } from '../../model/key-state.ts';
import type { Operation } from '../../ports/operation.ts';
import { keyId, MAX_DAYS } from '../key-input.ts';
import { buildListing, type ListedKey } from '../listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { keysThat } from '../select-keys.ts';

const input = z.strictObject({
  days: z.number().int().min(1).max(MAX_DAYS).default(30),
  after: keyId.optional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

/** Lists active keys that were neither used nor made in the last days: candidates to be switched off. */
export const unusedKeys: Operation<'keys unused', z.input<typeof input>, { readonly keys: readonly ListedKey[]; readonly next?: string }, AdminNeeds> = {
  name: 'keys unused',
  summary: 'list active keys that nobody has used lately',
  input,
  permission: 'admin:keys',
  http: { method: 'GET', path: '/api/keys/unused' },
  run(raw, { store, world }) {
    const { days, after, limit } = readInput(input, raw);
    const nowMs = world.clock.nowMs();
    const list = buildListing(store, nowMs);
    const keys: ListedKey[] = [];
    for (const key of keysThat({ unusedDays: days }, { store, nowMs, after })) {
      if (stateOf(key, nowMs) !== 'active') continue;
      const last = keys.at(-1);
      if (last !== undefined && keys.length === limit) return { keys, next: last.id };
      keys.push(list(key));
    }
    return { keys };
  },
};
