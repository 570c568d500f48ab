import type { Clock } from '../../ports/world.ts';
import type { Quota } from '../../model/exchange.ts';
import type { Admission, Limiter, Rate } from '../../ports/limiter.ts';
import { paceOf } from '../../model/pace.ts';

interface Policy {
  readonly name: string;
  readonly burst: number;
  readonly intervalMs: number;
  readonly toleranceMs: number;
}

/** The answer of a bucket; its figures are worked out only when somebody reads them, which most requests never do. */
class Verdict<Kind extends Admission['kind']> {
  readonly kind: Kind;
  readonly #policy: Policy;
  /** How far the bucket's next arrival lies ahead of now. */
  readonly #aheadMs: number;

  constructor(policy: Policy, kind: Kind, aheadMs: number) {
    this.kind = kind;
    this.#policy = policy;
    this.#aheadMs = aheadMs;
  }

  get quota(): Quota {
    const { name, burst, intervalMs, toleranceMs } = this.#policy;
    const left = Math.max(0, Math.floor((toleranceMs - this.#aheadMs) / intervalMs));
    return { policy: name, limit: burst, remaining: this.kind === 'refused' ? 0 : left, resetSeconds: Math.max(0, Math.ceil(this.#aheadMs / 1000)) };
  }

  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#aheadMs - this.#policy.toleranceMs) / 1000));
  }
}

/**
 * A token bucket kept as one number: the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371).
 * The clock is monotonic, so a stepped wall clock changes nothing (L06).
 */
class Gcra implements Limiter {
  readonly #policy: Policy;
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #arrivals = new Map<string, number>();
  readonly #capacity: number;

  constructor(name: string, options: { readonly rate: Rate; readonly capacity: number }, clock: Pick<Clock, 'monotonicMs'>) {
    const pace = paceOf(options.rate.perSecond, options.rate.burst);
    this.#intervalMs = pace.intervalMs;
    this.#toleranceMs = pace.toleranceMs;
    this.#policy = { name, burst: options.rate.burst, ...pace };
    this.#capacity = options.capacity;
    this.#clock = clock;
  }

  take(bucket: string, cost: number): Admission {
    const now = this.#clock.monotonicMs();
    const next = Math.max(this.#arrivals.get(bucket) ?? now, now) + this.#intervalMs * cost;
    if (next - now > this.#toleranceMs) return new Verdict(this.#policy, 'refused', next - now);
    this.#remember(bucket, next, now);
    return new Verdict(this.#policy, 'admitted', next - now);
  }

  peek(bucket: string): Admission {
    const now = this.#clock.monotonicMs();
    const next = Math.max(this.#arrivals.get(bucket) ?? now, now);
    const full = next + this.#intervalMs - now > this.#toleranceMs;
    return full ? new Verdict(this.#policy, 'refused', next + this.#intervalMs - now) : new Verdict(this.#policy, 'admitted', next - now);
  }

  /** Bounded: a full table first forgets buckets that are whole again, then the oldest. */
  #remember(bucket: string, next: number, now: number): void {
    if (!this.#arrivals.has(bucket) && this.#arrivals.size >= this.#capacity) this.#sweep(now);
    this.#arrivals.set(bucket, next);
  }

  #sweep(now: number): void {
    for (const [name, arrival] of this.#arrivals) if (arrival <= now) this.#arrivals.delete(name);
    for (const name of this.#arrivals.keys()) {
      if (this.#arrivals.size < this.#capacity) break;
      this.#arrivals.delete(name);
    }
  }
}

/**
 * Makes a limiter whose buckets share one rate.
 * @param name the policy's name in RateLimit headers
 * @param options `capacity` bounds how many buckets are held in memory
 */
export const buildLimiter = (name: string, options: { readonly rate: Rate; readonly capacity: number }, clock: Pick<Clock, 'monotonicMs'>): Limiter =>
  new Gcra(name, options, clock);
