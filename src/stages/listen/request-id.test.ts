import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import { buildRequestId } from './request-id.ts';

const makerOf = () => {
  const clock = new MovedClock();
  const random = seededRandom();
  let drawn = 0;
  const next = buildRequestId({ clock, random: { bytes: (length) => ((drawn += length), random.bytes(length)) } });
  return { clock, next, drawn: () => drawn };
};

suite('A request id', () => {
  test('is req_, the time and 64 random bits', () => {
    const { clock, next } = makerOf();
    const id = next();
    assert.match(id, /^req_[0-9a-z]{9}[0-9a-f]{16}$/);
    assert.equal(Number.parseInt(id.slice(4, 13), 36), clock.nowMs());
    assert.equal(id.slice(13), Buffer.from(seededRandom().bytes(4096)).toString('hex').slice(0, 16));
  });

  test('never comes twice, and draws its randomness in pools', () => {
    const { next, drawn } = makerOf();
    const ids = Array.from({ length: 2_000 }, next);
    assert.equal(new Set(ids).size, 2_000);
    assert.equal(drawn(), 4 * 4096);
    assert.ok(ids.every((id) => id.length === 29));
  });

  test('sorts by time, whatever the bits behind it say', () => {
    const { clock, next } = makerOf();
    const ids = Array.from({ length: 50 }, () => {
      clock.move(1);
      return next();
    });
    assert.deepEqual(ids.toSorted(), ids);
  });

  test('has nine digits of time also in a year with few', () => {
    const { clock, next } = makerOf();
    clock.step(-clock.nowMs() + 35);
    assert.equal(next().slice(0, 13), 'req_00000000z');
  });
});
