import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as always, constantFrom, jsonValue, oneof, property, record, string, type Arbitrary } from 'fast-check';
import { KeyRoom } from '../../test/world/key-room.ts';
import { refusalOf } from '../../test/world/refusal.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { KnownPerson } from '../model/known-person.ts';
import { Directory } from './directory.ts';
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

suite('A change', () => {
  const changed = (...Operations: readonly JsonObject[]) => readPatch({ Operations: [...Operations] }).reduce(setOfUser, readUser({ userName: 'a', active: true }));

  test('is understood with a path, without one, with the schema before it, and in any capitals', () => {
    for (const operation of [{ op: 'Replace', path: 'active', value: 'False' }, { op: 'REPLACE', value: { Active: false } }, { op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: false }, { Op: 'replace', Path: 'ACTIVE', Value: false }]) assert.equal(changed(operation).active, false, JSON.stringify(operation));
  });

  const two = readUser({ userName: 'a', emails: [{ value: 'a@x.com', type: 'work', primary: true }, { value: 'b@x.com', type: 'home' }] });
  const emailsAfter = (operation: JsonObject) => readPatch({ Operations: [operation] }).reduce(setOfUser, two).emails;
  const [work, home] = two.emails;

  test('of one value among several reaches those that its path chooses, and no other (RFC 7644 §3.5.2)', () => {
    assert.deepEqual(emailsAfter({ op: 'Replace', path: 'emails[type eq "WORK"].value', value: 'c@x.com' }), [{ ...work, value: 'c@x.com' }, home]);
    assert.deepEqual(emailsAfter({ op: 'replace', path: 'emails[primary eq true].type', value: 'other' }), [{ ...work, type: 'other' }, home]);
    assert.deepEqual(emailsAfter({ op: 'replace', path: 'emails[type eq "home" and value ew "@x.com"]', value: { Value: 'd@x.com' } }), [work, { value: 'd@x.com', type: 'home' }]);
    assert.deepEqual(emailsAfter({ op: 'remove', path: 'emails[not (type eq "work")]' }), [work]);
    assert.deepEqual(emailsAfter({ op: 'remove', path: 'urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "home"].type' }), [work, { value: 'b@x.com' }]);
    assert.deepEqual(emailsAfter({ op: 'add', path: 'emails[type eq "mobile"].value', value: 'm@x.com' }), [work, home, { value: 'm@x.com', type: 'mobile' }], 'Entra ID adds so');
    assert.deepEqual(emailsAfter({ op: 'remove', path: 'emails[type eq "none"]' }), [work, home]);
    assert.deepEqual(emailsAfter({ op: 'add', path: 'emails', value: [{ value: 'n@x.com', primary: true }] }), [{ value: 'a@x.com', type: 'work' }, home, { value: 'n@x.com', primary: true }], 'what is added stands beside what is there');
    assert.deepEqual(emailsAfter({ op: 'add', value: { emails: [{ value: 'B@x.com', type: 'other' }] } }), [work, { value: 'B@x.com', type: 'other' }]);
    assert.deepEqual(emailsAfter({ op: 'replace', path: 'emails', value: [{ value: 'n@x.com' }] }), [{ value: 'n@x.com' }]);
  });

  test('of a value that is not there, or by a filter that is none, is refused', () => {
    const refusedWith = (operation: JsonObject) => refusalOf(() => emailsAfter(operation)).code;
    assert.equal(refusedWith({ op: 'replace', path: 'emails[type co "mob"].value', value: 'x@x.com' }), 'scim.no-target');
    assert.equal(refusedWith({ op: 'replace', path: 'emails[type eq "work"]', value: 'x@x.com' }), 'scim.invalid-value');
    for (const path of ['emails[type eq].value', 'emails[colour eq "red"].value', 'emails[type eq "work"', 'emails[]']) assert.match(refusedWith({ op: 'replace', path, value: 'x@x.com' }), /^scim\.invalid-(?:filter|path)$/, path);
  });

  test('of what is not kept changes nothing', () => {
    for (const operation of [{ op: 'replace', path: 'name.givenName', value: 'x' }, { op: 'replace', path: 'title', value: 'x' }, { op: 'replace', path: 'addresses[type eq "work"].locality', value: 'x' }, { op: 'add', value: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'x' } } }, { op: 'replace', path: 'constructor', value: 'x' }]) assert.deepEqual(changed(operation), readUser({ userName: 'a' }));
  });

  test('is read or refused, whatever it is: nothing else is ever thrown', () => {
    const anything = jsonValue({ maxDepth: 4 }) as Arbitrary<JsonValue>; // JSON values are JSON values
    const operation = record({ op: constantFrom('add', 'Replace', 'remove', 'x'), path: oneof(constantFrom('active', 'userName', 'emails', 'members', 'emails[type eq "work"].value', 'emails[value pr]', 'emails[value sw "a" or primary eq true].constructor', '__proto__'), string()), value: anything }, { requiredKeys: [] });
    always(property(oneof(anything, record({ Operations: array(operation, { maxLength: 4 }) })), (body) => {
      try {
        if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
        readPatch(body as JsonObject).reduce(setOfUser, readUser({ userName: 'a' }));
      } catch (error) {
        assert.ok(error instanceof GatewayError && error.code.startsWith('scim.'), String(error));
      }
    }), { numRuns: 2_000 });
    assert.equal(({} as { readonly active?: unknown }).active, undefined);
  });
});
