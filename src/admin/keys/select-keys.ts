import { z } from 'zod';
import { DAY_MS } from '../../model/duration.ts';
import type { StoredKey } from '../../model/api-key.ts';
import { endOf, stateOf } from '../../model/key-state.ts';
import { compileGlob } from '../../model/permission/permission.ts';
import type { Store } from '../../ports/store.ts';
import { MAX_DAYS } from './key-input.ts';
import { buildListing, type ListedKey } from './listed-key.ts';

/** Which keys are meant; a key has to meet all that is said. */
export const keyFilter = z.strictObject({
  owner: z.string().min(1).max(200).optional(),
  /** A glob of names, such as `sync-*`. */
  name: z.string().min(1).max(200).optional(),
  environment: z.enum(['live', 'test']).optional(),
  keyClass: z.string().min(1).max(63).optional(),
  state: z.enum(['active', 'expired', 'revoked', 'disabled', 'quarantined', 'rotated']).optional(),
  /** Neither used nor made in the last so many days. */
  unusedDays: z.number().int().min(1).max(MAX_DAYS).optional(),
  /** Made at least so many days ago. */
  olderThanDays: z.number().int().min(1).max(MAX_DAYS).optional(),
});

export type KeyFilter = z.output<typeof keyFilter>;

interface Where {
  readonly store: Store;
  readonly nowMs: number;
  readonly after?: string | undefined;
}

const PAGE = 500;

const tests = (filter: KeyFilter, { store, nowMs }: Where): readonly ((key: StoredKey) => boolean)[] => {
  const { name, environment, keyClass, state, unusedDays, olderThanDays } = filter;
  const names = name === undefined ? undefined : compileGlob(name);
  const unusedSince = nowMs - (unusedDays ?? 0) * DAY_MS;
  const asked: readonly (false | ((key: StoredKey) => boolean))[] = [
    names !== undefined && ((key) => names(key.name)),
    environment !== undefined && ((key) => key.environment === environment),
    keyClass !== undefined && ((key) => key.keyClass === keyClass),
    state !== undefined && ((key) => stateOf(key, nowMs) === state),
    olderThanDays !== undefined && ((key) => key.createdAtMs <= nowMs - olderThanDays * DAY_MS),
    // Last, because it asks the store.
    unusedDays !== undefined && ((key) => Math.max(key.createdAtMs, store.keyUse.lastOf(key.id)?.atMs ?? 0) <= unusedSince),
  ];
  return asked.filter((test) => test !== false);
};

/** The keys that a filter means, in the order they were made: read page by page, so that it holds few at a time. */
export function* keysThat(filter: KeyFilter, where: Where): Generator<StoredKey, undefined> {
  const meets = tests(filter, where);
  let { after } = where;
  while (true) {
    const page = where.store.apiKeys.page({ limit: PAGE, ...(after === undefined ? {} : { after }), ...(filter.owner === undefined ? {} : { owner: filter.owner }) });
    for (const key of page) if (meets.every((test) => test(key))) yield key;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return undefined;
    after = last.id;
  }
}

/** One page of what is shown of keys. */
export interface ListedKeys {
  readonly keys: readonly ListedKey[];
  /** What `after` has to say for the next page; absent when this is the last one. */
  readonly next?: string;
}

/** The keys that a filter means, as they are shown: at most `limit` of them, and where the next page begins. */
export const pageOf = (filter: KeyFilter, { limit, ...where }: Where & { readonly limit: number }): ListedKeys => {
  const list = buildListing(where.store, where.nowMs);
  const keys: ListedKey[] = [];
  for (const key of keysThat(filter, where)) {
    const last = keys.at(-1);
    if (last !== undefined && keys.length === limit) return { keys, next: last.id };
    keys.push(list(key));
  }
  return { keys };
};

/** Whether a key could still open something, now or after it has been enabled: revoking it changes something. */
export const isUnended = (key: StoredKey, nowMs: number): boolean => key.revokedAtMs === undefined && nowMs < endOf(key);
