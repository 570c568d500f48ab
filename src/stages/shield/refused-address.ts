import { GatewayError } from '../../errors/gateway-error.ts';
import { refusalHeaders } from '../../errors/quota-headers.ts';
import type { Allowance } from '../../model/allowance.ts';
import { doubled, inFlow } from '../../model/raised.ts';
import type { Admission } from '../../ports/limiter.ts';

/**
 * The 429 of an address that is over its limit: it says which limit, and until when (R68).
 * @param allowance what is configured, so that the reply can say what to raise
 */
export const refusedAddress = (admission: Extract<Admission, { kind: 'refused' }>, allowance: Allowance): GatewayError =>
  new GatewayError('limit.exceeded', {
    reason: `limit "${admission.quota.policy}" is used up`,
    detail: `The limit "${admission.quota.policy}" (requests of this address) is used up; try again in ${String(admission.retryAfterSeconds)} s.`,
    headers: refusalHeaders(admission.quota, admission.retryAfterSeconds),
    extra: { limit: admission.quota.policy, retry_after_seconds: admission.retryAfterSeconds, raise: `limits: { address: ${inFlow(doubled(allowance, 'rate'))} }` },
  });
