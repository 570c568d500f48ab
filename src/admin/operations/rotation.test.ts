import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { OperationRefused } from '../needs.ts';
import { closeRotation } from './close-rotation.ts';
import { createKey } from './create-key.ts';
import { disableKey } from './disable-key.ts';
import { extendKey } from './extend-key.ts';
import { revokeKeys } from './revoke-keys.ts';
import { rollBackRotation } from './roll-back-rotation.ts';
import { rotateKey } from './rotate-key.ts';
import { rotateKeys } from './rotate-keys.ts';
import { showKey } from './show-key.ts';

const BY = { name: 'you' };
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

const made = async (room: KeyRoom, more: object = {}) => (await createKey.run({ name: 'sync', owner: 'alice', permissions: ['crm:get_*'], limits: { perDay: 5 }, ...more }, room.needs, BY)).key;
const stateOf = async (room: KeyRoom, id: string) => (await showKey.run({ id }, room.needs, BY)).key.state;
const refusal = (words: RegExp) => (error: unknown): boolean => error instanceof OperationRefused && words.test(error.message);

const rotated = async (room: KeyRoom, overlap: 'now' | '1h' | '24h' | '7d' = '24h') => {
  const old = await made(room);
  room.clock.step(DAY_MS);
  const { key, secret } = await rotateKey.run({ id: old.id, overlap }, room.needs, BY);
  return { old, key, secret };
};

suite('A key that is rotated', () => {
  test('has a successor with the same rights and limits and a life as long (R27, R110)', async () => {
    await using room = await KeyRoom.open();
    const { old, key } = await rotated(room);
    const { id: _id, hint: _hint, createdAtMs: _made, expiresAtMs, ...same } = key;
    const { id, hint: _former, createdAtMs, expiresAtMs: end = 0, ...before } = old;
    assert.deepEqual(same, { ...before, predecessor: id });
    assert.equal(expiresAtMs, room.clock.nowMs() + end - createdAtMs);
  });

  for (const [overlap, ms] of [['1h', HOUR_MS], ['24h', DAY_MS], ['7d', 7 * DAY_MS]] as const) {
    test(`works beside it until the very end of ${overlap} (K06)`, async () => {
      await using room = await KeyRoom.open();
      const { old, key } = await rotated(room, overlap);
      room.clock.step(ms - 1);
      assert.deepEqual([await stateOf(room, old.id), await stateOf(room, key.id)], ['active', 'active']);
      room.clock.step(1);
      assert.deepEqual([await stateOf(room, old.id), await stateOf(room, key.id)], ['rotated', 'active']);
      await assert.rejects(async () => extendKey.run({ id: old.id, overlap: '1h' }, room.needs, BY), refusal(/overlap has ended/));
      await assert.rejects(async () => rollBackRotation.run({ id: old.id }, room.needs, BY), refusal(/no rotation .* is open/));
    });
  }

  test('is refused at once where no overlap is asked for', async () => {
    await using room = await KeyRoom.open();
    const { old } = await rotated(room, 'now');
    assert.equal(await stateOf(room, old.id), 'rotated');
  });

  test('is not rotated twice at a time, nor once it is over, nor while it is disabled', async () => {
    await using room = await KeyRoom.open();
    const { old } = await rotated(room);
    await assert.rejects(async () => rotateKey.run({ id: old.id }, room.needs, BY), refusal(/being rotated already/));
    const { id } = await made(room);
    await disableKey.run({ id }, room.needs, BY);
    await assert.rejects(async () => rotateKey.run({ id }, room.needs, BY), refusal(/disabled/));
    room.clock.step(100 * DAY_MS);
    await assert.rejects(async () => rotateKey.run({ id }, room.needs, BY), refusal(/expired/));
  });

  test('has its overlap extended by others, and by neither holder of the two keys (K06)', async () => {
    await using room = await KeyRoom.open();
    const { old, key } = await rotated(room, '1h');
    for (const credentialId of [old.id, key.id]) await assert.rejects(async () => extendKey.run({ id: old.id, overlap: '7d' }, room.needs, { name: 'alice', credentialId }), refusal(/cannot prolong itself/));
    await extendKey.run({ id: old.id, overlap: '7d' }, room.needs, BY);
    await extendKey.run({ id: old.id, overlap: '1h' }, room.needs, BY);
    room.clock.step(7 * DAY_MS - 1);
    assert.equal(await stateOf(room, old.id), 'active');
    await assert.rejects(async () => extendKey.run({ id: key.id, overlap: '1h' }, room.needs, BY), refusal(/not being rotated/));
  });

  test('is revoked when the rotation is closed, by either id, and then for good', async () => {
    await using room = await KeyRoom.open();
    const { old, key } = await rotated(room);
    assert.deepEqual(await closeRotation.run({ id: key.id }, room.needs, BY), { revoked: old.id, successor: key.id });
    assert.deepEqual([await stateOf(room, old.id), await stateOf(room, key.id)], ['revoked', 'active']);
    for (const { run } of [closeRotation, rollBackRotation]) await assert.rejects(async () => run({ id: old.id }, room.needs, BY), refusal(/no rotation/));
  });

  test('goes on as before when the rotation is rolled back, and the successor is revoked', async () => {
    await using room = await KeyRoom.open();
    const { old, key } = await rotated(room);
    await assert.rejects(async () => rollBackRotation.run({ id: old.id }, room.needs, { name: 'alice', credentialId: old.id }), refusal(/cannot prolong itself/));
    await rollBackRotation.run({ id: old.id }, room.needs, BY);
    room.clock.step(2 * DAY_MS);
    assert.deepEqual([await stateOf(room, old.id), await stateOf(room, key.id)], ['active', 'revoked']);
    const { key: shown } = await showKey.run({ id: old.id }, room.needs, BY);
    assert.deepEqual([shown.successor, shown.overlapEndsAtMs, shown.expiresAtMs], [undefined, undefined, old.expiresAtMs]);
    await rotateKey.run({ id: old.id }, room.needs, BY);
  });

  test('is not rolled back over the head of a successor that was rotated in its turn', async () => {
    await using room = await KeyRoom.open();
    const { old, key } = await rotated(room);
    await rotateKey.run({ id: key.id }, room.needs, BY);
    await assert.rejects(async () => rollBackRotation.run({ id: old.id }, room.needs, BY), refusal(/itself rotated/));
  });

  test('shows who still uses it: those who have called since (R28, R111)', async () => {
    await using room = await KeyRoom.open();
    const { old } = await rotated(room);
    const now = room.clock.nowMs();
    const caller = (client: string, lastAtMs: number) => ({ address: '192.0.2.7', client, firstAtMs: 0, lastAtMs, calls: 1 });
    room.store.keyUse.add([{ credential: old.id, last: { atMs: now, address: '192.0.2.7', client: 'a' }, callers: [caller('moved', now - 1), caller('a', now), caller('b', now + 5)], targets: [] }]);
    const { stillUsedBy, callers, warnings } = await showKey.run({ id: old.id }, room.needs, BY);
    assert.deepEqual([stillUsedBy, callers.map(({ client }) => client), warnings], [2, ['b', 'a'], ['2 programs use this key: give each a key of its own']]);
    assert.equal((await showKey.run({ id: (await made(room)).id }, room.needs, BY)).stillUsedBy, undefined);
  });
});

