import { hash } from 'node:crypto';
import { GatewayError } from '../../../errors/gateway-error.ts';

/** A proof is good for a minute before and after its time: whatever is older need not be remembered. */
const GENERATION_MS = 130_000;

/** Which proofs were used, for as long as they could be used again (RFC 9449 §11.1). Bounded: when it is full, nothing more is accepted. */
export class ReplayGuard {
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();
  #turnsAtMs = 0;

  /** @param most proofs that are remembered in each of two generations */
  constructor(most = 200_000) {
    this.#most = most;
  }

  /** Notes a proof. @throws GatewayError `token.proof` when it was used before, `token.unchecked` when there is no room */
  take(proof: string, nowMs: number): void {
    if (nowMs >= this.#turnsAtMs) {
      const idle = nowMs >= this.#turnsAtMs + GENERATION_MS;
      [this.#old, this.#young, this.#turnsAtMs] = [idle ? new Set() : this.#young, new Set(), nowMs + GENERATION_MS];
    }
    const name = hash('sha256', proof, 'base64url');
    if (this.#young.has(name) || this.#old.has(name)) throw new GatewayError('token.proof', { reason: 'the DPoP proof was used before' });
    if (this.#young.size >= this.#most) throw new GatewayError('token.unchecked', { reason: 'too many DPoP proofs to remember them all', headers: { 'Retry-After': '30' } });
    this.#young.add(name);
  }
}
