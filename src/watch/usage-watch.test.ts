import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../test/world/captured-log.ts';
import { MovedClock } from '../../test/world/moved-clock.ts';
import { seededRandom } from '../../test/world/seeded-random.ts';
import { temporaryFolder } from '../../test/world/temporary-folder.ts';
import { openUsageStore, simulateMonth } from '../../test/world/usage-month.ts';
import type { Alarm } from '../model/alarm.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../model/audit-event.ts';
import { DAY_MS } from '../model/duration.ts';
import type { Store } from '../ports/store.ts';
import { AlarmRegister } from './alarm-register.ts';
import { UsualThrottle } from './call-throttle.ts';
import { networkOf } from './usage-counter.ts';
import { UsageWatch } from './usage-watch.ts';

const HOUR_MS = 3_600_000;

const call = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  v: AUDIT_SCHEMA, id: 'req_1', type: 'call', at: '', who: 'CRM sync', name: 'nightly', credential: 'key_1', method: 'api-key', address: '192.0.2.7', server: 'crm', call: 'tools/call', target: 'search', arguments: { id: 1 }, decision: 'allow', ...more,
});

/** A watch on a store, and what it tells. */
class Room {
  readonly clock: MovedClock;
  readonly told: Alarm[] = [];
  readonly log = new CapturedLog();
  readonly store: Store;
  readonly rules = { learnDays: 7, throttle: false };
  throttle: UsualThrottle;
  watch: UsageWatch;

  constructor(store: Store, clock = new MovedClock()) {
    [this.store, this.clock] = [store, clock];
    this.throttle = new UsualThrottle(clock);
    this.watch = this.restarted();
  }

  restarted(): UsageWatch {
    const register = new AlarmRegister(this.store.alarms, { clock: this.clock, random: seededRandom(`alarms ${String(this.told.length)}`) }, (alarm) => void this.told.push(alarm));
    this.throttle = new UsualThrottle(this.clock, (holder) => this.watch.meet(holder, this.rules));
    this.watch = new UsageWatch({ clock: this.clock, log: this.log, store: this.store.baselines, register, throttle: this.throttle });
    return this.watch;
  }

  /** Calls, looked at each hundred. */
  calls(count: number, more?: Partial<AuditEvent>): void {
    for (let at = 0; at < count; at += 1) {
      this.watch.observe(call(more));
      if (at % 100 === 99) this.watch.look(this.rules);
    }
    this.watch.look(this.rules);
  }

  /** Days of a hundred calls, ten in each of ten hours. */
  days(count: number, more?: Partial<AuditEvent>): void {
    for (let hour = 0; hour < count * 24; hour += 1) {
      if (hour % 24 < 10) this.calls(10, more);
      this.clock.sleep(HOUR_MS);
    }
  }

  signs(): readonly string[] {
    return this.told.flatMap(({ evidence }) => evidence.map(({ sign }) => sign));
  }
}

const inRoom = async (work: (room: Room) => void): Promise<void> => {
  await using folder = await temporaryFolder('usage');
  using opened = openUsageStore(join(folder.path, 'sallyport.db'));
  work(new Room(opened.store));
};

