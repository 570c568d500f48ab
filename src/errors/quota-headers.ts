import type { Quota } from '../model/exchange.ts';

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
