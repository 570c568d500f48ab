import { hash as oneShot, timingSafeEqual } from 'node:crypto';
import type { KeyEnvironment } from '../../model/api-key.ts';
import type { Principal } from '../../model/principal.ts';
import type { KeyHashing } from '../../ports/key-hashing.ts';
import { Recent } from './recent.ts';

/** One key as the request path holds it: who it is, and what makes it void. */
export interface IndexedKey {
  /** HMAC-SHA-256 of the key, 32 bytes. */
  readonly hash: Buffer;
  readonly principal: Principal;
  /** Absent for keys of MCP_API_KEYS, which open live and test servers alike. */
  readonly environment?: KeyEnvironment;
  readonly revoked: boolean;
  /** Why it opens nothing though it is neither revoked nor expired: disabled, quarantined, or its owner is disabled. */
  readonly closed?: string;
  /** Whether it may be used from an address; absent = from anywhere. */
  readonly mayCallFrom?: (address: string) => boolean;
  /** Whether it may be used at a time, and its hours in words; absent = always. */
  readonly hours?: { readonly hold: (nowMs: number) => boolean; readonly text: string };
  /** Refused when it stands in the URL (D7). */
  readonly headerOnly?: boolean;
  /** Configured by hand, hence perhaps guessable: not accepted from an address under suspicion (K12). */
  readonly guessable: boolean;
}

/** SHA-256 as text: the name under which an accepted key is remembered in memory. */
export const digestOf = (presented: string): string => oneShot('sha256', presented, 'base64');

const BLOCK_BYTES = 64;

const padded = (secret: Uint8Array, pad: number): Buffer => {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  for (const [at, byte] of secret.entries()) block[at] = byte ^ pad;
  return block;
};

/**
 * Hashes keys under the data directory's hash key: a stolen database alone tests no guess. HMAC-SHA-256 (RFC 2104) written as
 * its two hashes, because one-shot hashing costs a third of an Hmac object (docs/performance.md).
 */
export class KeyHasher implements KeyHashing {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** @param secret 32 random bytes */
  constructor(secret: Uint8Array) {
    if (secret.length > BLOCK_BYTES) throw new RangeError('the hash key is longer than a block');
    this.#inner = padded(secret, 0x36);
    this.#outer = padded(secret, 0x5c);
  }

  /** A key for another purpose, which the hash key does not follow from. A SHA-512 is no SHA-256: no presented key has such a hash. */
  derive(purpose: string): Buffer {
    return this.hashDigest(oneShot('sha512', purpose, 'buffer'));
  }

  /** The hash under which a presented key is looked up: of its SHA-256, so that hashed entries can be compared too. */
  hash(presented: string): Buffer {
    return this.hashDigest(oneShot('sha256', presented, 'buffer'));
  }

  /** The same for a key of which only the SHA-256 is known (hashed entries of MCP_API_KEYS, D8). */
  hashDigest(digest: Uint8Array): Buffer {
    const inner = oneShot('sha256', Buffer.concat([this.#inner, digest]), 'buffer');
    return oneShot('sha256', Buffer.concat([this.#outer, inner]), 'buffer');
  }
}

/** Stored keys, one at a time: what is not remembered is asked for. */
export interface StoredKeys {
  /** The key of a hash, or any other where nobody has it. */
  candidateFor(keyHash: Buffer): IndexedKey | undefined;
  byId(id: string): IndexedKey | undefined;
}

const NO_KEY = Buffer.alloc(32);
const NO_STORE: StoredKeys = { candidateFor: () => undefined, byId: () => undefined };

/** Keys in use that are remembered, in each of two generations (docs/keys.md says what that takes). */
const MAX_REMEMBERED = 25_000;

/**
 * Keys by keyed hash. Configured keys are held in memory; of stored ones those that opened something lately are remembered and the others
 * are asked for, so that neither start nor memory depends on how many there are. A miss does the same work as a hit (K03); the look-up
 * itself compares hashes, which nobody without the hash key can steer.
 */
export class KeyIndex {
  /** By the SHA-256 of the presented key: those that were found live, so that the usual request is hashed once. */
  readonly #accepted = new Recent<IndexedKey>(MAX_REMEMBERED);
  /** By id, for the streams that are open. */
  readonly #holders = new Recent<IndexedKey>(MAX_REMEMBERED);
  #configured: ReadonlyMap<string, IndexedKey> = new Map();
  #configuredById: ReadonlyMap<string, IndexedKey> = new Map();
  #stored: StoredKeys = NO_STORE;

  /** Takes other configured keys, and another way to the stored ones; nothing that was remembered outlives it. */
  replace(configured: readonly IndexedKey[], stored: StoredKeys = NO_STORE): void {
    this.#configured = new Map(configured.map((key) => [key.hash.toString('latin1'), key]));
    this.#configuredById = new Map(configured.map((key) => [key.principal.credentialId, key]));
    this.#stored = stored;
    this.forget();
  }

  /** Stored keys have changed: whatever is remembered of them is asked for again. */
  forget(): void {
    this.#accepted.clear();
    this.#holders.clear();
  }

  /** @param ours whether the text has the form of keys that are stored: no other is worth a look-up there */
  find(keyHash: Buffer, ours = true): IndexedKey | undefined {
    const key = this.#configured.get(keyHash.toString('latin1')) ?? (ours ? this.#stored.candidateFor(keyHash) : undefined);
    return timingSafeEqual(keyHash, key?.hash ?? NO_KEY) ? key : undefined;
  }

  recall(digest: string): IndexedKey | undefined {
    return this.#accepted.get(digest);
  }

  /**
   * Remembers a key that has just opened something. Refused keys are never remembered: unknown, revoked and expired ones
   * all take the same way each time, so their timing tells nothing (K03).
   */
  remember(digest: string, key: IndexedKey): void {
    this.#accepted.set(digest, key);
  }

  /** A key by its id, good or not. */
  holderOf(credentialId: string): IndexedKey | undefined {
    return this.#configuredById.get(credentialId) ?? this.#holders.get(credentialId) ?? this.#hold(credentialId);
  }

  /** Whether a credential would still be accepted: asked for the streams it holds open. */
  isLive(credentialId: string, nowMs: number): boolean {
    const key = this.holderOf(credentialId);
    if (key === undefined || key.revoked || key.closed !== undefined) return false;
    return nowMs < (key.principal.expiresAtMs ?? Number.POSITIVE_INFINITY) && (key.hours === undefined || key.hours.hold(nowMs));
  }

  #hold(credentialId: string): IndexedKey | undefined {
    const key = this.#stored.byId(credentialId);
    if (key !== undefined) this.#holders.set(credentialId, key);
    return key;
  }
}
