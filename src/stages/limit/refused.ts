import type { Allowance } from '../../model/allowance.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { Quota } from '../../model/exchange.ts';
import type { Admission } from '../../ports/limiter.ts';
import { raiseAddress } from './raise.ts';

/** The RateLimit headers of draft-ietf-httpapi-ratelimit-headers-11. */
export const quotaHeaders = (quota: Quota): Readonly<Record<string, string>> => ({
  RateLimit: `"${quota.policy}";r=${String(quota.remaining)};t=${String(quota.resetSeconds)}`,
  'RateLimit-Policy': `"${quota.policy}";q=${String(quota.limit)}${quota.windowSeconds === undefined ? '' : `;w=${String(quota.windowSeconds)}`}`,
});

/** The older X- form, for clients that read that when they are refused. */
const legacyQuotaHeaders = (quota: Quota): Readonly<Record<string, string>> => ({
  'X-RateLimit-Limit': String(quota.limit),
  'X-RateLimit-Remaining': String(quota.remaining),
  'X-RateLimit-Reset': String(quota.resetSeconds),
});

/** Everything that the headers of a 429 say. */
export const refusalHeaders = (quota: Quota, retryAfterSeconds: number): Readonly<Record<string, string>> => ({
  ...quotaHeaders(quota),
  ...legacyQuotaHeaders(quota),
  'Retry-After': String(retryAfterSeconds),
});

/**
 * The 429 of an address that is over its limit: it says which limit, and until when (R68).
 * @param allowance what is configured, so that the reply can say what to raise
 */
export const refusedAddress = (admission: Extract<Admission, { kind: 'refused' }>, allowance: Allowance): GatewayError =>
  new GatewayError('limit.exceeded', {
    reason: `limit "${admission.quota.policy}" is used up`,
    detail: `The limit "${admission.quota.policy}" (requests of this address) is used up; try again in ${String(admission.retryAfterSeconds)} s.`,
    headers: refusalHeaders(admission.quota, admission.retryAfterSeconds),
    extra: { limit: admission.quota.policy, retry_after_seconds: admission.retryAfterSeconds, raise: raiseAddress(allowance) },
  });
