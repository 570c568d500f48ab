import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { MovedClock } from '../../test/world/moved-clock.ts';
import { seededRandom } from '../../test/world/seeded-random.ts';
import { temporaryFolder } from '../../test/world/temporary-folder.ts';
import { openUsageStore } from '../../test/world/usage-month.ts';
import type { Alarm } from '../model/alarm.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../model/audit-event.ts';
import { DAY_MS } from '../model/duration.ts';
import type { Ending, Expiring } from '../model/expiring.ts';
import { Failures } from '../model/failing.ts';
import type { SinkState } from '../model/sink-state.ts';
import type { AlarmStore } from '../ports/alarm-store.ts';
import { AlarmRegister } from './alarm-register.ts';
import { EndWatch } from './end-watch.ts';
import { HouseWatch } from './house-watch.ts';

const NOTHING = { sinks: [], failing: [], isQuarantined: () => false };
const NO_END = { certificates: [], keys: [], tokens: [], due: [] };
const HOUR_MS = 3_600_000;

interface Room {
  readonly clock: MovedClock;
  readonly house: HouseWatch;
  readonly ends: EndWatch;
  readonly told: Alarm[];
  readonly over: Alarm[];
  readonly register: AlarmRegister;
  readonly store: AlarmStore;
}

const inRoom = async (work: (room: Room) => void): Promise<void> => {
  await using folder = await temporaryFolder('house-watch');
  using opened = openUsageStore(join(folder.path, 'sallyport.db'));
  const [clock, told, store] = [new MovedClock(), [] as Alarm[], opened.store.alarms];
  const over: Alarm[] = [];
  const register = new AlarmRegister(store, { clock, random: seededRandom() }, (alarm) => void (alarm.state === 'open' ? told : over).push(alarm));
  work({ clock, told, over, store, register, house: new HouseWatch(register, clock), ends: new EndWatch(register, clock) });
};

const names = (told: readonly Alarm[]): readonly string[] => told.map(({ name }) => name);
const stateOf = (store: AlarmStore): readonly string[] => store.page({ limit: 10 }).map(({ state }) => state);

