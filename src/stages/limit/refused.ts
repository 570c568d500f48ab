import { GatewayError } from '../../errors/gateway-error.ts';
import type { Quota } from '../../model/exchange.ts';
import type { Admission } from '../../ports/limiter.ts';

/** The RateLimit headers of draft-ietf-httpapi-ratelimit-headers-11. */
export const quotaHeaders = (quota: Quota): Readonly<Record<string, string>> => ({
  RateLimit: `"${quota.policy}";r=${String(quota.remaining)};t=${String(quota.resetSeconds)}`,
  'RateLimit-Policy': `"${quota.policy}";q=${String(quota.limit)}`,
});

/** The older X- form, for clients that read that when they are refused. */
const legacyQuotaHeaders = (quota: Quota): Readonly<Record<string, string>> => ({
  'X-RateLimit-Limit': String(quota.limit),
  'X-RateLimit-Remaining': String(quota.remaining),
  'X-RateLimit-Reset': String(quota.resetSeconds),
});

/**
 * The 429 of a full bucket: it says which limit, and until when (R68).
 * @param of what is counted, in words
 */
export const refusedByLimit = (admission: Extract<Admission, { kind: 'refused' }>, of: string): GatewayError =>
  new GatewayError('limit.exceeded', {
    reason: `limit "${admission.quota.policy}" is used up`,
    detail: `The limit "${admission.quota.policy}" (${of}) is used up; try again in ${String(admission.retryAfterSeconds)} s.`,
    headers: { ...quotaHeaders(admission.quota), ...legacyQuotaHeaders(admission.quota), 'Retry-After': String(admission.retryAfterSeconds) },
    extra: { limit: admission.quota.policy, retry_after_seconds: admission.retryAfterSeconds },
  });
