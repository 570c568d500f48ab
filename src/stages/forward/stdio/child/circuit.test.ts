import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HandClock } from '../testdata/hand-clock.ts';
import { Circuit } from './circuit.ts';

const options = { firstDelayMs: 100, longestDelayMs: 1_000, failuresBeforeOpen: 6, coolDownMs: 5_000, stableAfterMs: 10_000 };

/** `chance` is the four random bytes as a share of all: 0 is none, 255 is nearly all. */
const circuit = (chance = 255) => {
  const clock = new HandClock();
  return { clock, circuit: new Circuit(options, { clock, random: { bytes: (length) => new Uint8Array(length).fill(chance) } }) };
};

const delays = (chance: number): readonly number[] => {
  const { circuit: it, clock } = circuit(chance);
  return Array.from({ length: 8 }, () => {
    it.failed(0);
    const waitMs = Math.round(it.waitMs());
    clock.advance(waitMs + 1);
    return waitMs;
  });
};

suite('When a child may be started (I03)', () => {
  test('at once after the first failure, then after delays that double, then once per cool-down', () => {
    assert.deepEqual(delays(255), [0, 100, 200, 400, 800, 5_000, 5_000, 5_000]);
  });

  test('half of a delay is chance, so that servers do not come back in one moment', () => {
    assert.deepEqual(delays(0).slice(0, 5), [0, 50, 100, 200, 400]);
  });

  test('a child that ran long enough starts the count anew; one that fell at once does not', () => {
    const { circuit: it } = circuit();
    for (let n = 0; n < 6; n += 1) it.failed(9_999);
    assert.equal(it.isOpen, true);
    it.failed(10_000);
    assert.deepEqual([it.isOpen, it.failures, it.waitMs()], [false, 1, 0]);
  });
});
