import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Random } from '../../ports/world.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what must rest in the database under a key that is not in it: a stolen database alone signs nothing (decision 19).
 * AES-256-GCM with a random nonce; far fewer than 2^32 texts are ever sealed under one key (NIST SP 800-38D §8.3).
 */
export class Sealing {
  readonly #key: Buffer;
  readonly #random: Random;

  /** @param key 32 bytes, for this purpose alone */
  constructor(key: Buffer, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  /** @param about what it belongs to: it opens in no other place */
  seal(text: string, about: string): string {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @throws Error when it was not sealed here, or about something else */
  open(sealed: string, about: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  }

  /** A text that only this key leads to: whoever knows `from` alone cannot make it. */
  follow(from: string, purpose: string): string {
    return createHmac('sha256', this.#key).update(`${purpose}\n${from}`).digest('base64url');
  }
}
