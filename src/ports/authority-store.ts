import type { JsonObject } from '../model/json.ts';

/** Something the authorization server keeps: a code, a refresh token, a grant, a session. What would open anything is stored as its hash. */
export interface AuthorityRecord {
  readonly kind: string;
  /** The hash of what a caller presents, or a plain id where that opens nothing. */
  readonly id: string;
  /** Sealed: a stolen database alone opens nothing by it. */
  readonly payload: string;
  /** The family it belongs to: all of it ends together. */
  readonly grantId?: string;
  /** A second name, by which sessions are found. */
  readonly uid?: string;
  /** The hash of what a person types in for a device. */
  readonly userCode?: string;
  readonly expiresAtMs?: number;
  /** Whose it is. */
  readonly account?: string;
}

export interface StoredRecord extends AuthorityRecord {
  /** When it was used, where once is all it may be. */
  readonly consumedAtMs?: number;
  /** When it was written last. */
  readonly seenAtMs: number;
}

/** A key that signs tokens; its private half is sealed. */
export interface SealedKey {
  /** Counts up: two processes cannot both make the next one. */
  readonly generation: number;
  readonly keyId: string;
  readonly publicKey: JsonObject;
  readonly sealed: string;
  /** From then on it signs; it is published before. */
  readonly signsFromMs: number;
}

/** What a person has agreed to. */
export interface Consent {
  readonly account: string;
  readonly clientId: string;
  /** Scheme and host that codes are sent to: a client that moves asks again. */
  readonly redirectTo: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

/** A client of the configuration, as operators know it. */
export interface AgreedName {
  readonly id: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
}

/** What the authorization server remembers. Every change is durable when the call returns. */
export interface AuthorityStore {
  find(kind: string, id: string): StoredRecord | undefined;
  findByUid(kind: string, uid: string): StoredRecord | undefined;
  findByUserCode(kind: string, userCode: string): StoredRecord | undefined;
  /** Of one kind, what an account has. */
  ofAccount(kind: string, account: string): readonly StoredRecord[];
  /** Writes it, in place of one of the same kind and id. Whether it was consumed stays as it is. */
  put(record: AuthorityRecord, nowMs: number): void;
  /** Writes it unless there is one. */
  add(record: AuthorityRecord, nowMs: number): boolean;
  /** Marks it used, by one conditional write: true for exactly one of all who ask, in whatever process (G10). */
  consume(kind: string, id: string, nowMs: number): boolean;
  /** It is kept at least until then. */
  extend(kind: string, id: string, untilMs: number): void;
  /** It was seen again. */
  touch(kind: string, id: string, nowMs: number): void;
  destroy(kind: string, id: string): void;
  /** Ends a family; which kinds of it there were does not matter. */
  revokeGrant(grantId: string): void;
  /** Of one kind, in the order of their ids. */
  page(kind: string, page: { readonly after: string; readonly limit: number }): readonly StoredRecord[];
  /** How many of a kind there are. */
  count(kind: string): number;
  readonly keys: {
    list(): readonly SealedKey[];
    /** False when another process has made this generation first. */
    add(key: SealedKey): boolean;
    drop(generation: number): void;
  };
  readonly consents: {
    /** The scopes that were agreed to. */
    find(consent: Omit<Consent, 'scopes'>): readonly string[];
    remember(consent: Consent, nowMs: number): void;
    forget(account: string, clientId?: string): number;
    forgetClient(clientId: string): void;
  };
  /** The clients of the configuration that last ran here, for commands that read none. */
  readonly agreed: { list(): readonly AgreedName[]; replace(clients: readonly AgreedName[]): void };
}
