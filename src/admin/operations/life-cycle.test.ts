import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { DAY_MS } from '../../model/duration.ts';
import { inspectApiKey } from '../../model/api-key.ts';
import { NothingFound, OperationRefused } from '../needs.ts';
import { allowKey } from './allow-key.ts';
import { createKey } from './create-key.ts';
import { disableKey } from './disable-key.ts';
import { enableKey } from './enable-key.ts';
import { extendKey } from './extend-key.ts';
import { limitKey } from './limit-key.ts';
import { listKeys } from './list-keys.ts';
import { operations } from './list.ts';
import { revokeKey } from './revoke-key.ts';
import { showKey } from './show-key.ts';

const BY = { name: 'you' };

type Asked = Parameters<typeof createKey.run>[0];

const made = async (room: KeyRoom, more: Partial<Asked> = {}) => createKey.run({ name: 'sync', owner: 'alice', permissions: ['crm:get_*'], ...more }, room.needs, BY);
const refusal = (words: RegExp) => (error: unknown): boolean => error instanceof OperationRefused && words.test(error.message);

suite('A key that is made', () => {
  test('is what was asked for, lasts 90 days, and its secret is in nothing but the answer (R24)', async () => {
    await using room = await KeyRoom.open();
    const asked = { purpose: 'nightly', networks: ['10.0.0.0/8'], hours: { days: ['mon' as const], from: '09:00', to: '17:00', zone: 'UTC' }, limits: { perDay: 5 }, keyClass: 'weekly', environment: 'test' as const };
    const { key, secret, warnings } = await made(room, asked);
    const { id, hint, ...facts } = key;
    const now = room.clock.nowMs();
    assert.deepEqual(facts, { name: 'sync', owner: 'alice', permissions: ['crm:get_*'], roles: [], ...asked, createdAtMs: now, expiresAtMs: now + 90 * DAY_MS, state: 'active' });
    assert.deepEqual(inspectApiKey(secret.reveal()), { kind: 'sound', environment: 'test' });
    assert.equal(room.store.apiKeys.get(id)?.hash, room.hasher.hash(secret.reveal()).toString('base64'));
    assert.ok(!JSON.stringify([key, room.store.apiKeys.get(id), secret]).includes(secret.reveal().slice(15, -4)));
    assert.ok(hint.startsWith('sally_test_'));
    assert.match(warnings.join(), /no class weekly/);
  });

  test('may have no owner, which is warned of; and nobody is called as such a key is (D2)', async () => {
    await using room = await KeyRoom.open();
    const { key, warnings } = await made(room, { owner: null });
    assert.equal(key.owner, 'no identity');
    assert.match(warnings.join(), /nobody answers for this key/);
    assert.doesNotMatch((await made(room)).warnings.join(), /nobody answers/);
    for (const owner of ['no identity', 'No Identity', '']) await assert.rejects(async () => made(room, { owner }), OperationRefused, owner);
  });

  test('earns a warning when it is for a mobile app, and another when such a key lasts long (D5)', async () => {
    await using room = await KeyRoom.open();
    const warned = async (name: string, days?: number): Promise<number> => (await createKey.run({ name, owner: 'alice', permissions: ['crm:get_x'], ...(days === undefined ? {} : { days }) }, room.needs, BY)).warnings.length;
    assert.deepEqual([await warned('mobile app'), await warned('Android', 7), await warned('iOS', 30), await warned('mobile', 0)], [2, 1, 1, 3]);
    assert.deepEqual([await warned('ci'), await warned('automobiles'), await warned('telephone book')], [0, 0, 0]);
  });

  test('earns a warning when it is for a web page or for many users at once, and none for a server (R35)', async () => {
    await using room = await KeyRoom.open();
    const warned = async (purpose: string): Promise<string> => (await made(room, { purpose })).warnings.join();
    assert.match(await warned('called from the browser'), /web page/);
    assert.match(await warned('a single-page app'), /web page/);
    assert.match(await warned('multi-tenant dashboard'), /cannot tell the users/);
    assert.deepEqual([await warned('nightly sync of the web server'), await warned('space station')], ['', '']);
  });

  test('earns a warning when it is widened to everything, and none for a tool more (R25)', async () => {
    await using room = await KeyRoom.open();
    const { key } = await made(room);
    const warned = async (permission: string): Promise<number> => (await allowKey.run({ id: key.id, permissions: [permission] }, room.needs, BY)).warnings.length;
    assert.deepEqual([await warned('crm:x'), await warned('*:*'), await warned('*')], [0, 1, 1]);
  });

  test('earns a warning for "*" and for lasting for ever (R25, R107)', async () => {
    await using room = await KeyRoom.open();
    const { warnings, key } = await made(room, { permissions: ['*'], days: 0 });
    assert.equal(warnings.length, 2);
    assert.equal(key.expiresAtMs, undefined);
    assert.deepEqual((await made(room)).warnings, []);
  });

  const faults: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['no permissions', { permissions: [] }, /add --allow/],
    ['a permission that is none', { permissions: ['crm'] }, /"crm" is not a permission/],
    ['a network with bits of a host', { networks: ['10.0.0.1/8'] }, /networks\.0 is not an address or a range/],
    ['a network that is a name', { networks: ['localhost'] }, /networks\.0/],
    ['no network at all', { networks: [] }, /networks/],
    ['hours of no zone', { hours: { from: '09:00', to: '17:00', zone: 'Berlin' } }, /hours\.zone is not a time zone/],
    ['hours that are no times', { hours: { from: '9', to: '17:00', zone: 'UTC' } }, /hours\.from is not a time of day/],
    ['hours without length', { hours: { from: '09:00', to: '09:00', zone: 'UTC' } }, /the same/],
    ['a burst without a rate', { limits: { burst: 5 } }, /burst needs perSecond/],
    ['a limit of nothing', { limits: { perDay: 0 } }, /limits\.perDay/],
    ['a life of eleven years', { days: 4_000 }, /days/],
    ['a member nobody knows', { id: 'key_1' }, /id/],
  ];
  for (const [what, more, words] of faults) {
    test(`is refused with ${what}, and nothing is stored`, async () => {
      await using room = await KeyRoom.open();
      await assert.rejects(async () => made(room, more as Partial<Asked>), refusal(words)); // what a caller may send, typed or not
      assert.deepEqual(room.store.apiKeys.page({ limit: 1 }), []);
    });
  }
});

