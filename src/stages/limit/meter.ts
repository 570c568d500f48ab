import type { Allowance } from '../../model/allowance.ts';
import type { Quota } from '../../model/exchange.ts';
import type { Bucket } from './bucket.ts';
import { paceOf } from '../../model/pace.ts';
import type { Bound } from '../../model/raised.ts';
import { endOfDayMs, endOfMonthMs, type Moment } from './periods.ts';

const MANY = Number.POSITIVE_INFINITY;

const secondsUntil = (endMs: number, nowMs: number): number => Math.max(1, Math.ceil((endMs - nowMs) / 1000));

const rest = (limit: number, used: number): Pick<Quota, 'limit' | 'remaining'> => ({ limit, remaining: Math.max(0, limit - used) });

/** An allowance, worked out once for all buckets that it bounds. */
export class Policy {
  readonly allowance: Allowance;
  /** Whether days or months are counted, so that they have to be written down. */
  readonly hasQuota: boolean;
  readonly countsInFlight: boolean;
  readonly burst: number;
  readonly intervalMs: number;
  readonly toleranceMs: number;
  readonly perDay: number;
  readonly perMonth: number;
  readonly inFlight: number;

  constructor(allowance: Allowance) {
    this.allowance = allowance;
    const { perSecond, burst, perDay, perMonth, inFlight } = allowance;
    this.burst = burst ?? Math.max(1, Math.ceil(perSecond ?? 1));
    const { intervalMs, toleranceMs } = paceOf(perSecond, this.burst);
    this.intervalMs = intervalMs;
    this.toleranceMs = toleranceMs;
    this.perDay = perDay ?? MANY;
    this.perMonth = perMonth ?? MANY;
    this.inFlight = inFlight ?? MANY;
    this.countsInFlight = inFlight !== undefined;
    this.hasQuota = perDay !== undefined || perMonth !== undefined;
  }
}

/** A bucket read by a policy. Looking and taking are apart: a call takes from all of its buckets or from none. */
export class Meter {
  readonly bucket: Bucket;
  readonly policy: Policy;

  constructor(bucket: Bucket, policy: Policy) {
    this.bucket = bucket;
    this.policy = policy;
    bucket.follow(policy.intervalMs);
  }

  /** What stands in the way of one more call, the longest wait first. */
  boundBy(now: Moment): Bound | undefined {
    const { bucket } = this;
    if (this.policy.hasQuota && bucket.usedThisMonth(now) >= this.policy.perMonth) return 'month';
    if (this.policy.hasQuota && bucket.usedToday(now) >= this.policy.perDay) return 'day';
    if (bucket.inFlight >= this.policy.inFlight) return 'in-flight';
    return this.#aheadMs(now) + this.policy.intervalMs > this.policy.toleranceMs ? 'rate' : undefined;
  }

  /** Takes one call, which `boundBy` has found to be free. */
  take(now: Moment): void {
    const { bucket } = this;
    if (this.policy.intervalMs > 0) bucket.arrivalMs = Math.max(bucket.arrivalMs, now.monotonicMs) + this.policy.intervalMs;
    if (!this.policy.hasQuota) return;
    bucket.draw(now);
  }

  /** How much of the scarcest part is left, from 0 to 1; more than any where nothing runs out. */
  leftOf(now: Moment): number {
    const rate = this.policy.intervalMs === 0 ? MANY : 1 - this.#aheadMs(now) / this.policy.toleranceMs;
    if (!this.policy.hasQuota) return rate;
    return Math.min(rate, 1 - this.bucket.usedToday(now) / this.policy.perDay, 1 - this.bucket.usedThisMonth(now) / this.policy.perMonth);
  }

  /** What the RateLimit headers say of the scarcest part. */
  quota(now: Moment): Quota {
    const left = this.leftOf(now);
    if (this.policy.hasQuota && left === 1 - this.bucket.usedThisMonth(now) / this.policy.perMonth) return this.quotaOf('month', now);
    if (this.policy.hasQuota && left === 1 - this.bucket.usedToday(now) / this.policy.perDay) return this.quotaOf('day', now);
    return this.quotaOf('rate', now);
  }

  /** The same of one part. */
  quotaOf(bound: Exclude<Bound, 'in-flight'>, now: Moment): Quota {
    const { scope } = this.bucket;
    if (bound === 'day') return { policy: `${scope}-day`, ...rest(this.policy.perDay, this.bucket.usedToday(now)), windowSeconds: 86_400, resetSeconds: secondsUntil(endOfDayMs(now.day), now.wallMs) };
    if (bound === 'month') return { policy: `${scope}-month`, ...rest(this.policy.perMonth, this.bucket.usedThisMonth(now)), windowSeconds: (endOfMonthMs(now.month) - endOfMonthMs(now.month - 1)) / 1000, resetSeconds: secondsUntil(endOfMonthMs(now.month), now.wallMs) };
    const aheadMs = this.#aheadMs(now);
    const remaining = Math.max(0, Math.floor((this.policy.toleranceMs - aheadMs) / this.policy.intervalMs));
    return { policy: scope, limit: this.policy.burst, remaining, resetSeconds: Math.ceil(aheadMs / 1000) };
  }

  /** Seconds until what stands in the way no longer does; calls in flight end when they end. */
  retryAfterSeconds(bound: Bound, now: Moment): number {
    if (bound === 'in-flight') return 1;
    if (bound === 'rate') return Math.max(1, Math.ceil((this.#aheadMs(now) + this.policy.intervalMs - this.policy.toleranceMs) / 1000));
    return this.quotaOf(bound, now).resetSeconds;
  }

  #aheadMs(now: Moment): number {
    return Math.max(0, this.bucket.arrivalMs - now.monotonicMs);
  }
}
