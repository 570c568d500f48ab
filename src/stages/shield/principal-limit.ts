import { GatewayError } from '../../errors/gateway-error.ts';
import type { Allowance } from '../../model/allowance.ts';
import type { Identified } from '../../model/exchange.ts';
import type { Limiter } from '../../ports/limiter.ts';
import { refusalHeaders } from '../../errors/quota-headers.ts';
import { doubled, inFlow } from '../../model/raised.ts';

export interface PrincipalLimit {
  readonly limiter: Limiter;
  /** What is configured, so that a refusal can say what to raise. */
  readonly allowance: Allowance;
}

/**
 * Limits the requests of one principal to the admin plane, whatever keys and addresses they come from: an operator's stolen key may be used
 * from everywhere at once.
 */
export const buildPrincipalLimit =
  ({ limiter, allowance }: PrincipalLimit) =>
  /** @throws GatewayError `limit.exceeded` */
  <Known extends Identified>(identified: Known): Known => {
    const admission = limiter.take(identified.principal.subject, 1);
    if (admission.kind !== 'refused') return identified;
    const { quota, retryAfterSeconds } = admission;
    throw new GatewayError('limit.exceeded', {
      reason: `limit "${quota.policy}" is used up`,
      detail: `The limit "${quota.policy}" (admin requests of ${identified.principal.subject}) is used up; try again in ${String(retryAfterSeconds)} s.`,
      headers: refusalHeaders(quota, retryAfterSeconds),
      extra: { limit: quota.policy, retry_after_seconds: retryAfterSeconds, raise: `limits: { admin: ${inFlow(doubled(allowance, 'rate'))} }` },
    });
  };
