import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../../test/world/key-room.ts';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import type { StoredKey } from '../../../model/api-key.ts';
import { openDatabase } from './open-database.ts';
import { buildSqliteStore } from './sqlite-store.ts';

const aKey = (name: string, more: Partial<StoredKey> = {}): StoredKey => ({
  id: `key_${name}`, hash: `hash of ${name}`, hint: 'sally_…', name, owner: 'alice', environment: 'live', roles: [], permissions: ['crm:*'], createdAtMs: 1, ...more,
});

suite('Stored keys', () => {
  test('are found by id and by hash, as they were written', async () => {
    await using room = await KeyRoom.open();
    const { apiKeys } = room.store;
    const key = aKey('a', { networks: ['10.0.0.0/8'], hours: { from: '09:00', to: '17:00', zone: 'UTC' }, limits: { perDay: 5 } });
    apiKeys.insert(key);
    assert.deepEqual([apiKeys.get('key_a'), apiKeys.findByHash('hash of a')], [key, key]);
    assert.deepEqual([apiKeys.get('key_b'), apiKeys.findByHash('hash of b'), apiKeys.findByHash('')], [undefined, undefined, undefined]);
    apiKeys.insert(aKey('c'));
    assert.deepEqual([apiKeys.candidateFor('hash of c')?.id, apiKeys.candidateFor('hash of nobody')?.id], ['key_c', 'key_a']);
    assert.throws(() => apiKeys.insert(aKey('a')));
    assert.throws(() => apiKeys.insert(aKey('b', { hash: key.hash })));
  });

  test('come in pages, in the order they were made, all or those of one owner', async () => {
    await using room = await KeyRoom.open();
    const { apiKeys } = room.store;
    for (const name of ['z', 'y', 'x', 'w']) apiKeys.insert(aKey(name, { owner: name === 'y' ? 'bob' : 'alice' }));
    const names = (keys: readonly StoredKey[]) => keys.map(({ name }) => name).join('');
    assert.equal(names(apiKeys.page({ limit: 3 })), 'zyx');
    assert.equal(names(apiKeys.page({ after: 'key_x', limit: 3 })), 'w');
    assert.equal(names(apiKeys.page({ after: 'key_w', limit: 3 })), '');
    assert.equal(names(apiKeys.page({ owner: 'alice', limit: 2 })), 'zx');
    assert.equal(names(apiKeys.page({ owner: 'alice', after: 'key_x', limit: 2 })), 'w');
  });

  test('once revoked are changed no more: neither written anew nor revoked to another date (K05)', async () => {
    await using room = await KeyRoom.open();
    const { apiKeys } = room.store;
    apiKeys.insert(aKey('a'));
    assert.deepEqual([apiKeys.replace(aKey('a', { name: 'new' })), apiKeys.revoke('key_a', 7), apiKeys.revoke('key_a', 8), apiKeys.replace(aKey('a')), apiKeys.revoke('key_b', 7)], [true, true, false, false, false]);
    assert.deepEqual(apiKeys.get('key_a'), aKey('a', { name: 'new', revokedAtMs: 7 }));
  });

  test('of a class are due when they grow old or expire, unless they are replaced or gone', async () => {
    await using room = await KeyRoom.open();
    const { apiKeys } = room.store;
    const weekly = { keyClass: 'weekly' };
    for (const key of [aKey('old', weekly), aKey('young', { ...weekly, createdAtMs: 500 }), aKey('expiring', { ...weekly, createdAtMs: 500, expiresAtMs: 1_005 }), aKey('expired', { ...weekly, expiresAtMs: 900 }), aKey('replaced', { ...weekly, successor: 'x' }), aKey('gone', weekly), aKey('other', { keyClass: 'other' }), aKey('none')]) apiKeys.insert(key);
    apiKeys.revoke('key_gone', 2);
    const due = apiKeys.dueOf({ name: 'weekly', rotateEveryMs: 600, remindBeforeMs: 10 }, 1_000, 9);
    assert.deepEqual(due.map(({ name }) => name), ['old', 'expiring']);
  });

  test('that end between two times are found, the soonest first, unless they are replaced or gone', async () => {
    await using room = await KeyRoom.open();
    const { apiKeys } = room.store;
    for (const key of [aKey('later', { expiresAtMs: 900 }), aKey('sooner', { expiresAtMs: 600 }), aKey('past', { expiresAtMs: 100 }), aKey('far', { expiresAtMs: 2_000 }), aKey('replaced', { expiresAtMs: 700, successor: 'x' }), aKey('gone', { expiresAtMs: 700 }), aKey('never')]) apiKeys.insert(key);
    apiKeys.revoke('key_gone', 2);
    const between = { fromMs: 100, untilMs: 900 };
    assert.deepEqual([apiKeys.expiring(between, 9), apiKeys.expiring(between, 1)].map((keys) => keys.map(({ name }) => name)), [['sooner', 'later'], ['sooner']]);
  });
});

suite('A change of keys', () => {
  test('is told at once by the process that makes it, once for each transaction and after its commit', async () => {
    await using room = await KeyRoom.open();
    const { store } = room;
    const told: (number | undefined)[] = [];
    const stop = store.onChange(() => told.push(store.apiKeys.page({ limit: 9 }).length));
    store.apiKeys.insert(aKey('a'));
    store.transaction(() => {
      store.apiKeys.insert(aKey('b'));
      store.apiKeys.insert(aKey('c'));
      assert.deepEqual(told, [1]);
    });
    store.apiKeys.revoke('nobody', 1);
    assert.deepEqual(told, [1, 3]);
    stop();
    store.apiKeys.revoke('key_a', 1);
    assert.deepEqual(told, [1, 3]);
  });

  test('that fails half-way changes nothing and is not told', async () => {
    await using room = await KeyRoom.open();
    const { store } = room;
    let told = 0;
    store.onChange(() => (told += 1));
    assert.throws(() => store.transaction(() => {
      store.apiKeys.insert(aKey('a'));
      store.transaction(() => store.apiKeys.insert(aKey('b')));
      throw new Error('no');
    }), /^Error: no$/);
    assert.deepEqual([told, store.apiKeys.page({ limit: 9 })], [0, []]);
    store.apiKeys.insert(aKey('a'));
    assert.equal(told, 1);
  });

  test('by another process is told within a tenth of a second; what concerns no key is not (K05)', async () => {
    await using room = await KeyRoom.open();
    let told = 0;
    room.store.onChange(() => (told += 1));
    const other = openDatabase(room.path);
    const their = buildSqliteStore(other, new MovedClock());
    their.apiKeys.insert(aKey('a'));
    assert.equal(told, 0);
    room.clock.move(100);
    assert.equal(told, 1);
    their.keyUse.learnTools('crm', ['get_x']);
    other.exec("INSERT INTO audit (event) VALUES ('{}')");
    room.clock.move(1_000);
    assert.equal(told, 1);
    their.apiKeys.revoke('key_a', 5);
    room.clock.move(100);
    assert.equal(told, 2);
    other.close();
  });
});

test('The classes of the configuration that ran last are kept for commands that read none', async () => {
  await using room = await KeyRoom.open();
  const { keyClasses } = room.store;
  const classes = [{ name: 'b', rotateEveryMs: 2, remindBeforeMs: 1 }, { name: 'a', rotateEveryMs: 3, remindBeforeMs: 1 }];
  keyClasses.replace(classes);
  keyClasses.replace(classes);
  assert.deepEqual(keyClasses.list().map(({ name }) => name), ['a', 'b']);
  keyClasses.replace([]);
  assert.deepEqual(keyClasses.list(), []);
});
