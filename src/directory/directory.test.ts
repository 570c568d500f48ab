import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as always, constantFrom, jsonValue, oneof, property, record, string, type Arbitrary } from 'fast-check';
import { KeyRoom } from '../../test/world/key-room.ts';
import { refusalOf } from '../../test/world/refusal.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { KnownPerson } from '../model/known-person.ts';
import { Directory } from './directory.ts';
import { readFilter } from './scim-filter.ts';
import { readPatch } from './scim-patch.ts';
import { readUser, setOfUser } from './scim-user.ts';

const begin = async () => {
  const room = await KeyRoom.open();
  const said: string[] = [];
  const directory = new Directory({ store: room.store, world: room.needs.world, provider: 'corp', end: (names) => void said.push(`end ${names.join(' ')}`), resume: (names) => void said.push(`resume ${names.join(' ')}`) });
  return { room, directory, said, [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
};

const LEA: KnownPerson = { id: 'per_1', provider: 'corp', issuer: 'i', subject: 'oid-1', own: 'corp:oid-1', called: 'lea.new@acme.com', groups: [], roles: [], firstSeenAtMs: 0, lastSeenAtMs: 0 };

suite('Whoever leaves a directory is ended by every name they could have', () => {
  test('as a subject, by user name and addresses, and by what they are called since they came', async () => {
    await using world = await begin();
    world.room.store.people.put(LEA);
    const { id } = world.directory.createUser({ userName: 'Lea@Acme.com', externalId: 'oid-1', emails: [{ value: 'lea@acme.com' }, { value: 'not an address' }] });
    world.said.length = 0;
    world.directory.drop('User', id);
    assert.deepEqual(world.said, ['end corp:oid-1 corp:Lea@Acme.com lea@acme.com lea.new@acme.com']);
  });

  test('and nobody is of another provider, whose people only share a name', async () => {
    await using world = await begin();
    world.room.store.people.put({ ...LEA, provider: 'github', own: 'github:9', called: 'lea@acme.com' });
    const { id } = world.directory.createUser({ userName: 'lea@acme.com' });
    world.said.length = 0;
    world.directory.drop('User', id);
    assert.deepEqual(world.said, ['end corp:lea@acme.com lea@acme.com']);
  });

  test('also by the name that they had before the change that ends them', async () => {
    await using world = await begin();
    const { id } = world.directory.createUser({ userName: 'a@acme.com' });
    world.said.length = 0;
    world.directory.replaceUser(id, { userName: 'b@acme.com', active: false });
    assert.deepEqual(world.said, ['end corp:b@acme.com b@acme.com corp:a@acme.com a@acme.com']);
  });
});

suite('A filter', () => {
  test('is read with the value as JSON writes it', () => assert.deepEqual(readFilter('userName eq "a\\"b\\u0041"'), { attribute: 'username', value: 'a"bA' }));
  for (const text of ['', 'userName', 'userName eq a', 'userName eq "a" and active eq true', 'not (userName eq "a")', 'userName pr', 'emails.value eq "a"', `userName eq "${'x'.repeat(2_000)}"`, 'userName eq "a\\"', 'USERNAME = "a"']) {
    test(`${text.slice(0, 40)} is none that is understood`, () => assert.equal(refusalOf(() => readFilter(text)).code, 'scim.invalid-filter'));
  }
});

suite('A change', () => {
  const changed = (...Operations: readonly JsonObject[]) => readPatch({ Operations: [...Operations] }).reduce((user, { op, path, value }) => setOfUser(user, path, op === 'remove' ? undefined : value), readUser({ userName: 'a', active: true }));

  test('is understood with a path, without one, with the schema before it, and in any capitals', () => {
    for (const operation of [{ op: 'Replace', path: 'active', value: 'False' }, { op: 'REPLACE', value: { Active: false } }, { op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: false }, { Op: 'replace', Path: 'ACTIVE', Value: false }]) assert.equal(changed(operation).active, false, JSON.stringify(operation));
  });

  test('of what is not kept changes nothing', () => {
    for (const operation of [{ op: 'replace', path: 'name.givenName', value: 'x' }, { op: 'replace', path: 'title', value: 'x' }, { op: 'add', value: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'x' } } }, { op: 'replace', path: 'constructor', value: 'x' }]) assert.deepEqual(changed(operation), readUser({ userName: 'a' }));
  });

  test('is read or refused, whatever it is: nothing else is ever thrown', () => {
    const anything = jsonValue({ maxDepth: 4 }) as Arbitrary<JsonValue>; // JSON values are JSON values
    const operation = record({ op: constantFrom('add', 'Replace', 'remove', 'x'), path: oneof(constantFrom('active', 'userName', 'emails', 'members', 'emails[type eq "work"].value', '__proto__'), string()), value: anything }, { requiredKeys: [] });
    always(property(oneof(anything, record({ Operations: array(operation, { maxLength: 4 }) })), (body) => {
      try {
        if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
        readPatch(body as JsonObject).reduce((user, { op, path, value }) => setOfUser(user, path, op === 'remove' ? undefined : value), readUser({ userName: 'a' }));
      } catch (error) {
        assert.ok(error instanceof GatewayError && error.code.startsWith('scim.'), String(error));
      }
    }), { numRuns: 2_000 });
    assert.equal(({} as { readonly active?: unknown }).active, undefined);
  });
});
