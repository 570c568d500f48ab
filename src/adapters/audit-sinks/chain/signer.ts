import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** A private key of Ed25519 in PKCS #8 is these bytes and its seed (RFC 8410 §7). */
const PKCS8_BEFORE_SEED = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key by which somebody else may check what was signed: its name and its text. */
export interface PublicKey {
  readonly keyId: string;
  readonly pem: string;
}

const idOf = (key: KeyObject): string => hash('sha256', key.export({ format: 'der', type: 'spki' }).toString('base64url'), 'base64url').slice(0, 16);

/** Signs what the trail says of itself, by Ed25519 (RFC 8032). */
export class AuditSigner {
  readonly #key: KeyObject;
  readonly #public: KeyObject;
  readonly keyId: string;

  /** @param seed 32 bytes that nobody else has */
  constructor(seed: Uint8Array) {
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_BEFORE_SEED, seed]), format: 'der', type: 'pkcs8' });
    this.#public = createPublicKey(this.#key);
    this.keyId = idOf(this.#public);
  }

  get publicKey(): PublicKey {
    return { keyId: this.keyId, pem: this.#public.export({ format: 'pem', type: 'spki' }).toString() };
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString('base64url');
  }
}

/** Whether a text was signed by the key whose public half this is. */
export const isSignedBy = (pem: string, text: string, signature: string): boolean => verify(null, Buffer.from(text), createPublicKey(pem), Buffer.from(signature, 'base64url'));
