import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { keyId, MAX_DAYS } from '../keys/key-input.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { pageOf, type ListedKeys } from '../keys/select-keys.ts';

const input = z.strictObject({
  days: z.number().int().min(1).max(MAX_DAYS).default(30),
  after: keyId.optional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

/** Lists active keys that were neither used nor made in the last days: candidates to be switched off. */
export const unusedKeys: Operation<'keys unused', z.input<typeof input>, ListedKeys, AdminNeeds> = {
  name: 'keys unused',
  summary: 'list active keys that nobody has used lately',
  input,
  permission: 'admin:keys',
  http: { method: 'GET', path: '/api/keys/unused' },
  run(raw, { store, world }) {
    const { days, after, limit } = readInput(input, raw);
    return pageOf({ unusedDays: days, state: 'active' }, { store, nowMs: world.clock.nowMs(), after, limit });
  },
};
