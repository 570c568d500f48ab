import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import type { Admission, Rate } from '../../ports/limiter.ts';
import { buildLimiter } from './gcra.ts';

const limiterOf = (rate: Rate, capacity = 100) => {
  const clock = new MovedClock();
  const limiter = buildLimiter('key', { rate, capacity }, clock);
  return { clock, limiter, take: (bucket = 'a', cost = 1): Admission => limiter.take(bucket, cost) };
};

/** A bucket as one would explain it: whole tokens that come back one by one. Counted in millitokens to be exact. */
class TokenBucket {
  readonly #rate: Rate;
  #held: number;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#held = rate.burst * 1000;
  }

  pass(ms: number): void {
    this.#held = Math.min(this.#rate.burst * 1000, this.#held + ms * this.#rate.perSecond);
  }

  take(cost: number): boolean {
    if (this.#held < cost * 1000) return false;
    this.#held -= cost * 1000;
    return true;
  }

  get whole(): number {
    return Math.floor(this.#held / 1000);
  }
}

/** An admission with its figures read. */
const seen = (admission: Admission): object => ({ kind: admission.kind, quota: admission.quota, ...(admission.kind === 'refused' ? { retryAfterSeconds: admission.retryAfterSeconds } : {}) });

suite('A limit', () => {
  test('of any rate gives its whole burst at once, at any time: no token is lost by rounding', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 10_000, noNaN: true }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 10_000_000 }), (perSecond, burst, waitMs) => {
        const { clock, take } = limiterOf({ perSecond, burst });
        clock.move(waitMs / 7);
        for (let left = burst - 1; left >= 0; left -= 1) {
          const admission = take();
          assert.deepEqual([admission.kind, admission.quota.remaining], ['admitted', left]);
        }
        assert.equal(take().kind, 'refused');
      }),
    );
  });

  test('admits exactly what a bucket of tokens would, at any pace and cost', () => {
    // Rates whose interval is a whole number of milliseconds, so that no rounding blurs the comparison.
    const rate = fc.record({ perSecond: fc.constantFrom(1, 2, 4, 5, 10, 100, 250, 500, 1000), burst: fc.integer({ min: 1, max: 20 }) });
    const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 3_000 }), cost: fc.integer({ min: 0, max: 4 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(rate, steps, (rates, walk) => {
        const { clock, limiter } = limiterOf(rates);
        const model = new TokenBucket(rates);
        for (const { waitMs, cost } of walk) {
          clock.move(waitMs);
          model.pass(waitMs);
          assert.equal(limiter.peek('a').kind === 'admitted', model.whole >= 1);
          const admission = limiter.take('a', cost);
          assert.equal(admission.kind === 'admitted', model.take(cost));
          if (admission.kind === 'admitted') assert.equal(admission.quota.remaining, model.whole);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that refuses says when: not one second earlier, and then it admits', () => {
    const wait = fc.record({ perSecond: fc.constantFrom(0.1, 0.5, 1, 3, 7, 1000), burst: fc.integer({ min: 1, max: 5 }), pauseMs: fc.integer({ min: 0, max: 2_000 }) });
    fc.assert(
      fc.property(wait, ({ perSecond, burst, pauseMs }) => {
        const { clock, take } = limiterOf({ perSecond, burst });
        for (let at = 0; at < burst; at += 1) take();
        clock.move(pauseMs);
        const admission = take();
        if (admission.kind === 'admitted') return;
        const { retryAfterSeconds } = admission;
        assert.ok(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 1);
        clock.move((retryAfterSeconds - 1) * 1000 - 1);
        assert.equal(retryAfterSeconds > 1 && take().kind === 'admitted', false);
        clock.move(1001);
        assert.equal(take().kind, 'admitted');
      }),
    );
  });

  test('that refuses takes nothing: whoever keeps knocking waits no longer for it', () => {
    const { clock, take } = limiterOf({ perSecond: 1, burst: 1 });
    assert.deepEqual([take().kind, take().kind, take().kind], ['admitted', 'refused', 'refused']);
    clock.move(1_000);
    assert.equal(take().kind, 'admitted');
  });

  test('tells its policy and what is left (draft-ietf-httpapi-ratelimit-headers)', () => {
    const { clock, take, limiter } = limiterOf({ perSecond: 2, burst: 3 });
    assert.deepEqual(limiter.peek('a').quota, { policy: 'key', limit: 3, remaining: 3, resetSeconds: 0 });
    assert.deepEqual(take('a', 2).quota, { policy: 'key', limit: 3, remaining: 1, resetSeconds: 1 });
    assert.deepEqual(seen(take('a', 2)), { kind: 'refused', quota: { policy: 'key', limit: 3, remaining: 0, resetSeconds: 2 }, retryAfterSeconds: 1 });
    clock.move(10_000);
    assert.deepEqual(limiter.peek('a').quota, { policy: 'key', limit: 3, remaining: 3, resetSeconds: 0 });
  });

  test('looks without taking', () => {
    const { limiter, take } = limiterOf({ perSecond: 1, burst: 1 });
    assert.deepEqual([limiter.peek('a').kind, limiter.peek('a').kind, take().kind], ['admitted', 'admitted', 'admitted']);
    assert.deepEqual(seen(limiter.peek('a')), { kind: 'refused', quota: { policy: 'key', limit: 1, remaining: 0, resetSeconds: 2 }, retryAfterSeconds: 1 });
  });

  test('counts each bucket by itself', () => {
    const { take } = limiterOf({ perSecond: 1, burst: 1 });
    assert.deepEqual([take('a').kind, take('b').kind, take('a').kind, take('__proto__').kind, take('constructor').kind], ['admitted', 'admitted', 'refused', 'admitted', 'admitted']);
  });

  test('does not care when the wall clock is stepped by an hour (L06)', () => {
    for (const step of [3_600_000, -3_600_000]) {
      const { clock, take } = limiterOf({ perSecond: 1, burst: 2 });
      take('a', 2);
      clock.step(step);
      assert.equal(take().kind, 'refused');
      clock.move(1_000);
      assert.equal(take().kind, 'admitted');
    }
  });
});

suite('The buckets in memory', () => {
  test('are bounded: a full table forgets the oldest, and no more than it must (K12)', () => {
    const { take } = limiterOf({ perSecond: 1, burst: 2 }, 3);
    for (const bucket of ['oldest', 'younger', 'youngest', 'new']) take(bucket, 2);
    assert.deepEqual(['younger', 'youngest', 'new', 'oldest'].map((bucket) => take(bucket).kind), ['refused', 'refused', 'refused', 'admitted']);
  });

  test('are forgotten when they are whole again before any that still counts', () => {
    const { clock, take } = limiterOf({ perSecond: 1, burst: 2 }, 2);
    take('busy', 2);
    take('rests', 1);
    clock.move(1_000);
    take('new');
    assert.equal(take('busy', 2).kind, 'refused');
  });

  test('forget no bucket that still counts while there is room', () => {
    const { clock, take } = limiterOf({ perSecond: 1, burst: 1 }, 3);
    take('whole again');
    clock.move(1_000);
    take('a');
    take('b');
    take('c');
    assert.deepEqual(['a', 'b', 'c'].map((bucket) => take(bucket).kind), ['refused', 'refused', 'refused']);
  });

  test('are not swept for a bucket that is known', () => {
    const { take } = limiterOf({ perSecond: 1, burst: 2 }, 2);
    take('a', 2);
    take('b', 1);
    take('b', 1);
    assert.equal(take('a').kind, 'refused');
  });
});
