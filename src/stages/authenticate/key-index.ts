import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { KeyEnvironment } from '../../model/api-key.ts';
import type { Principal } from '../../model/principal.ts';

/** One key as the request path holds it: who it is, and what makes it void. */
export interface IndexedKey {
  /** HMAC-SHA-256 of the key, 32 bytes. */
  readonly hash: Buffer;
  readonly principal: Principal;
  /** Absent for keys of MCP_API_KEYS, which open live and test servers alike. */
  readonly environment?: KeyEnvironment;
  readonly revoked: boolean;
  /** Configured by hand, hence perhaps guessable: not accepted from an address under suspicion (K12). */
  readonly guessable: boolean;
}

/** Hashes keys under the data directory's hash key: a stolen database alone tests no guess. */
export class KeyHasher {
  readonly #key: KeyObject;

  /** @param secret 32 random bytes */
  constructor(secret: Uint8Array) {
    this.#key = createSecretKey(secret);
  }

  hash(presented: string): Buffer {
    return createHmac('sha256', this.#key).update(presented).digest();
  }
}

const NO_KEY = Buffer.alloc(32);

/**
 * Keys by keyed hash, in memory. Replaced whole when keys change, so that a reader never sees half a change. A miss does
 * the same work as a hit (K03); the look-up itself compares hashes, which nobody without the hash key can steer.
 */
export class KeyIndex {
  #byHash: ReadonlyMap<string, IndexedKey> = new Map();
  #byId: ReadonlyMap<string, IndexedKey> = new Map();

  replace(keys: readonly IndexedKey[]): void {
    this.#byHash = new Map(keys.map((key) => [key.hash.toString('latin1'), key]));
    this.#byId = new Map(keys.map((key) => [key.principal.credentialId, key]));
  }

  find(hash: Buffer): IndexedKey | undefined {
    const key = this.#byHash.get(hash.toString('latin1'));
    return timingSafeEqual(hash, key?.hash ?? NO_KEY) ? key : undefined;
  }

  /** Whether a credential would still be accepted: asked for the streams it holds open. */
  isLive(credentialId: string, nowMs: number): boolean {
    const key = this.#byId.get(credentialId);
    return key !== undefined && !key.revoked && nowMs < (key.principal.expiresAtMs ?? Number.POSITIVE_INFINITY);
  }
}
