import { createHmac } from 'node:crypto';

const LIFE_MS = 300_000;

/** Nonces for DPoP proofs (RFC 9449 §9): made of the time, so none is remembered; each is good for five to ten minutes. */
export class Nonces {
  readonly #secret: Uint8Array;

  /** @param secret 32 random bytes, which do not outlive the process */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  current(nowMs: number): string {
    return this.#of(Math.floor(nowMs / LIFE_MS));
  }

  isGood(nonce: unknown, nowMs: number): boolean {
    const period = Math.floor(nowMs / LIFE_MS);
    return nonce === this.#of(period) || nonce === this.#of(period - 1);
  }

  #of(period: number): string {
    return createHmac('sha256', this.#secret).update(String(period)).digest('base64url').slice(0, 32);
  }
}
