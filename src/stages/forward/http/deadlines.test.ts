import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import { Deadlines } from './deadlines.ts';

const withDeadlines = () => {
  const clock = new MovedClock();
  const expired: string[] = [];
  const deadlines = new Deadlines(clock);
  return { clock, expired, deadlines, set: (ms: number, name: string) => deadlines.set(ms, () => void expired.push(name)) };
};

suite('A deadline', () => {
  test('expires once, not before its time and a quarter of a second after it at the latest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 1_000 }), (afterMs, beganMs) => {
        const { clock, expired, set } = withDeadlines();
        clock.move(beganMs);
        set(afterMs, 'x');
        clock.move(Math.max(0, afterMs - 1));
        assert.deepEqual(expired, []);
        clock.move(251);
        assert.deepEqual(expired, ['x']);
        clock.move(10_000);
        assert.deepEqual(expired, ['x']);
      }),
    );
  });

  test('that was cleared does not expire, and its slot serves another one', () => {
    const { clock, expired, deadlines, set } = withDeadlines();
    const slot = set(1_000, 'cleared');
    set(2_000, 'kept');
    deadlines.clear(slot);
    clock.move(1_500);
    assert.equal(set(1_500, 'later'), slot);
    assert.deepEqual(expired, []);
    clock.move(2_000);
    assert.deepEqual(expired, ['kept', 'later']);
  });

  test('keeps its slot until it is cleared, also when it has expired', () => {
    const { clock, deadlines, set } = withDeadlines();
    const slot = set(100, 'x');
    clock.move(500);
    assert.notEqual(set(100, 'y'), slot);
    deadlines.clear(slot);
    assert.equal(set(100, 'z'), slot);
  });

  test('may clear and set others while it expires', () => {
    const { clock, expired, deadlines, set } = withDeadlines();
    const slots: number[] = [];
    slots.push(deadlines.set(100, () => {
      deadlines.clear(slots[1] ?? -1);
      set(100, 'new');
    }));
    slots.push(set(100, 'cleared by the first'));
    clock.move(250);
    assert.deepEqual(expired, []);
    clock.move(250);
    assert.deepEqual(expired, ['new']);
  });

  test('is looked at no more when the upstream is closed', () => {
    const { clock, expired, deadlines, set } = withDeadlines();
    set(100, 'x');
    deadlines.close();
    clock.move(1_000);
    assert.deepEqual([expired, clock.pending], [[], 0]);
  });
});
