import type { StoredKey } from '../model/api-key.ts';
import type { AlarmStore, BaselineStore } from './alarm-store.ts';
import type { AuthorityStore } from './authority-store.ts';
import type { DirectoryStore } from './directory-store.ts';
import type { DenialStore } from './denial-store.ts';
import type { KeyUseStore } from './key-use.ts';
import type { PeopleStore } from './people-store.ts';
import type { ProviderTokenStore } from './provider-token-store.ts';
import type { ToolPinStore } from './tool-pins.ts';

/** Which keys a page holds. */
export interface KeyPage {
  /** The id of the last key of the page before; absent for the first page. */
  readonly after?: string;
  readonly limit: number;
  readonly owner?: string;
}

/** A class of keys and how often it asks for rotation. */
export interface KeyClass {
  readonly name: string;
  readonly rotateEveryMs: number;
  readonly remindBeforeMs: number;
}

/** Keys at rest. A request asks it once for a key that is not remembered: one row, found by its hash. */
export interface ApiKeyStore {
  get(id: string): StoredKey | undefined;
  /** @param hash base64, as stored */
  findByHash(hash: string): StoredKey | undefined;
  /**
   * The key of a hash, or any other where nobody has it: whoever asks compares the hash, and a miss takes what a hit takes (K03).
   * Undefined only while there are no keys.
   */
  candidateFor(hash: string): StoredKey | undefined;
  /** Keys in the order they were made, revoked ones included. */
  page(page: KeyPage): readonly StoredKey[];
  /** Keys of a class that has a policy, neither revoked nor replaced, made or expiring before the given times. */
  dueOf(keyClass: KeyClass, nowMs: number, limit: number): readonly StoredKey[];
  /** Keys that end by their own date between two times, neither revoked nor replaced, the soonest first. */
  expiring(between: { readonly fromMs: number; readonly untilMs: number }, limit: number): readonly StoredKey[];
  /** @throws Error when the id or hash exists already */
  insert(key: StoredKey): void;
  /** Marks the key revoked; false when no such key is live. */
  revoke(id: string, atMs: number): boolean;
  /** Writes a key's record anew; false when there is no such key, or it is revoked: that is final. */
  replace(key: StoredKey): boolean;
}

export interface Store {
  readonly apiKeys: ApiKeyStore;
  readonly keyUse: KeyUseStore;
  readonly toolPins: ToolPinStore;
  readonly denials: DenialStore;
  readonly authority: AuthorityStore;
  readonly people: PeopleStore;
  readonly providerTokens: ProviderTokenStore;
  readonly directory: DirectoryStore;
  readonly alarms: AlarmStore;
  readonly baselines: BaselineStore;
  /** The classes of the configuration that last ran here, for commands that read none. */
  readonly keyClasses: { list(): readonly KeyClass[]; replace(classes: readonly KeyClass[]): void };
  /** Runs `work` as one change: all of it is committed, or nothing when it throws. */
  transaction<Result>(work: () => Result): Result;
  /** Calls `listener` after keys have changed, whoever changed them: at once for this process, within a tenth of a second for another. */
  onChange(listener: () => void): () => void;
  close(): void;
}
