import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DAY_MS } from './duration.ts';
import { expiringWords, isSoon, stepOf, type Expiring } from './expiring.ts';

/** When something that ends is spoken of (R90). */

const NOW = 1_000 * DAY_MS;
const lasting = (lifeDays: number, leftDays: number): Expiring => ({ kind: 'server', name: 'listen.tls', what: 'the certificate', cure: 'renew it', fromMs: NOW - (lifeDays - leftDays) * DAY_MS, expiresAtMs: NOW + leftDays * DAY_MS });
const stepsOf = (lifeDays: number, ...left: readonly number[]): readonly (number | undefined)[] => left.map((days) => stepOf(lasting(lifeDays, days), NOW));

suite('What ends', () => {
  test('reaches a step at 30, 20, 10, 3 and 1 days, and when it is over', () => {
    assert.deepEqual(stepsOf(365, 31, 30, 21, 20, 11, 10, 4, 3, 2, 1, 0.5, 0, -1), [undefined, 30, 30, 20, 20, 10, 10, 3, 3, 1, 1, 0, 0]);
  });

  test('is not spoken of in the first two thirds of its life, or a certificate of a day would be every day', () => {
    assert.deepEqual(stepsOf(1, 0.9, 0.1, 0), [undefined, undefined, 0]);
    assert.deepEqual(stepsOf(30, 29, 11, 10, 3), [undefined, undefined, 10, 3]);
  });

  test('is told in whole days, with what to do', () => {
    assert.deepEqual([29.5, 1.2, -1].map((days) => expiringWords(lasting(365, days), NOW).replace(/at .*Z:/, 'at …:')), ['the certificate expires in 29 days: renew it', 'the certificate expires in 1 day: renew it', 'the certificate has expired at …: renew it']);
    assert.deepEqual([isSoon(lasting(365, 32), NOW), isSoon(lasting(365, 30), NOW)], [false, true]);
  });
});
