import type { CryptoKey } from 'jose';
import type { Issuer } from '../../../model/token/issuer.ts';
import { isJsonObject, type JsonObject } from '../../../model/json.ts';
import type { Log } from '../../../ports/world.ts';
import { admitKey, type PublicKey } from './admit-key.ts';

/** A key that verifies, as long as its set has it. */
export class TrustedKey {
  readonly keyId: string | undefined;
  readonly algorithms: readonly string[];
  readonly jwk: JsonObject;
  readonly #imported = new Map<string, Promise<CryptoKey>>();
  #withdrawn = false;

  constructor({ keyId, algorithms, jwk }: PublicKey) {
    this.keyId = keyId;
    this.algorithms = algorithms;
    this.jwk = jwk;
  }

  /** The set does not have it any more: what it has verified counts no longer (S02). */
  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  withdraw(): void {
    this.#withdrawn = true;
  }

  /** The key for one algorithm, imported once. */
  importFor(algorithm: string): Promise<CryptoKey> {
    const known = this.#imported.get(algorithm);
    if (known !== undefined) return known;
    const imported = import('jose').then(async ({ importJWK }) => {
      const key = await importJWK({ ...this.jwk }, algorithm);
      if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
      return key;
    });
    this.#imported.set(algorithm, imported);
    return imported;
  }
}

const MOST_KEYS = 100;

const sameAs = (one: TrustedKey, { jwk }: PublicKey): boolean => JSON.stringify(one.jwk) === JSON.stringify(jwk);

/** The keys of one issuer, and of no other (J05). */
export class KeySet {
  #keys: readonly TrustedKey[] = [];

  get size(): number {
    return this.#keys.length;
  }

  /**
   * Keys that may have made a signature. Without a `kid` there must be just one that could have: trying them all would let a token
   * choose (RFC 8725 §3.8).
   */
  find(keyId: string | undefined, algorithm: string): readonly TrustedKey[] {
    const able = this.#keys.filter(({ algorithms }) => algorithms.includes(algorithm));
    if (keyId === undefined) return able.length === 1 ? able : [];
    return able.filter((key) => key.keyId === keyId);
  }

  /**
   * Takes the keys of a document in place of those there were; one that stays is the same object.
   * @throws Error when it is no JWK set, or has no key that may be used: the former ones stay
   */
  replace(document: JsonObject, log: Log, { name }: Pick<Issuer, 'name'>): void {
    const list: unknown = document['keys'];
    if (!Array.isArray(list) || list.length > MOST_KEYS) throw new Error('the key set has no keys (RFC 7517 §5)');
    const jwks: readonly unknown[] = list;
    const admitted = jwks.map((jwk) => (isJsonObject(jwk) ? admitKey(jwk) : 'something that is no object'));
    const skipped = admitted.filter((one) => typeof one === 'string');
    if (skipped.length > 0) log.warn('keys of an issuer are not used', { issuer: name, skipped });
    const good = admitted.filter((one) => typeof one !== 'string');
    if (good.length === 0) throw new Error('the key set has no key that may be used');
    const next = good.map((key) => this.#keys.find((one) => sameAs(one, key)) ?? new TrustedKey(key));
    for (const key of this.#keys) if (!next.includes(key)) key.withdraw();
    this.#keys = next;
  }
}
