import type { StoredKey } from '../../model/api-key.ts';
import { inOverlap } from '../../model/key-state.ts';
import type { Store } from '../../ports/store.ts';
import { findKey } from './find-key.ts';
import { OperationRefused } from '../needs.ts';

export interface Rotation {
  readonly old: StoredKey;
  readonly successor: StoredKey;
}

/**
 * The rotation that a key is in, be it the old or the new one.
 * @throws OperationRefused when there is none that is still open
 */
export const findRotation = (store: Store, id: string, nowMs: number): Rotation => {
  const key = findKey(store, id);
  const former = key.predecessor === undefined ? undefined : store.apiKeys.get(key.predecessor);
  const old = [key, former].find((one) => one !== undefined && inOverlap(one, nowMs));
  const successor = old?.successor === undefined ? undefined : store.apiKeys.get(old.successor);
  if (old === undefined || successor === undefined) throw new OperationRefused(`no rotation of the key ${id} is open: "sallyport keys show ${id}" tells its state`);
  return { old, successor };
};
