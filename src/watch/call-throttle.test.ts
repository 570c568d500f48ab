import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../test/world/captured-log.ts';
import { MovedClock } from '../../test/world/moved-clock.ts';
import { seededRandom } from '../../test/world/seeded-random.ts';
import { temporaryFolder } from '../../test/world/temporary-folder.ts';
import { openUsageStore } from '../../test/world/usage-month.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Alarm } from '../model/alarm.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../model/audit-event.ts';
import type { Store } from '../ports/store.ts';
import { AlarmRegister } from './alarm-register.ts';
import { UsualThrottle } from './call-throttle.ts';
import { UsageWatch } from './usage-watch.ts';

/** Callers who are held to what is usual of them, where somebody asks for it (issue 7, "automatic throttle"; R50). */

const HOUR_MS = 3_600_000;
const WHO = { subject: 'CRM sync', name: 'nightly', credentialId: 'key_1', method: 'api-key' } as const;

const record = (target: string): AuditEvent => ({ v: AUDIT_SCHEMA, id: 'req_1', type: 'call', at: '', who: WHO.subject, name: WHO.name, credential: WHO.credentialId, method: WHO.method, address: '192.0.2.7', server: 'crm', call: 'tools/call', target, decision: 'allow' });

/** A caller with twenty days of ten calls in each of ten hours behind it. */
class Room {
  readonly clock = new MovedClock();
  readonly store: Store;
  readonly told: Alarm[] = [];
  readonly rules = { learnDays: 7, throttle: true };
  readonly throttle: UsualThrottle;
  readonly watch: UsageWatch;

  constructor(store: Store) {
    this.store = store;
    this.throttle = new UsualThrottle(this.clock, (holder) => this.watch.meet(holder, this.rules));
    const register = new AlarmRegister(store.alarms, { clock: this.clock, random: seededRandom() }, (alarm) => void this.told.push(alarm));
    this.watch = new UsageWatch({ clock: this.clock, log: new CapturedLog(), store: store.baselines, register, throttle: this.throttle });
    for (let hour = 0; hour < 20 * 24; hour += 1) {
      if (hour % 24 < 10) this.ask(10);
      this.clock.sleep(HOUR_MS);
    }
  }

  /** Asks so often, and looks. @returns how many calls went through, and the last refusal */
  ask(count: number, target = 'search'): { readonly went: number; readonly refusal: GatewayError | undefined } {
    let [went, refusal] = [0, undefined as GatewayError | undefined];
    for (let at = 0; at < count; at += 1) {
      try {
        this.throttle.take(WHO, `crm:${target}`);
        this.watch.observe(record(target));
        went += 1;
      } catch (error) {
        assert.ok(error instanceof GatewayError);
        refusal = error;
      }
    }
    this.watch.look(this.rules);
    return { went, refusal };
  }
}

const inRoom = async (work: (room: Room) => void): Promise<void> => {
  await using folder = await temporaryFolder('throttle');
  using opened = openUsageStore(join(folder.path, 'sallyport.db'));
  work(new Room(opened.store));
};

suite('A caller who is held to what is usual', () => {
  test('gets as much as raises no alarm and not one call more, hears why, until when and what to type, and one alarm is raised', () => inRoom((room) => {
    const { went, refusal } = room.ask(10_000);
    assert.equal(went, 100, 'a hundred within an hour are nobody\'s alarm');
    assert.equal(refusal?.code, 'limit.unusual');
    const { headers = {}, detail = '', extra = {} } = refusal?.circumstances ?? {};
    assert.ok(Number(headers['Retry-After']) > 0 && Number(headers['Retry-After']) <= 3_600);
    assert.match(detail, /more of crm:search than was ever usual of this caller \(100 calls within a UTC hour\).* try again in \d+ s/);
    assert.equal(extra['retry_after_seconds'], Number(headers['Retry-After']));
    assert.deepEqual(room.told.map(({ name, evidence }) => [name, evidence[0]?.sign]), [['usage.unusual', 'volume crm:search']]);
    room.ask(10_000);
    assert.equal(room.told.length, 1);
  }));

  test('goes on with the next hour, and with the next day where the day was used up', () => inRoom((room) => {
    const hours = [0, 1, 2, 3, 4].map(() => {
      const { went } = room.ask(1_000);
      room.clock.sleep(HOUR_MS);
      return went;
    });
    assert.deepEqual(hours, [100, 100, 100, 0, 0], 'three hundred a day');
    room.clock.sleep(20 * HOUR_MS);
    assert.equal(room.ask(1_000).went, 100);
  }));

  test('is held back for that tool alone, and nobody else is', () => inRoom((room) => {
    room.ask(1_000);
    assert.equal(room.ask(1_000, 'new_tool').went, 1_000, 'of what is not known yet nothing is usual');
    assert.doesNotThrow(() => room.throttle.take({ ...WHO, subject: 'somebody else' }, 'crm:search'));
  }));

  test('passes at the next look when somebody says that it is expected', () => inRoom((room) => {
    room.ask(1_000);
    const [open] = room.told;
    assert.ok(open);
    room.store.alarms.put({ ...open, state: 'expected', closed: { by: 'terminal', atMs: room.clock.nowMs() } });
    room.ask(1);
    assert.equal(room.ask(1_000).went, 1_000);
    assert.equal(room.ask(1_000).went, 1_000, 'and at the look after that');
    assert.equal(room.told.length, 1);
  }));

  test('is known again after a restart, from the first call on, without a look', () => inRoom((room) => {
    room.ask(90);
    room.watch.save();
    const again = new UsualThrottle(room.clock, (holder) => watch.meet(holder, room.rules));
    const register = new AlarmRegister(room.store.alarms, { clock: room.clock, random: seededRandom('again') }, () => undefined);
    const watch = new UsageWatch({ clock: room.clock, log: new CapturedLog(), store: room.store.baselines, register, throttle: again });
    again.take(WHO, 'crm:search');
    room.clock.move(1);
    for (let at = 0; at < 10; at += 1) again.take(WHO, 'crm:search');
    assert.throws(() => again.take(WHO, 'crm:search'), { code: 'limit.unusual' });
  }));

  test('is held back no more when it was switched off', () => inRoom((room) => {
    room.ask(1_000);
    room.rules.throttle = false;
    room.ask(0);
    assert.doesNotThrow(() => room.throttle.take(WHO, 'crm:search'));
  }));
});
