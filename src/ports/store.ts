import type { StoredKey } from '../model/api-key.ts';

/** Keys at rest. The hot path never asks it: an index in memory follows `changes`. */
export interface ApiKeyStore {
  /** All keys, revoked ones included. */
  list(): readonly StoredKey[];
  /** @throws Error when the id or hash exists already */
  insert(key: StoredKey): void;
  /** Marks the key revoked; false when no such key is live. */
  revoke(id: string, atMs: number): boolean;
}

export interface Store {
  readonly apiKeys: ApiKeyStore;
  /** Calls `listener` after another connection or process has committed a change. */
  onChange(listener: () => void): () => void;
  close(): void;
}
