import type { StoredKey } from '../../model/api-key.ts';
import { stateOf, type KeyState } from '../../model/key-state.ts';
import type { LastUse } from '../../ports/key-use.ts';
import type { KeyClass, Store } from '../../ports/store.ts';

/** A key as people may see it: no hash. */
export type ListedKey = Omit<StoredKey, 'hash'> & {
  readonly state: KeyState;
  readonly lastUse?: LastUse;
  /** When its class wants it rotated, or it expires if that is sooner. */
  readonly rotateByMs?: number;
  /** Whether that is near. */
  readonly due?: boolean;
};

const dueOf = (key: StoredKey, classes: readonly KeyClass[], nowMs: number): Pick<ListedKey, 'rotateByMs' | 'due'> => {
  const policy = classes.find(({ name }) => name === key.keyClass);
  if (policy === undefined || key.successor !== undefined) return {};
  const rotateByMs = Math.min(key.createdAtMs + policy.rotateEveryMs, key.expiresAtMs ?? Number.POSITIVE_INFINITY);
  return { rotateByMs, due: nowMs >= rotateByMs - policy.remindBeforeMs };
};

/** Shows keys as they are now, with what is known of their use. */
export const buildListing = (store: Pick<Store, 'keyUse' | 'keyClasses'>, nowMs: number): ((key: StoredKey) => ListedKey) => {
  const classes = store.keyClasses.list();
  return (key) => {
    const { hash: _hash, ...shown } = key;
    const state = stateOf(key, nowMs);
    const lastUse = store.keyUse.lastOf(key.id);
    return { ...shown, state, ...(lastUse === undefined ? {} : { lastUse }), ...(state === 'active' ? dueOf(key, classes, nowMs) : {}) };
  };
};

/** Shows one key. */
export const listed = (key: StoredKey, store: Pick<Store, 'keyUse' | 'keyClasses'>, nowMs: number): ListedKey => buildListing(store, nowMs)(key);
