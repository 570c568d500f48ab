import { GatewayError } from '../../errors/gateway-error.ts';
import type { Allowance } from '../../model/allowance.ts';
import { memberOf, type Bound } from '../../model/raised.ts';
import type { Bucket, Scope } from './bucket.ts';
import type { Meter } from './meter.ts';
import type { Asked } from './meters.ts';
import { endOfDayMs, endOfMonthMs, type Moment } from './periods.ts';
import { raiseInFile, raiseOfKey } from './raise.ts';
import { refusalHeaders } from '../../errors/quota-headers.ts';

const WHOSE: Readonly<Record<Scope, (asked: Asked, bucket: Bucket) => string>> = {
  gateway: () => 'all callers of this gateway',
  server: ({ server }) => `all callers of the server ${server}`,
  tool: ({ server, tool }) => `all callers of ${tool ?? ''} of ${server}`,
  owner: ({ principal }) => `all keys of ${principal.subject}`,
  role: (_asked, { name }) => `all keys of the role ${name}`,
  key: () => 'this key',
  'tool-per-key': ({ server, tool }) => `this key and ${tool ?? ''} of ${server}`,
};

const calls = (count: number | undefined): string => `${String(count)} ${count === 1 ? 'call' : 'calls'}`;

const perSecondWords = ({ perSecond, burst }: Allowance): string => `${calls(perSecond)} a second${burst === undefined ? '' : `, ${String(burst)} at once`},`;

const amountOf = (allowance: Allowance, bound: Bound): string => {
  if (bound === 'rate') return perSecondWords(allowance);
  if (bound === 'in-flight') return `${calls(allowance.inFlight)} at the same time`;
  return bound === 'day' ? `${calls(allowance.perDay)} a UTC day` : `${calls(allowance.perMonth)} a UTC month`;
};

const untilOf = (bound: Bound, retryAfterSeconds: number, now: Moment): string => {
  if (bound === 'day') return new Date(endOfDayMs(now.day)).toISOString();
  return new Date(bound === 'month' ? endOfMonthMs(now.month) : now.wallMs + retryAfterSeconds * 1000).toISOString();
};

/** Whether the bound is the key's own, rather than the file's. */
const isOwn = ({ policy: { allowance } }: Meter, own: Allowance, bound: Bound): boolean => {
  const member = memberOf(bound);
  return own[member] !== undefined && own[member] === allowance[member];
};

/** What of a key's allowance stands in the file. */
const configuredPart = (allowance: Allowance, own: Allowance): Allowance => Object.fromEntries(Object.entries(allowance).filter(([member]) => !Object.hasOwn(own, member) || own[member as keyof Allowance] !== allowance[member as keyof Allowance])); // its entries have its members' names

const raiseOf = (meter: Meter, { principal }: Asked, bound: Bound): string => {
  const { limits = {}, credentialId } = principal;
  if (meter.bucket.scope !== 'key') return raiseInFile(meter.bucket, meter.policy.allowance, bound);
  return isOwn(meter, limits, bound) ? raiseOfKey(credentialId, limits, bound) : raiseInFile(meter.bucket, configuredPart(meter.policy.allowance, limits), bound);
};

/** The 429 of calls that run at the same time. There is no moment to wait for, so it says how to come back, not when. */
const tooMany = (meter: Meter, asked: Asked): GatewayError => {
  const { scope } = meter.bucket;
  const whose = WHOSE[scope](asked, meter.bucket);
  return new GatewayError('limit.in-flight', {
    reason: `limit "${scope}-in-flight" is reached`,
    detail: `The limit "${scope}-in-flight" (${amountOf(meter.policy.allowance, 'in-flight')} of ${whose}) is reached; try again when a call has ended.`,
    headers: { 'Retry-After': '1' },
    extra: { limit: `${scope}-in-flight`, retry_after_seconds: 1, raise: raiseOf(meter, asked, 'in-flight') },
  });
};

/** The 429 of a call: it says which limit, whose, until when, and what to type or write to raise it (R68). */
export const refusedCall = (meter: Meter, bound: Bound, { asked, now }: { readonly asked: Asked; readonly now: Moment }): GatewayError => {
  if (bound === 'in-flight') return tooMany(meter, asked);
  const quota = { ...meter.quotaOf(bound, now), remaining: 0 };
  const seconds = meter.retryAfterSeconds(bound, now);
  const until = untilOf(bound, seconds, now);
  return new GatewayError('limit.exceeded', {
    reason: `limit "${quota.policy}" is used up`,
    detail: `The limit "${quota.policy}" (${amountOf(meter.policy.allowance, bound)} of ${WHOSE[meter.bucket.scope](asked, meter.bucket)}) is used up until ${until}; try again in ${String(seconds)} s.`,
    headers: refusalHeaders(quota, seconds),
    extra: { limit: quota.policy, until, retry_after_seconds: seconds, raise: raiseOf(meter, asked, bound) },
  });
};
