import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StoredKey } from './api-key.ts';
import { durationMs } from './duration.ts';
import { endOf, inOverlap, stateOf } from './key-state.ts';

const KEY: StoredKey = { id: 'key_1', hash: '', hint: '', name: '', owner: '', environment: 'live', roles: [], permissions: [], createdAtMs: 0 };

suite('The state of a stored key', () => {
  const states: readonly (readonly [string, Partial<StoredKey>, number])[] = [
    ['active', {}, 1],
    ['active', { expiresAtMs: 10, overlapEndsAtMs: 10 }, 9],
    ['expired', { expiresAtMs: 10 }, 10],
    ['rotated', { overlapEndsAtMs: 10, successor: 'key_2' }, 10],
    ['expired', { expiresAtMs: 10, overlapEndsAtMs: 10 }, 10],
    ['disabled', { disabledAtMs: 1 }, 2],
    ['expired', { disabledAtMs: 1, expiresAtMs: 2 }, 2],
    ['quarantined', { quarantinedAtMs: 1, disabledAtMs: 1, expiresAtMs: 1 }, 2],
    ['revoked', { revokedAtMs: 1, quarantinedAtMs: 1, expiresAtMs: 1 }, 2],
  ];
  for (const [state, facts, nowMs] of states) test(`is ${state} with ${JSON.stringify(facts)} at ${nowMs} (K06)`, () => assert.equal(stateOf({ ...KEY, ...facts }, nowMs), state));

  test('ends with its expiry or its overlap, or never', () => {
    assert.deepEqual([endOf({}), endOf({ expiresAtMs: 3 }), endOf({ expiresAtMs: 3, overlapEndsAtMs: 2 })], [Number.POSITIVE_INFINITY, 3, 2]);
  });

  test('is in overlap only while it has a successor, lives, and its time is not over', () => {
    const rotated = { ...KEY, successor: 'key_2', overlapEndsAtMs: 10 };
    assert.deepEqual([inOverlap(rotated, 9), inOverlap(rotated, 10), inOverlap({ ...rotated, revokedAtMs: 1 }, 5), inOverlap(KEY, 5)], [true, false, false, false]);
  });
});

test('A duration is a whole number of minutes, hours or days, and nothing else', () => {
  assert.deepEqual(['30m', '24h', '7d'].map(durationMs), [1_800_000, 86_400_000, 604_800_000]);
  for (const text of ['', '0d', '7', 'd', '7 d', '7D', '-1d', '1.5h', '7days', '123456d']) assert.equal(durationMs(text), undefined, text);
});
