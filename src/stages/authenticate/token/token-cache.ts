import { Recent } from '../recent.ts';
import type { VerifiedToken } from './verified-token.ts';

/** Tokens in use that are remembered, in each of two generations. */
const MOST = 10_000;

/**
 * Tokens that were verified, by their SHA-256. Only those that opened something come in, so failed ones push out nothing; whatever can change
 * while a token lives is asked on every request and is not in here.
 */
export class TokenCache {
  readonly #recent = new Recent<VerifiedToken>(MOST);

  /** Undefined also for one that must be verified anew: its time is over, or its issuer has withdrawn the key. */
  recall(digest: string, nowMs: number): VerifiedToken | undefined {
    const token = this.#recent.get(digest);
    return token !== undefined && nowMs < token.rememberUntilMs && token.voucher.holds() ? token : undefined;
  }

  remember(digest: string, token: VerifiedToken): void {
    this.#recent.set(digest, token);
  }
}
