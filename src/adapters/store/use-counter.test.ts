import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { DAY_MS } from '../../model/duration.ts';
import { KeyRoom } from '../../../test/world/key-room.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { KeyUseStore } from '../../ports/key-use.ts';
import { UseCounter } from './use-counter.ts';


const aCall = (more: Partial<AuditEvent> = {}): AuditEvent => ({ v: 1, type: 'call', id: 'req_1', at: '', credential: 'key_1', address: '192.0.2.7', client: 'curl', server: 'crm', call: 'tools/call', target: 'get_x', decision: 'allow', ...more });

const counting = (room: KeyRoom, store: KeyUseStore = room.store.keyUse) => new UseCounter(store, { clock: room.clock, log: new CapturedLog() });

suite('The use of a key', () => {
  test('is counted by caller, tool and day, and written within a second (R28, R112)', async () => {
    await using room = await KeyRoom.open();
    const { keyUse } = room.store;
    const uses = counting(room);
    const beganAtMs = room.clock.nowMs();
    for (const event of [aCall(), aCall(), aCall({ target: 'put_x', client: 'cursor' }), aCall({ credential: 'key_2', address: '192.0.2.8' })]) uses.observe(event);
    assert.equal(keyUse.lastOf('key_1'), undefined);
    room.clock.move(1_000);
    assert.deepEqual(keyUse.lastOf('key_1'), { atMs: beganAtMs, address: '192.0.2.7', client: 'cursor' });
    assert.deepEqual(keyUse.callersOf('key_1', 0).map(({ client, calls }) => [client, calls]).toSorted(), [['cursor', 1], ['curl', 2]].toSorted());
    const day = Math.floor(beganAtMs / DAY_MS);
    assert.deepEqual(keyUse.targetsOf('key_1', day).map(({ target, calls }) => [target, calls]), [['get_x', 2], ['put_x', 1]]);
    assert.deepEqual(keyUse.daysOf('key_1', day), [{ day, calls: 3 }]);
    assert.deepEqual(keyUse.targetsOf('key_1', day + 1), []);
    assert.deepEqual(keyUse.callersOf('key_2', beganAtMs + 1), []);
  });

  test('goes on adding up after it was written, with the first and the last time of each caller', async () => {
    await using room = await KeyRoom.open();
    const uses = counting(room);
    const beganAtMs = room.clock.nowMs();
    uses.observe(aCall());
    room.clock.move(5_000);
    uses.observe(aCall());
    uses.close();
    assert.deepEqual(room.store.keyUse.callersOf('key_1', 0), [{ address: '192.0.2.7', client: 'curl', firstAtMs: beganAtMs, lastAtMs: beganAtMs + 5_000, calls: 2 }]);
    assert.equal(room.clock.pending, 1, 'only the store goes on looking');
  });

  test('is a caller but no call where it was refused, and nothing where nobody was proven', async () => {
    await using room = await KeyRoom.open();
    const uses = counting(room);
    const { credential: _nobody, ...unproven } = aCall();
    for (const event of [aCall({ decision: 'deny' }), unproven]) uses.observe(event);
    uses.flush();
    assert.equal(room.store.keyUse.callersOf('key_1', 0)[0]?.calls, 1);
    assert.deepEqual(room.store.keyUse.targetsOf('key_1', 0), []);
  });

  test('is kept while it cannot be written, and written later', async () => {
    await using room = await KeyRoom.open();
    let broken = true;
    const uses = counting(room, { ...room.store.keyUse, add(batches) {
      if (broken) throw new Error('disk full');
      room.store.keyUse.add(batches);
    } });
    uses.observe(aCall());
    room.clock.move(1_000);
    uses.observe(aCall());
    broken = false;
    room.clock.move(1_000);
    assert.equal(room.store.keyUse.callersOf('key_1', 0)[0]?.calls, 2);
  });

  test('is bounded for a holder who has a new name and a new tool with each call', async () => {
    await using room = await KeyRoom.open();
    const uses = counting(room);
    for (let at = 0; at < 2_000; at += 1) uses.observe(aCall({ client: `client ${at}`, target: `tool_${at}` }));
    uses.flush();
    const callers = room.store.keyUse.callersOf('key_1', 0);
    assert.ok(callers.length <= 65, String(callers.length));
    assert.equal(callers.reduce((sum, { calls }) => sum + calls, 0), 2_000);
    assert.ok(room.store.keyUse.targetsOf('key_1', 0).length <= 513);
    for (let round = 0; round < 20; round += 1) {
      for (let at = 0; at < 60; at += 1) uses.observe(aCall({ client: `round ${round}.${at}` }));
      room.clock.move(1_000);
    }
    room.clock.sleep(DAY_MS);
    uses.observe(aCall());
    uses.flush();
    assert.equal(room.store.keyUse.callersOf('key_1', 0).length, 500);
  });

  test('is forgotten when it is old, key by key: callers after 90 days, days after 400', async () => {
    await using room = await KeyRoom.open();
    const uses = counting(room);
    uses.observe(aCall({ client: 'old' }));
    uses.flush();
    room.clock.step(91 * DAY_MS);
    uses.observe(aCall({ client: 'new' }));
    uses.flush();
    assert.deepEqual(room.store.keyUse.callersOf('key_1', 0).map(({ client }) => client), ['new']);
    assert.equal(room.store.keyUse.daysOf('key_1', 0).length, 2);
    room.clock.step(320 * DAY_MS);
    uses.observe(aCall());
    uses.flush();
    assert.equal(room.store.keyUse.daysOf('key_1', 0).length, 2);
  });
});