suite('What is said of the gateway itself', () => {
  test('a certificate that ends is told at each step, once, and is over when it was renewed (R90)', () => inRoom(({ clock, ends, told, store }) => {
    const ending: Expiring = { kind: 'server', name: 'listen', what: 'the certificate of listen', cure: 'renew it', fromMs: clock.nowMs() - 60 * DAY_MS, expiresAtMs: clock.nowMs() + 31 * DAY_MS };
    for (let day = 0; day < 31; day += 1) {
      for (let look = 0; look < 2; look += 1) ends.look({ ...NO_END, certificates: [ending] });
      clock.sleep(DAY_MS);
    }
    assert.ok(told.length >= 4 && told.length <= 5, String(told.length));
    assert.match(told[0]?.words ?? '', /the certificate of listen expires in \d+ days: renew it/);
    ends.look({ ...NO_END, certificates: [{ ...ending, expiresAtMs: clock.nowMs() + 90 * DAY_MS }] });
    assert.deepEqual(new Set(stateOf(store)), new Set(['resolved']));
  }));

  test('a receiver that stalls is told once, again when calls are refused, and is over when it takes records, which is told too, once', () => inRoom(({ house, told, over, store }) => {
    const sink: SinkState = { sink: 'siem', lag: 120_000, stalled: true, blocks: false, failures: 1, failing: { sinceMs: 0, reason: 'the receiver answers 503' } };
    for (const one of [sink, sink, { ...sink, blocks: true }]) house.look({ ...NOTHING, sinks: [one] });
    assert.deepEqual(told.map(({ step }) => step), [2, 3]);
    house.look({ ...NOTHING, sinks: [{ sink: 'siem', lag: 0, stalled: false, blocks: false, failures: 1 }] });
    house.look({ ...NOTHING, sinks: [{ sink: 'siem', lag: 0, stalled: false, blocks: false, failures: 1 }] });
    assert.deepEqual([stateOf(store), over.map(({ id, state }) => [id, state])], [['resolved'], [[told[0]?.id, 'resolved']]]);
  }));

  test('what somebody has called expected is not raised again at once, but when it is worse; a broken trail always is', () => inRoom(({ house, told, store }) => {
    const sink: SinkState = { sink: 'siem', lag: 120_000, stalled: true, blocks: false, failures: 1, failing: { sinceMs: 0, reason: 'the receiver answers 503' } };
    const expectAll = (): void => {
      for (const open of store.page({ limit: 10, state: 'open' })) store.put({ ...open, state: 'expected', closed: { by: 'terminal', atMs: open.raisedAtMs } });
    };
    house.look({ ...NOTHING, sinks: [sink] });
    house.chainBroken('record 7 is not what was written');
    expectAll();
    house.look({ ...NOTHING, sinks: [sink] });
    house.chainBroken('record 7 is not what was written');
    assert.deepEqual(names(told), ['sink.stalled', 'audit.chain-broken', 'audit.chain-broken']);
    house.look({ ...NOTHING, sinks: [{ ...sink, blocks: true }] });
    assert.deepEqual(names(told).slice(3), ['sink.stalled']);
  }));

  test('what an operation has raised or closed is told by the gateway, once', () => inRoom(({ house, told, over, store, register }) => {
    house.chainBroken('record 7 is not what was written');
    const [open] = told;
    assert.ok(open);
    store.hand({ ...open, state: 'resolved', closed: { by: 'terminal', atMs: 1 } });
    for (let look = 0; look < 2; look += 1) register.tellHanded();
    assert.deepEqual(over.map(({ id, closed }) => [id, closed?.by]), [[open.id, 'terminal']]);
  }));

  test('a broken trail is told, and does not go by itself', () => inRoom(({ clock, house, told, store }) => {
    house.chainBroken('record 7 is not what was written');
    clock.sleep(30 * DAY_MS);
    house.look(NOTHING);
    assert.deepEqual([names(told), stateOf(store)], [['audit.chain-broken'], ['open']]);
  }));

  test('a flood of handshakes is told, a few that were closed are not', () => inRoom(({ clock, house, told, store }) => {
    for (let at = 0; at < 100; at += 1) house.refusedHandshake('192.0.2.1');
    house.look(NOTHING);
    assert.equal(told.length, 0);
    for (let at = 0; at < 1_000; at += 1) house.refusedHandshake('192.0.2.1');
    house.look(NOTHING);
    house.look(NOTHING);
    assert.deepEqual(names(told), ['handshakes.refused']);
    clock.sleep(2 * HOUR_MS);
    house.look(NOTHING);
    assert.deepEqual(stateOf(store), ['resolved']);
  }));

  test('a refresh token that comes back is told with its record, other refusals are not (T05, R51)', () => inRoom(({ house, told }) => {
    const event: AuditEvent = { v: AUDIT_SCHEMA, id: 'req_9', type: 'call', at: '', who: 'alice', address: '203.0.113.9', call: 'POST /token', decision: 'deny', code: 'refresh.reused' };
    house.observe({ ...event, code: 'oauth.invalid-grant' });
    house.look(NOTHING);
    assert.equal(told.length, 0);
    house.observe(event);
    house.observe(event);
    house.look(NOTHING);
    assert.deepEqual(told.map(({ words, evidence }) => [/of alice/.test(words), evidence[0]?.sign]), [[true, 'req_9']]);
  }));

  test('a key that is due for rotation is told once with the command, and is over when it was rotated', () => inRoom(({ clock, ends, told, store }) => {
    const due = [{ id: 'key_1', name: 'nightly', owner: 'CRM' }];
    for (let hour = 0; hour < 48; hour += 1) {
      ends.look({ ...NO_END, due });
      clock.sleep(HOUR_MS);
    }
    assert.deepEqual(told.map(({ cures }) => cures), [['sallyport keys rotate key_1']]);
    clock.sleep(4 * HOUR_MS);
    ends.look(NO_END);
    assert.deepEqual(stateOf(store), ['resolved']);
  }));

  for (const [kind, name] of [['keys', 'key.expiring'], ['tokens', 'token.expiring']] as const)
    test(`what ends of ${kind} is told at 30, 7 and 1 days and at its end, once each, and is over when it was renewed`, () => inRoom(({ clock, ends, told, over }) => {
      const one: Ending = { name: 'key_1', what: 'it', cure: 'renew it', fromMs: clock.nowMs(), expiresAtMs: clock.nowMs() + 90 * DAY_MS };
      const days: number[] = [];
      for (let hour = 0; hour <= 90 * 24; hour += 6) {
        const before = told.length;
        ends.look({ ...NO_END, [kind]: [one] });
        if (told.length > before) days.push(Math.round((one.expiresAtMs - clock.nowMs()) / DAY_MS));
        clock.sleep(6 * HOUR_MS);
      }
      assert.deepEqual([days, new Set(names(told))], [[30, 7, 1, 0], new Set([name])]);
      ends.look({ ...NO_END, [kind]: [{ ...one, expiresAtMs: clock.nowMs() + 90 * DAY_MS }] });
      assert.equal(over.length, 1);
    }));

  test('what lives for a day is renewed every day, and raises nothing', () => inRoom(({ clock, ends, told }) => {
    ends.look({ ...NO_END, tokens: [{ name: 't', what: 'it', cure: 'renew it', fromMs: clock.nowMs(), expiresAtMs: clock.nowMs() + DAY_MS }] });
    assert.equal(told.length, 0);
  }));

  test('who cannot be asked is told after ten minutes and three tries, once, and is over when it answers', () => inRoom(({ clock, house, told, over }) => {
    const failures = new Failures();
    const look = (): void => house.look({ ...NOTHING, failing: failures.list(clock.nowMs()) });
    const fail = (): void => failures.failed({ name: 'corp', what: 'the keys of the issuer corp', reason: 'it answers 503' }, clock.nowMs());
    fail();
    clock.sleep(15 * 60_000);
    look();
    assert.equal(told.length, 0, 'one try that failed, however long ago');
    for (let at = 0; at < 5; at += 1) {
      fail();
      look();
    }
    assert.deepEqual(told.map(({ name, words }) => [name, /keys of the issuer corp cannot be had for 15 minutes, 3 times in a row: it answers 503/.test(words)]), [['refresh.failed', true]]);
    failures.worked('corp');
    look();
    assert.deepEqual(over.map(({ name }) => name), ['refresh.failed']);
  }));

  test('what nobody tries any more is not failing any more', () => {
    const failures = new Failures();
    failures.failed({ name: 'corp', what: 'it', reason: 'x' }, 0);
    assert.deepEqual([failures.list(HOUR_MS).length, failures.list(2 * HOUR_MS).length], [1, 0]);
  });

  test('a key in quarantine stays told of until it is released, revoked or replaced', () => inRoom(({ clock, house, over, store }) => {
    store.hand({ id: 'alm_000000000000000001', name: 'key.leaked', subject: 'key_1', step: 3, words: 'it leaked', evidence: [], cures: [], state: 'open', raisedAtMs: clock.nowMs(), lastAtMs: clock.nowMs() });
    house.look({ ...NOTHING, isQuarantined: (id) => id === 'key_1' });
    assert.equal(over.length, 0);
    house.look(NOTHING);
    assert.deepEqual(over.map(({ subject }) => subject), ['key_1']);
  }));
});
