import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatApiKey, type StoredKey } from '../../src/model/api-key.ts';
import { parsePermission } from '../../src/model/permission/permission.ts';
import { buildApiKey } from '../../src/stages/authenticate/api-key.ts';
import { buildStoredKeys } from '../../src/stages/authenticate/index-keys.ts';
import { KeyIndex } from '../../src/stages/authenticate/key-index.ts';
import { aShielded } from '../world/exchanges.ts';
import { KeyRoom } from '../world/key-room.ts';
import { seededRandom } from '../world/seeded-random.ts';

/** A hundred thousand stored keys: what a start and a request read of them does not grow with them (issue "Keys, rules and limits"). */

const COUNT = 100_000;

/** Stores that many keys, and one whose secret is known. */
const fill = (room: KeyRoom): string => {
  const random = seededRandom('many keys');
  const secret = formatApiKey('live', random.bytes(32));
  const key = (at: number, hash: string): StoredKey => ({ id: `key_${at.toString(16)}`, hash, hint: 'sally_…', name: `key ${at}`, owner: `person ${at % 1_000}`, environment: 'live', roles: [], permissions: ['crm:*'], createdAtMs: at });
  room.store.transaction(() => {
    for (let at = 1; at < COUNT; at += 1) room.store.apiKeys.insert(key(at, Buffer.from(random.bytes(32)).toString('base64')));
    room.store.apiKeys.insert(key(COUNT, room.hasher.hash(secret).toString('base64')));
  });
  return secret;
};

suite('Among a hundred thousand keys', () => {
  test('nothing is read at the start, one row for a key that is new, none for one that is remembered or whose checksum is wrong (K02)', async () => {
    await using room = await KeyRoom.open();
    const secret = fill(room);
    let rows = 0;
    const { get, candidateFor } = room.store.apiKeys;
    const counted = { get: (id: string) => (rows += 1, get(id)), candidateFor: (hash: string) => (rows += 1, candidateFor(hash)) };
    const index = new KeyIndex();
    index.replace([], buildStoredKeys(counted, { roles: new Map(), people: new Map(), readPermission: parsePermission }));
    room.store.onChange(() => index.forget());
    const wayIn = buildApiKey({ index, hasher: room.hasher, clock: room.clock });
    const ask = async (value: string): Promise<string> => (await wayIn.authenticate(aShielded(), { place: 'header', value })).kind;
    assert.equal(rows, 0);
    assert.deepEqual([await ask(secret), rows], ['proven', 1]);
    assert.deepEqual([await ask(secret), rows], ['proven', 1]);
    assert.deepEqual([await ask(`${secret.slice(0, -1)}~`), await ask(secret.slice(0, -1)), rows], ['rejected', 'rejected', 1]);
    assert.deepEqual([await ask('a-key-of-another-form'), rows], ['rejected', 1]);
    assert.deepEqual([await ask(formatApiKey('live', Buffer.alloc(32, 9))), rows], ['rejected', 2]);
    const id = `key_${COUNT.toString(16)}`;
    assert.deepEqual([index.isLive(id, 0), index.isLive(id, 0), rows], [true, true, 3]);
    // Of this process: the very next request knows (K05).
    room.store.apiKeys.revoke(id, 1);
    assert.deepEqual([await ask(secret), rows, index.isLive(id, 0)], ['rejected', 4, false]);
    const page = room.store.apiKeys.page({ owner: 'person 7', limit: 1_000 });
    assert.deepEqual([page.length, page[1]?.name, room.store.apiKeys.page({ after: page[1]?.id ?? '', limit: 2 })[0]?.name], [100, 'key 1007', 'key 1008']);
  });
});
