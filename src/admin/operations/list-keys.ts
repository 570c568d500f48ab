import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { keyId } from '../keys/key-input.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { keyFilter, pageOf, type ListedKeys } from '../keys/select-keys.ts';

const input = z.strictObject({
  filter: keyFilter.optional(),
  /** The id of the last key of the page before. */
  after: keyId.optional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

/** Lists stored keys page by page, in the order they were made, the revoked and expired ones included. */
export const listKeys: Operation<'keys list', z.input<typeof input>, ListedKeys, AdminNeeds> = {
  name: 'keys list',
  summary: 'list the API keys of this data directory',
  input,
  permission: 'admin:keys',
  run(raw, { store, world }) {
    const { filter, after, limit } = readInput(input, raw);
    return pageOf(filter ?? {}, { store, nowMs: world.clock.nowMs(), after, limit });
  },
};