suite('The state of a key', () => {
  test('is disabled until it is enabled, and revoked for good', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room);
    const state = async () => (await showKey.run({ id }, room.needs, BY)).key.state;
    await disableKey.run({ id }, room.needs, BY);
    assert.equal(await state(), 'disabled');
    await assert.rejects(async () => disableKey.run({ id }, room.needs, BY), refusal(/disabled already/));
    await enableKey.run({ id }, room.needs, BY);
    assert.equal(await state(), 'active');
    await assert.rejects(async () => enableKey.run({ id }, room.needs, BY), refusal(/not disabled/));
    await revokeKey.run({ id }, room.needs, BY);
    assert.equal(await state(), 'revoked');
    for (const { run } of [revokeKey, disableKey, enableKey]) await assert.rejects(async () => run({ id }, room.needs, BY), refusal(/revoked/));
    await assert.rejects(async () => limitKey.run({ id, limits: { perDay: 1 } }, room.needs, BY), refusal(/revoked/));
  });

  test('expires to the millisecond, and what has expired is extended no more (K06)', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room, { days: 7 });
    room.clock.step(7 * DAY_MS - 1);
    await extendKey.run({ id, days: 7 }, room.needs, BY);
    await assert.rejects(async () => extendKey.run({ id, days: 6 }, room.needs, BY), refusal(/lasts longer/));
    room.clock.step(7 * DAY_MS);
    assert.equal((await showKey.run({ id }, room.needs, BY)).key.state, 'expired');
    await assert.rejects(async () => extendKey.run({ id, days: 30 }, room.needs, BY), refusal(/has expired/));
  });

  test('is not prolonged by whoever holds the key (K06)', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room);
    const holder = { name: 'alice', credentialId: id };
    await assert.rejects(async () => extendKey.run({ id, days: 300 }, room.needs, holder), refusal(/cannot prolong itself/));
    await disableKey.run({ id }, room.needs, holder);
    await assert.rejects(async () => enableKey.run({ id }, room.needs, holder), refusal(/cannot prolong itself/));
    await enableKey.run({ id }, room.needs, { name: 'ops', credentialId: 'key_0123' });
    await extendKey.run({ id, days: 300 }, room.needs, { name: 'ops', credentialId: 'key_0123' });
  });

  test('is asked of one that is there', async () => {
    await using room = await KeyRoom.open();
    await assert.rejects(async () => showKey.run({ id: 'key_0123' }, room.needs, BY), refusal(/there is no key key_0123: "sallyport keys list"/));
    const { key } = await createKey.run({ name: 'near', owner: 'alice', permissions: ['crm:*'] }, room.needs, BY);
    const near = key.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    await assert.rejects(async () => showKey.run({ id: near }, room.needs, BY), (error: unknown) => error instanceof NothingFound && error.message.endsWith(`did you mean ${key.id}?`));
    await assert.rejects(async () => showKey.run({ id: '../x' }, room.needs, BY), refusal(/id is not the id of a key/));
  });
});

