import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { keyId } from '../key-input.ts';
import { buildListing, type ListedKey } from '../listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';
import { keyFilter, keysThat } from '../select-keys.ts';

const input = z.strictObject({
  filter: keyFilter.optional(),
  /** The id of the last key of the page before. */
  after: keyId.optional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

export interface ListedKeys {
  readonly keys: readonly ListedKey[];
  /** What `after` has to say for the next page; absent when this is the last one. */
  readonly next?: string;
}

/** Lists stored keys page by page, in the order they were made, the revoked and expired ones included. */
export const listKeys: Operation<'keys list', z.input<typeof input>, ListedKeys, AdminNeeds> = {
  name: 'keys list',
  summary: 'list the API keys of this data directory',
  input,
  permission: 'admin:keys',
  run(raw, { store, world }) {
    const { filter, after, limit } = readInput(input, raw);
    const nowMs = world.clock.nowMs();
    const list = buildListing(store, nowMs);
    const keys: ListedKey[] = [];
    for (const key of keysThat(filter ?? {}, { store, nowMs, after })) {
      const last = keys.at(-1);
      if (last !== undefined && keys.length === limit) return { keys, next: last.id };
      keys.push(list(key));
    }
    return { keys };
  },
};