suite('What is usual of a caller (R76)', () => {
  test('100 calls a day becoming 10,000 raise one alarm, with the numbers and the commands that answer it', () => inRoom((room) => {
    room.days(20);
    room.calls(10_000);
    assert.equal(room.told.length, 1);
    const [alarm] = room.told;
    assert.match(alarm?.words ?? '', /^CRM sync by "nightly" \(key_1\) does what is unusual: \d+ calls of crm:search (?:today|within an hour), where the busiest of 20 days had \d+/);
    assert.deepEqual(alarm?.cures, ['sallyport keys disable key_1', 'sallyport keys rotate key_1', `sallyport alarms expect ${alarm?.id ?? ''}`]);
    assert.match(room.store.alarms.get(alarm?.id ?? '')?.evidence[0]?.words ?? '', /^10000 calls/);
  }));

  test('two hundred calls in place of a hundred raise none, and neither do ten thousand of somebody who is not known yet', () => inRoom((room) => {
    room.days(20);
    room.days(1);
    for (let hour = 0; hour < 10; hour += 1) {
      room.calls(20);
      room.clock.sleep(HOUR_MS);
    }
    room.calls(10_000, { who: 'newcomer', name: 'first' });
    assert.deepEqual(room.told, []);
  }));

  test('each kind of novelty of a program that does the same every day raises its sign; the usual raises none', () => inRoom((room) => {
    room.days(20);
    assert.deepEqual(room.told, []);
    room.calls(1, { target: 'delete_customer' });
    room.calls(1, { arguments: { id: 1, export_all: true } });
    room.calls(1, { address: '203.0.113.9' });
    room.clock.sleep(15 * HOUR_MS);
    room.calls(10);
    const [{ id = '' } = {}] = room.told;
    assert.equal(room.told.length, 1, 'the same alarm, told once');
    assert.deepEqual(room.store.alarms.get(id)?.evidence.map(({ sign }) => sign).sort(), ['arguments crm:search', 'hour', 'network 203.0.113.0/24', 'tool crm:delete_customer']);
  }));

  const stateOfList = (room: Room): readonly (readonly unknown[])[] => room.store.alarms.page({ limit: 10 }).map(({ state, untold, evidence }) => [state, untold === true ? 'noted' : 'told', evidence[0]?.sign]);

  test('a program that has moved, or sends an argument from now on, is in the list and wakes nobody, nor when that is over', () => inRoom((room) => {
    room.days(20);
    room.days(3, { address: '203.0.113.9', arguments: { id: 1, cursor: 2 } });
    assert.deepEqual(room.told, []);
    assert.deepEqual(stateOfList(room), [['resolved', 'noted', 'network 203.0.113.0/24']]);
  }));

  test('an argument that does not stay is told as soon as the tool is called without it again and again', () => inRoom((room) => {
    room.days(20);
    room.calls(3, { arguments: { id: 1, export_all: true } });
    assert.deepEqual([room.told.length, stateOfList(room)], [0, [['open', 'noted', 'arguments crm:search']]]);
    for (let look = 0; look < 8; look += 1) room.calls(1);
    assert.deepEqual(room.told.map(({ words }) => /"export_all", which was never an argument of theirs, and has not been since/.test(words)), [true]);
    assert.deepEqual(stateOfList(room), [['open', 'told', 'arguments crm:search']]);
  }));

  test('a network beside which the usual one goes on is told, at once or when that comes back within two days', () => inRoom((room) => {
    room.days(20);
    room.calls(5, { address: '203.0.113.9' });
    assert.equal(room.told.length, 0);
    room.clock.sleep(24 * HOUR_MS);
    room.calls(1);
    assert.deepEqual(room.told.map(({ words }) => /203\.0\.113\.0\/24, which was never used before, while another one is in use/.test(words)), [true]);
  }));

  test('an outburst after something new is told again, because it is worse', () => inRoom((room) => {
    room.days(20);
    room.calls(1, { target: 'delete_customer' });
    room.calls(5_000);
    assert.deepEqual(room.told.map(({ step }) => step), [1, 2]);
    assert.equal(new Set(room.told.map(({ id }) => id)).size, 1);
  }));

  test('what was refused counts for nothing, and nor does somebody unknown', () => inRoom((room) => {
    room.days(20);
    room.calls(10_000, { decision: 'deny' });
    room.watch.observe({ ...call(), who: undefined } as unknown as AuditEvent); // as a record of nobody is
    assert.deepEqual(room.told, []);
  }));

  test('what is learned survives a restart, and a record that is not understood begins anew', () => inRoom((room) => {
    room.days(20);
    room.watch.save();
    room.restarted().look({ learnDays: 7, throttle: false });
    room.calls(1, { target: 'delete_customer' });
    assert.deepEqual(room.signs(), ['tool crm:delete_customer']);
    room.store.baselines.write([{ holder: 'CRM sync\nnightly', day: 1, record: '{"v":2}' }]);
    room.restarted();
    room.calls(1, { target: 'export' });
    assert.equal(room.told.length, 1);
  }));

  test('what an operator expects raises no alarm again and is learned; without it the next outburst does, and does not become usual', async () => {
    const outbursts = (expects: boolean) => async (): Promise<number> => {
      let told = 0;
      await inRoom((room) => {
        room.days(20);
        for (let day = 0; day < 9; day += 1) {
          room.calls(3_000);
          const open = room.store.alarms.open('usage.unusual', 'CRM sync\nnightly');
          if (open !== undefined) room.store.alarms.put({ ...open, state: expects ? 'expected' : 'resolved', closed: { atMs: room.clock.nowMs() } });
          room.clock.sleep(DAY_MS);
        }
        told = room.told.length;
      });
      return told;
    };
    assert.equal(await outbursts(true)(), 1);
    assert.equal(await outbursts(false)(), 9);
  });

  test('a slow ramp is found although no day is an outburst', () => inRoom((room) => {
    room.days(7);
    for (let day = 0; day < 22; day += 1) {
      for (let hour = 0; hour < 10; hour += 1) {
        room.calls(Math.round(10 * 1.12 ** day));
        room.clock.sleep(HOUR_MS);
      }
      room.clock.sleep(14 * HOUR_MS);
    }
    assert.match(room.signs()[0] ?? '', /^growth /);
    assert.equal(room.told.length, 1);
  }));

  /** Days of so many calls each, in one hour. */
  const daysOf = (room: Room, counts: readonly number[]): void => {
    for (const count of counts) {
      room.calls(count);
      room.clock.sleep(DAY_MS);
    }
  };

  test('growth that was told is not told again after days without a call', () => inRoom((room) => {
    daysOf(room, [40, 45, 40, 50, 42, 48, 44, 60, 75, 100, 130, 170, 200, 210, 205, 208, 206]);
    const toldOnce = room.told.length;
    room.clock.sleep(3 * DAY_MS);
    daysOf(room, [206, 204, 210]);
    assert.deepEqual([toldOnce, room.told.map(({ state }) => state), room.signs().every((sign) => sign.startsWith('growth '))], [1, ['open', 'resolved'], true]);
    assert.ok(room.store.alarms.page({ limit: 10 }).length === 1, 'nor is there another in the list');
  }));

  test('whoever is up and down all the time has not grown by some days that are up', () => inRoom((room) => {
    daysOf(room, [30, 200, 40, 60, 35, 50, 180, 90, 40, 60, 700, 310, 155, 320, 160]);
    assert.deepEqual(room.signs().filter((sign) => sign.startsWith('growth')), []);
  }));

  test('an alarm is over by itself when nothing was unusual for a day', () => inRoom((room) => {
    room.days(20);
    room.calls(1, { target: 'delete_customer' });
    room.days(2);
    assert.deepEqual(room.store.alarms.page({ limit: 10 }).map(({ state, closed }) => [state, closed?.by]), [['resolved', undefined]]);
  }));

  test('whoever makes up names of tools, arguments and networks fills no memory', () => inRoom((room) => {
    for (let at = 0; at < 20_000; at += 1) room.watch.observe(call({ target: `tool ${String(at)}`, address: `10.${String(at % 200)}.${String(at % 251)}.1`, arguments: { [`name ${String(at)}`]: 1 } }));
    room.watch.look({ learnDays: 7, throttle: false });
    room.watch.save();
    assert.ok((room.store.baselines.read('CRM sync\nnightly')?.length ?? 0) < 40_000);
  }));

  test('networks are told apart by /24 and /64', () => {
    assert.deepEqual(['192.0.2.7', '::ffff:192.0.2.9', '2001:db8::1', '2001:0db8:0:0:1::9', '::1', 'unix'].map(networkOf), ['192.0.2.0/24', '192.0.2.0/24', '2001:db8:0:0::/64', '2001:db8:0:0::/64', '0:0:0:0::/64', 'unix']);
  });
});

test('a simulated month: every planted anomaly is found, the outburst told once, and false alarms are at most one a week (docs/alarms.md)', async () => {
  await using folder = await temporaryFolder('month');
  using opened = openUsageStore(join(folder.path, 'sallyport.db'));
  const { found, falseAlarms, toldOfVolume, days } = simulateMonth(2, opened.store, 25);
  assert.deepEqual(Object.entries(found).filter(([, hours]) => hours === undefined), []);
  assert.equal(toldOfVolume, 1);
  assert.ok(falseAlarms.length <= days / 7, JSON.stringify(falseAlarms));
});
