import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../../test/world/key-room.ts';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import type { Denial } from '../../../model/token/denial.ts';
import { DenialList } from '../denial-list.ts';
import { openDatabase } from './open-database.ts';
import { buildSqliteStore } from './sqlite-store.ts';

const aDenial = (value: string, more: Partial<Denial> = {}): Denial => ({ id: `den_${value}`, level: 'session', issuer: 'https://idp.example.com', value, by: 'ops', atMs: 1, ...more });
const facts = (sessionId: string) => ({ issuer: 'https://idp.example.com', subject: 'a', digest: 'd', sessionId });

suite('Denials at rest', () => {
  test('of another process are met within a tenth of a second, and so is a lift (J15, D10)', async () => {
    await using room = await KeyRoom.open();
    const list = new DenialList(room.store.denials, room.clock);
    let told = 0;
    room.store.denials.onChange(() => {
      told += 1;
      list.refresh();
    });
    const other = openDatabase(room.path);
    const their = buildSqliteStore(other, new MovedClock());
    their.denials.add([aDenial('s1'), aDenial('s2')]);
    assert.equal(list.against(facts('s1')), undefined);
    room.clock.move(100);
    assert.ok(list.against(facts('s1')));
    their.denials.lift('den_s1');
    room.clock.move(100);
    assert.deepEqual([list.against(facts('s1')), list.against(facts('s2')) === undefined], [undefined, false]);
    room.clock.move(1_000);
    assert.equal(told, 2);
    other.close();
  });

  test('are all written or none', async () => {
    await using room = await KeyRoom.open();
    assert.throws(() => room.store.denials.add([aDenial('s1'), aDenial('s2', { id: 'den_s1' })]));
    assert.deepEqual(room.store.denials.after(0, 10, 1), []);
  });

  test('of a kind that is not known stop the start: what somebody has closed is not opened', async () => {
    await using room = await KeyRoom.open();
    const other = openDatabase(room.path);
    other.exec("INSERT INTO denials (id, level, issuer, value, made_by, at_ms) VALUES ('den_x', 'device', '', 'x', 'ops', 1)");
    other.close();
    assert.throws(() => new DenialList(room.store.denials, room.clock), /does not know: device/);
  });

  test('remember the issuers that a gateway ran with', async () => {
    await using room = await KeyRoom.open();
    const issuers = [{ name: 'b', issuer: 'https://b', maxLifetimeMs: 1 }, { name: 'a', issuer: 'https://a', maxLifetimeMs: 2 }];
    room.store.denials.issuers.replace(issuers);
    room.store.denials.issuers.replace(issuers);
    assert.deepEqual(room.store.denials.issuers.list().map(({ name }) => name), ['a', 'b']);
  });
});
