import { hash } from 'node:crypto';
import { GatewayError } from '../../../errors/gateway-error.ts';

/** A proof is good for a minute before and after its time: whatever is older need not be remembered. */
const GENERATION_MS = 130_000;

/** One key fills no more than a tenth of it: else whoever holds one good token could keep all others out. */
const SHARE = 10;

/** Which proofs were used, for as long as they could be used again (RFC 9449 §11.1). Bounded: when it is full, nothing more is accepted, and nobody can fill it alone. */
export class ReplayGuard {
  readonly #most: number;
  /** How many of the young are of each key. */
  readonly #shares = new Map<string, number>();
  #young = new Set<string>();
  #old = new Set<string>();
  #turnsAtMs = 0;

  /** @param most proofs that are remembered in each of two generations */
  constructor(most = 200_000) {
    this.#most = most;
  }

  /**
   * Notes a proof by the key that made it. @throws GatewayError `token.proof` when it was used before, `limit.exceeded` when too many are of one
   * key, `token.unchecked` when there is no room
   */
  take(holder: string, jti: string, nowMs: number): void {
    if (nowMs >= this.#turnsAtMs) {
      const idle = nowMs >= this.#turnsAtMs + GENERATION_MS;
      [this.#old, this.#young, this.#turnsAtMs] = [idle ? new Set() : this.#young, new Set(), nowMs + GENERATION_MS];
      this.#shares.clear();
    }
    const name = hash('sha256', `${holder} ${jti}`, 'base64url');
    if (this.#young.has(name) || this.#old.has(name)) throw new GatewayError('token.proof', { reason: 'the DPoP proof was used before' });
    const share = this.#shares.get(holder) ?? 0;
    if (share >= this.#most / SHARE) throw new GatewayError('limit.exceeded', { reason: 'too many DPoP proofs of one key to remember them all', detail: 'A key may make no more proofs than that in two minutes.', headers: { 'Retry-After': '130' } });
    if (this.#young.size >= this.#most) throw new GatewayError('token.unchecked', { reason: 'too many DPoP proofs to remember them all', headers: { 'Retry-After': '30' } });
    this.#young.add(name);
    this.#shares.set(holder, share + 1);
  }
}
