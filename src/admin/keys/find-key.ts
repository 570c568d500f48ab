import type { StoredKey } from '../../model/api-key.ts';
import { nearest } from '../../model/did-you-mean.ts';
import { stateOf } from '../../model/key-state.ts';
import type { Operator } from '../../ports/operation.ts';
import type { Store } from '../../ports/store.ts';
import { NothingFound, OperationRefused } from '../needs.ts';

/** How many keys are looked at for one that may be meant: what a mistake costs must not depend on how many there are. */
const LOOKED_AT = 1_000;

/** The key of an id. @throws NothingFound when there is none, with the nearest id there is */
export const findKey = (store: Store, id: string): StoredKey => {
  const key = store.apiKeys.get(id);
  if (key !== undefined) return key;
  const meant = nearest(id, store.apiKeys.page({ limit: LOOKED_AT }).map((one) => one.id));
  throw new NothingFound(`there is no key ${id}: ${meant === undefined ? '"sallyport keys list" shows the ids' : `did you mean ${meant}?`}`);
};

/** A key that can still be changed. @throws OperationRefused when there is none, or it is revoked */
const findLiveKey = (store: Store, id: string): StoredKey => {
  const key = findKey(store, id);
  if (key.revokedAtMs !== undefined) throw new OperationRefused(`the key ${id} is revoked, and that is final: make another with "sallyport keys create"`);
  return key;
};

/** A key whose time has not come. @throws OperationRefused when it has */
export const findUnendedKey = (store: Store, id: string, nowMs: number): StoredKey => {
  const key = findLiveKey(store, id);
  const state = stateOf(key, nowMs);
  if (state === 'expired' || state === 'rotated') throw new OperationRefused(`the key ${id} ${state === 'expired' ? 'has expired' : 'was rotated and its overlap has ended'}: make another with "sallyport keys create"`);
  return key;
};

/** The holder of a key may not prolong it, nor may its predecessor or successor: whoever found it could keep it alive (K06). */
export const refuseHolder = (key: StoredKey, by: Operator): void => {
  if (by.credentialId === undefined || ![key.id, key.predecessor, key.successor].includes(by.credentialId)) return;
  throw new OperationRefused('a key cannot prolong itself: ask somebody with another credential');
};

/** What bars a key until it is taken off again. */
type Mark = 'disabledAtMs' | 'quarantinedAtMs';

/** Changes one live key, as one transaction. */
export const changeKey = (store: Store, id: string, change: (key: StoredKey) => StoredKey): StoredKey =>
  store.transaction(() => {
    const changed = change(findLiveKey(store, id));
    store.apiKeys.replace(changed);
    return changed;
  });

/**
 * Takes a mark off a live key; never at the word of its holder.
 * @param called what the key is while it has the mark
 * @throws OperationRefused when it has none
 */
export const liftMark = (store: Store, { id, by }: { readonly id: string; readonly by: Operator }, { mark, called }: { readonly mark: Mark; readonly called: string }): StoredKey =>
  changeKey(store, id, (before) => {
    refuseHolder(before, by);
    const { [mark]: markedAtMs, ...rest } = before;
    if (markedAtMs === undefined) throw new OperationRefused(`the key ${id} is not ${called}: "sallyport keys show ${id}" tells its state`);
    return rest;
  });
