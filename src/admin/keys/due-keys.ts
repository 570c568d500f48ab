import { stateOf } from '../../model/key-state.ts';
import type { Store } from '../../ports/store.ts';
import { buildListing, type ListedKey } from './listed-key.ts';

/** Keys that their class wants rotated soon, or that should be by now; at most `limit`. */
export const dueKeys = (store: Store, nowMs: number, limit: number): readonly ListedKey[] => {
  const list = buildListing(store, nowMs);
  const found = store.keyClasses.list().flatMap((keyClass) => store.apiKeys.dueOf(keyClass, nowMs, limit));
  return found.filter((key) => stateOf(key, nowMs) === 'active').slice(0, limit).map(list);
};