suite('The limits of a key', () => {
  test('are set one by one, or replaced whole, be it by none', async () => {
    await using room = await KeyRoom.open();
    const { key: { id } } = await made(room, { limits: { perDay: 5 } });
    assert.deepEqual((await limitKey.run({ id, limits: { perSecond: 2, burst: 4 } }, room.needs, BY)).key.limits, { perDay: 5, perSecond: 2, burst: 4 });
    assert.deepEqual((await limitKey.run({ id, limits: { perDay: 9 } }, room.needs, BY)).key.limits, { perDay: 9, perSecond: 2, burst: 4 });
    assert.deepEqual((await limitKey.run({ id, limits: { perDay: 7 }, replace: true }, room.needs, BY)).key.limits, { perDay: 7 });
    await assert.rejects(async () => limitKey.run({ id, limits: { burst: 4 } }, room.needs, BY), refusal(/burst needs perSecond/));
    await assert.rejects(async () => limitKey.run({ id, limits: {} }, room.needs, BY), refusal(/name a limit/));
    assert.equal('limits' in (await limitKey.run({ id, limits: {}, replace: true }, room.needs, BY)).key, false);
  });
});

suite('The list of keys', () => {
  test('comes in pages, and a filter holds for all that it says', async () => {
    await using room = await KeyRoom.open();
    for (let at = 0; at < 7; at += 1) await made(room, { name: `sync-${at}`, owner: at % 2 === 0 ? 'alice' : 'bob' });
    const names = async (asked: Parameters<typeof listKeys.run>[0]) => {
      const { keys, next } = await listKeys.run(asked, room.needs, BY);
      return [keys.map(({ name }) => name.slice(5)).join(''), next];
    };
    const [first, next] = await names({ limit: 3 });
    assert.equal(first, '012');
    assert.deepEqual(await names({ limit: 4, ...(next === undefined ? {} : { after: next }) }), ['3456', undefined]);
    assert.deepEqual(await names({ filter: { owner: 'alice', name: '*-*' } }), ['0246', undefined]);
    assert.deepEqual(await names({ filter: { name: 'sync-1*', owner: 'alice' } }), ['', undefined]);
    room.clock.step(10 * DAY_MS);
    await made(room, { name: 'sync-9', environment: 'test' });
    assert.deepEqual(await names({ filter: { olderThanDays: 10 } }), ['0123456', undefined]);
    assert.deepEqual(await names({ filter: { environment: 'test', state: 'active' } }), ['9', undefined]);
    assert.deepEqual(await names({ filter: { state: 'revoked' } }), ['', undefined]);
  });

  test('reminds of a class that wants its keys rotated, from when it says (D9)', async () => {
    await using room = await KeyRoom.open();
    room.store.keyClasses.replace([{ name: 'weekly', rotateEveryMs: 7 * DAY_MS, remindBeforeMs: DAY_MS }]);
    const { key: { id, createdAtMs } } = await made(room, { keyClass: 'weekly' });
    const shown = async () => (await showKey.run({ id }, room.needs, BY)).key;
    room.clock.step(6 * DAY_MS - 1);
    assert.deepEqual([(await shown()).due, (await shown()).rotateByMs], [false, createdAtMs + 7 * DAY_MS]);
    room.clock.step(1);
    assert.equal((await shown()).due, true);
  });
});

test('No operation hands out a hash', async () => {
  await using room = await KeyRoom.open();
  const { key: { id } } = await made(room);
  for (const { run } of [showKey, disableKey, enableKey]) assert.ok(!('hash' in ((await run({ id }, room.needs, BY)) as { key: object }).key)); // each answers with a key
  assert.ok(operations.every(({ permission }) => permission.startsWith('admin:')));
});
