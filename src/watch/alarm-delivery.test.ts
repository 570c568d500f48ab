import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CapturedLog } from '../../test/world/captured-log.ts';
import { MovedClock } from '../../test/world/moved-clock.ts';
import type { Alarm } from '../model/alarm.ts';
import { AlarmDelivery } from './alarm-delivery.ts';

const MINUTE_MS = 60_000;

const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({ id, name: 'usage.unusual', subject: id, step: 1, words: id, evidence: [], cures: [], state: 'open', raisedAtMs: 0, lastAtMs: 0, ...more });

/** A delivery to a channel that can be made to fail. */
class Room {
  readonly clock = new MovedClock();
  readonly log = new CapturedLog();
  readonly told: string[] = [];
  fails = false;
  tries = 0;
  quiet = false;
  readonly delivery = new AlarmDelivery({
    name: 'ops', isQuiet: () => this.quiet,
    channel: {
      send: async ({ id }) => {
        this.tries += 1;
        if (this.fails) throw new Error('the receiver answers 503');
        this.told.push(id);
      },
    },
  }, this);

  async tell(...alarms: readonly Alarm[]): Promise<void> {
    for (const one of alarms) this.delivery.tell(one);
    await this.settle();
  }

  async move(ms: number): Promise<void> {
    this.clock.move(ms);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let at = 0; at < 40; at += 1) await turn();
  }
}

suite('Telling a channel', () => {
  test('is done in order, and tried again until it is taken, less and less often', async () => {
    const room = new Room();
    room.fails = true;
    await room.tell(alarm('a'), alarm('b'));
    for (let minute = 0; minute < 60; minute += 1) await room.move(MINUTE_MS);
    assert.ok(room.tries > 5 && room.tries < 30, String(room.tries));
    assert.equal(room.log.said('error').length, 1, 'said once, not at each try');
    room.fails = false;
    await room.move(5 * MINUTE_MS);
    assert.deepEqual(room.told, ['a', 'b']);
  });

  test('waits in quiet hours, and what may never be silenced does not', async () => {
    const room = new Room();
    room.quiet = true;
    await room.tell(alarm('a'), alarm('chain', { name: 'audit.chain-broken' }));
    await room.move(60 * MINUTE_MS);
    assert.deepEqual(room.told, ['chain']);
    room.quiet = false;
    await room.move(MINUTE_MS);
    assert.deepEqual(room.told, ['chain', 'a']);
  });

  test('is not faster than people read: ten at once, then one a minute, and a hundred wait at most', async () => {
    const room = new Room();
    await room.tell(...Array.from({ length: 300 }, (_, at) => alarm(String(at))));
    assert.equal(room.told.length, 10);
    for (let minute = 0; minute < 5; minute += 1) await room.move(MINUTE_MS);
    assert.equal(room.told.length, 15);
    assert.ok(room.delivery.waiting.length <= 100);
    assert.equal(room.log.said('warn').length, 1);
  });

  test('says the newest of an alarm that waits, once', async () => {
    const room = new Room();
    room.quiet = true;
    await room.tell(alarm('a'), alarm('a', { step: 2 }));
    room.quiet = false;
    await room.move(MINUTE_MS);
    assert.deepEqual(room.told, ['a']);
  });

  test('ends with the gateway', async () => {
    const room = new Room();
    room.fails = true;
    await room.tell(alarm('a'));
    room.delivery.close();
    room.fails = false;
    await room.move(60 * MINUTE_MS);
    assert.deepEqual([room.told, room.clock.pending], [[], 0]);
  });
});
