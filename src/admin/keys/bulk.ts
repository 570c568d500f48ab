import { z } from 'zod';
import type { StoredKey } from '../../model/api-key.ts';
import { OperationRefused, type AdminNeeds, type BulkItem } from '../needs.ts';
import { isUnended, keyFilter, keysThat, type KeyFilter } from './select-keys.ts';

/** Which keys, and whether it is only asked what would happen. */
export const bulkInput = {
  filter: keyFilter,
  dryRun: z.boolean().default(false),
};

export interface BulkResult {
  readonly dryRun: boolean;
  readonly done: number;
  readonly refused: number;
  readonly items: readonly BulkItem[];
}

/** How many keys one run may take: its answer is held whole. */
const MOST = 10_000;

const meant = (filter: KeyFilter, { store, world }: AdminNeeds): readonly StoredKey[] => {
  if (Object.keys(filter).length === 0) throw new OperationRefused('a bulk operation needs a filter that says which keys: an owner, a name, an environment, a class, unused or older than so many days');
  const nowMs = world.clock.nowMs();
  const keys: StoredKey[] = [];
  for (const key of keysThat(filter, { store, nowMs })) {
    if (!isUnended(key, nowMs)) continue;
    if (keys.length === MOST) throw new OperationRefused(`more than ${String(MOST)} keys are meant: narrow the filter`);
    keys.push(key);
  }
  return keys;
};

/** Deals with one key; what an operation refuses is a result, not the end. */
const dealWith = async (key: StoredKey, work: (key: StoredKey) => Partial<BulkItem> | Promise<Partial<BulkItem>>): Promise<BulkItem> => {
  const { id, name, owner } = key;
  try {
    return { id, name, owner, outcome: 'done', ...(await work(key)) };
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return { id, name, owner, outcome: 'refused', reason: error.message };
  }
};

/** Does the same to every key that a filter means and that still works, one after the other; `progress` hears of each. */
export const inBulk = async ({ filter, dryRun }: { readonly filter: KeyFilter; readonly dryRun: boolean }, needs: AdminNeeds, work: (key: StoredKey) => Partial<BulkItem> | Promise<Partial<BulkItem>>): Promise<BulkResult> => {
  const items: BulkItem[] = [];
  for (const key of meant(filter, needs)) {
    const item = await dealWith(key, dryRun ? () => ({ outcome: 'would' }) : work);
    items.push(item);
    await needs.progress?.(items.length, item);
  }
  const count = (outcome: BulkItem['outcome']): number => items.filter((item) => item.outcome === outcome).length;
  return { dryRun, done: count('done'), refused: count('refused'), items };
};

/** The keys that were dealt with, and their successors. */
export const bulkTouched = ({ items }: BulkResult): readonly string[] =>
  items.flatMap(({ id, outcome, successor }) => (outcome !== 'done' ? [] : successor === undefined ? [id] : [id, successor]));
