import type { Clock } from '../../ports/world.ts';
import type { Admission, Limiter, Rate } from '../../ports/limiter.ts';

/**
 * A token bucket kept as one number: the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371).
 * The clock is monotonic, so a stepped wall clock changes nothing (L06).
 */
class Gcra implements Limiter {
  readonly #name: string;
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #burst: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #arrivals = new Map<string, number>();
  readonly #capacity: number;

  constructor(name: string, options: { readonly rate: Rate; readonly capacity: number }, clock: Pick<Clock, 'monotonicMs'>) {
    this.#name = name;
    this.#intervalMs = 1000 / options.rate.perSecond;
    this.#burst = options.rate.burst;
    this.#toleranceMs = this.#intervalMs * options.rate.burst;
    this.#capacity = options.capacity;
    this.#clock = clock;
  }

  take(bucket: string, cost: number): Admission {
    const now = this.#clock.monotonicMs();
    const next = Math.max(this.#arrivals.get(bucket) ?? now, now) + this.#intervalMs * cost;
    if (next - now > this.#toleranceMs) return this.#refused(next, now);
    this.#remember(bucket, next, now);
    return { kind: 'admitted', quota: this.#quota(next, now) };
  }

  peek(bucket: string): Admission {
    const now = this.#clock.monotonicMs();
    const next = Math.max(this.#arrivals.get(bucket) ?? now, now);
    if (next + this.#intervalMs - now > this.#toleranceMs) return this.#refused(next + this.#intervalMs, now);
    return { kind: 'admitted', quota: this.#quota(next, now) };
  }

  #refused(next: number, now: number): Admission {
    const waitMs = next - now - this.#toleranceMs;
    return { kind: 'refused', quota: { ...this.#quota(next, now), remaining: 0 }, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
  }

  #quota(next: number, now: number): Admission['quota'] {
    const remaining = Math.max(0, Math.floor((this.#toleranceMs - (next - now)) / this.#intervalMs));
    return { policy: this.#name, limit: this.#burst, remaining, resetSeconds: Math.max(0, Math.ceil((next - now) / 1000)) };
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
