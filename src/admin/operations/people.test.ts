import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import { NothingFound, OperationRefused } from '../needs.ts';
import { createKey } from './create-key.ts';
import { disablePerson } from './disable-person.ts';
import { enablePerson } from './enable-person.ts';
import { listPeople } from './list-people.ts';
import { listRevocations } from './list-revocations.ts';
import { showPerson } from './show-person.ts';

const BY = { name: 'ops' };

const ALICE: KnownPerson = { id: 'per_1', provider: 'github', issuer: 'https://github.com/login/oauth', subject: '17', own: 'github:17', called: 'alice@acme.com', name: 'Alice', groups: ['acme'], roles: ['reader'], firstSeenAtMs: 1, lastSeenAtMs: 2 };
const BOB: KnownPerson = { ...ALICE, id: 'per_2', subject: '18', own: 'github:18', called: 'github:18', name: 'Bob' };

const begin = async () => {
  const room = await KeyRoom.open();
  for (const person of [ALICE, BOB]) room.store.people.put(person);
  const isDenied = (subject: string): boolean => room.denials.againstPerson({ subject }) !== undefined;
  return { room, needs: room.needs, isDenied, [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
};

const refusal = (kind: typeof OperationRefused, words: RegExp) => (error: unknown): boolean => error instanceof kind && words.test(error.message);

suite('A person who is disabled', () => {
  for (const name of ['per_1', 'github:17', 'alice@acme.com']) {
    test(`is refused by every name they have, named as ${name}, and nobody else is (R44)`, async () => {
      await using world = await begin();
      const { names, denials } = await disablePerson.run({ person: name, reason: 'left' }, world.needs, BY);
      assert.deepEqual([names, denials.map(({ level, value, reason }) => [level, value, reason])], [['github:17', 'alice@acme.com'], [['person', 'github:17', 'left'], ['person', 'alice@acme.com', 'left']]]);
      assert.deepEqual(['github:17', 'alice@acme.com', 'github:18', 'alice@acme.co'].map(world.isDenied), [true, true, false, false]);
      assert.deepEqual((await listPeople.run({}, world.needs, BY)).people.map(({ id, state }) => [id, state]), [['per_1', 'disabled'], ['per_2', 'active']]);
    });
  }

  test('stays so after a restart, and is good again when it is taken back', async () => {
    await using world = await begin();
    await disablePerson.run({ person: 'per_1' }, world.needs, BY);
    await using again = world.room.reopened();
    assert.match(again.denials.againstPerson({ subject: 'alice@acme.com' }) ?? '', /was disabled by ops \(den_/);
    const { lifted } = await enablePerson.run({ person: 'per_1' }, world.needs, BY);
    assert.equal(lifted.length, 2);
    assert.deepEqual([world.isDenied('alice@acme.com'), (await listRevocations.run({}, world.needs, BY)).revocations], [false, []]);
  });

  test('is met by a token that is of them by any name', async () => {
    await using world = await begin();
    await disablePerson.run({ person: 'per_2' }, world.needs, BY);
    const token = (names: readonly string[]) => ({ issuer: 'i', subject: 's', digest: 'd', names });
    assert.deepEqual([world.room.denials.againstPerson({ subject: 'bob@acme.com', token: token(['bob@acme.com', 'github:18']) }) !== undefined, world.room.denials.againstPerson({ subject: 'x', token: token(['x']) })], [true, undefined]);
  });

  test('is disabled once, and enabled once', async () => {
    await using world = await begin();
    await assert.rejects(async () => enablePerson.run({ person: 'per_1' }, world.needs, BY), refusal(OperationRefused, /not disabled/));
    await disablePerson.run({ person: 'per_1' }, world.needs, BY);
    await assert.rejects(async () => disablePerson.run({ person: 'github:17' }, world.needs, BY), refusal(OperationRefused, /disabled already/));
  });

  test('may have signed in never: the owner of a key is one too, and a name that nobody has is not', async () => {
    await using world = await begin();
    await createKey.run({ name: 'k', owner: 'sync', permissions: ['crm:x'] }, world.needs, BY);
    assert.deepEqual((await disablePerson.run({ person: 'sync' }, world.needs, BY)).names, ['sync']);
    const shown = await showPerson.run({ person: 'sync' }, world.needs, BY);
    assert.deepEqual([shown.person, shown.keys.map(({ name }) => name), shown.denials.length], [undefined, ['k'], 1]);
    await assert.rejects(async () => disablePerson.run({ person: 'snyc' }, world.needs, BY), refusal(NothingFound, /nobody of that name/));
    assert.deepEqual((await disablePerson.run({ person: 'corp:42', unknown: true }, world.needs, BY)).names, ['corp:42']);
    assert.deepEqual((await enablePerson.run({ person: 'corp:42' }, world.needs, BY)).names, ['corp:42']);
    await assert.rejects(async () => disablePerson.run({ person: 'no identity', unknown: true }, world.needs, BY), refusal(OperationRefused, /nobody in particular/));
  });

  test('is one: of a name that two have it is asked which', async () => {
    await using world = await begin();
    world.room.store.people.put({ ...BOB, called: 'alice@acme.com' });
    await assert.rejects(async () => disablePerson.run({ person: 'alice@acme.com' }, world.needs, BY), refusal(OperationRefused, /several are called so: name one of per_1 \(github:17\), per_2 \(github:18\)/));
  });
});

suite('People who have signed in', () => {
  test('are found by issuer and subject alone, and never by an address (A12)', async () => {
    await using world = await begin();
    const { people } = world.room.store;
    assert.equal(people.find(ALICE.issuer, '17')?.id, 'per_1');
    for (const [issuer, subject] of [['https://evil.example', '17'], [ALICE.issuer, 'alice@acme.com'], [ALICE.issuer, '']] as const) assert.equal(people.find(issuer, subject), undefined);
    assert.throws(() => people.put({ ...BOB, id: 'per_3' }), /UNIQUE/);
  });

  test('have a version that moves with what is known of them, and not with when they were seen', async () => {
    await using world = await begin();
    await using other = world.room.reopened();
    const { people } = world.room.store;
    const [before, there] = [people.version(), other.store.people.version()];
    people.put({ ...ALICE, lastSeenAtMs: 99 });
    assert.equal(people.version(), before);
    people.put({ ...ALICE, roles: [] });
    assert.notEqual(people.version(), before);
    other.clock.move(100);
    assert.notEqual(other.store.people.version(), there, 'another process sees it within a tenth of a second');
  });

  test('are listed in the order they first came, a page at a time', async () => {
    await using world = await begin();
    const first = await listPeople.run({ limit: 1 }, world.needs, BY);
    const second = await listPeople.run({ limit: 1, ...(first.next === undefined ? {} : { after: first.next }) }, world.needs, BY);
    assert.deepEqual([first, second].map(({ people }) => people.map(({ id }) => id)), [['per_1'], ['per_2']]);
  });
});
