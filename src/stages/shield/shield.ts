import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Routed, type Shielded } from '../../model/exchange.ts';
import type { Limiter, Suspicion } from '../../ports/limiter.ts';
import { addressBucket } from './address-bucket.ts';
import type { Allowance } from '../../model/allowance.ts';
import { refusedAddress } from './refused-address.ts';

export interface ShieldLimits {
  /** All requests of an address, before anybody is known. */
  readonly address: Limiter;
  /** Refused credentials of an address. */
  readonly failures: Limiter;
  /** What is configured for an address, so that a refusal can say what to raise. */
  readonly allowance: Allowance;
}

export interface Shield extends Suspicion {
  check(routed: Routed): Shielded;
}

/**
 * Limits by address before authentication. An address that has guessed too often is marked `suspected`: it may still
 * use a key of our own format, which nobody can guess, so an attacker behind the same address cannot lock the rightful
 * user out; everything guessable from there is refused (K12).
 * @param alarm called for each credential that is refused past the limit
 */
export const buildShield = (limits: ShieldLimits, alarm: (address: string) => void): Shield => ({
  check(routed) {
    const bucket = addressBucket(routed.address);
    const admission = limits.address.take(bucket, 1);
    if (admission.kind === 'refused') throw refusedAddress(admission, limits.allowance);
    return widen(routed, { suspected: limits.failures.peek(bucket).kind === 'refused' });
  },
  failed(address) {
    const admission = limits.failures.take(addressBucket(address), 1);
    if (admission.kind === 'refused') {
      alarm(address);
      throw new GatewayError('limit.guessing', {
        reason: 'this address has sent too many invalid credentials',
        headers: { 'Retry-After': String(admission.retryAfterSeconds) },
      });
    }
  },
});