suite('Many keys at once', () => {
  const room3 = async (room: KeyRoom) => Promise.all(['sync-1', 'sync-2', 'other'].map((name) => made(room, { name })));

  test('are rotated each with its own secret, told of one by one', async () => {
    await using room = await KeyRoom.open();
    const [one] = await room3(room);
    await rotateKey.run({ id: one?.id ?? '' }, room.needs, BY);
    const told: string[] = [];
    const { items, done, refused } = await rotateKeys.run({ filter: { name: 'sync-*' } }, { ...room.needs, progress: (at, item) => void told.push(`${at} ${item.name} ${item.outcome}`) }, BY);
    assert.deepEqual([told, done, refused], [['1 sync-1 refused', '2 sync-2 done', '3 sync-1 done'], 2, 1]);
    assert.match(items[0]?.reason ?? '', /being rotated already/);
    assert.equal(new Set(items.map(({ secret }) => secret?.reveal())).size, 3);
    assert.ok(!JSON.stringify(items).includes('sally_live'));
  });

  test('are only named in a dry run, and revoked otherwise (R30)', async () => {
    await using room = await KeyRoom.open();
    const keys = await room3(room);
    const states = async () => Promise.all(keys.map(({ id }) => stateOf(room, id)));
    const dry = await revokeKeys.run({ filter: { owner: 'alice', name: 'sync-*' }, dryRun: true }, room.needs, BY);
    assert.deepEqual([dry.items.map(({ outcome }) => outcome), await states()], [['would', 'would'], ['active', 'active', 'active']]);
    await revokeKeys.run({ filter: { owner: 'alice', name: 'sync-*' } }, room.needs, BY);
    assert.deepEqual(await states(), ['revoked', 'revoked', 'active']);
    assert.deepEqual((await revokeKeys.run({ filter: { name: 'sync-*' } }, room.needs, BY)).items, []);
  });

  test('are never all keys because no filter was given', async () => {
    await using room = await KeyRoom.open();
    await room3(room);
    for (const { run } of [revokeKeys, rotateKeys]) await assert.rejects(async () => run({ filter: {} }, room.needs, BY), refusal(/needs a filter/));
  });
});
