import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as always, constantFrom, property, string } from 'fast-check';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { DirectoryUser } from '../../model/directory-entry.ts';
import { findEntries } from '../find-entries.ts';
import { userResource } from '../scim-resource.ts';
import { matches } from './matches.ts';
import { readFilter } from './read-filter.ts';

/** What a directory may ask for (RFC 7644 §3.4.2.2), and that nobody takes an answer to another question for one to theirs. */

const LEA: DirectoryUser = { kind: 'User', id: 'dir_1', externalId: 'Ext-1', userName: 'Lea@acme.com', displayName: 'Lea "L" M', active: true, emails: [{ value: 'lea@acme.com', type: 'work', primary: true }, { value: 'l@home.org', type: 'home' }], createdAtMs: Date.UTC(2026, 6, 1), changedAtMs: Date.UTC(2026, 6, 28) };
const lea = userResource(LEA, [{ id: 'grp_1', displayName: 'Sales' }], 'https://x');

const TRUE = [
  'userName eq "lea@ACME.com"', 'USERNAME EQ "lea@acme.com"', 'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "lea@acme.com"', 'userName ne "bob"', 'userName co "EA@"', 'userName sw "lea"', 'userName ew ".COM"',
  'displayName eq "Lea \\"L\\" \\u004d"', 'externalId eq "Ext-1"', 'externalId ne "ext-1"', 'id eq "dir_1"', 'active eq true', 'active eq "True"', 'active ne false', 'displayName pr', 'externalId ne null', 'not (externalId eq null)',
  'userName gt "k"', 'userName ge "lea@acme.com"', 'userName lt "m"', 'userName le "lea@acme.com"', 'meta.created lt "2026-07-02T00:00:00Z"', 'meta.lastModified ge "2026-07-28T02:00:00+02:00"', 'meta.created eq "2026-07-01T00:00:00.000Z"', 'meta.resourceType eq "user"',
  'emails eq "l@home.org"', 'emails.value ew "@home.org"', 'emails pr', 'emails.primary eq true', 'emails[type eq "work"]', 'emails[type eq "work" and value co "acme"]', 'emails[type eq "work"].value eq "LEA@acme.com"', 'emails[not (type eq "work")].value sw "l@"', 'groups.display eq "sales"', 'groups[value eq "grp_1"]',
  'active eq false or userName pr and externalId pr', 'not (active eq false and userName pr)', '((((userName pr))))', ' userName   eq "lea@acme.com" ', 'userName eq "lea@acme.com"and active eq true',
];
const FALSE = [
  'userName eq "lea"', 'externalId eq "ext-1"', 'externalId sw "ext"', 'active eq false', 'not (userName pr)', 'externalId eq null', 'emails ne "l@home.org"', 'emails[type eq "work"].value eq "l@home.org"', 'emails[type eq "work" and value eq "l@home.org"]', 'groups eq "GRP_1"',
  '(active eq false or userName pr) and externalId eq "no"', 'meta.created gt "2026-07-02T00:00:00Z"', 'userName gt "m"',
];
/** What is no filter, and where that shows. */
const WRONG: readonly (readonly [string, number])[] = [
  ['', 1], ['userName', 9], ['userName eq', 12], ['userName eq a', 13], ['userName = "a"', 10], ['userName like "a"', 10], ['eq "a"', 1], ['"a" eq "a"', 1], ['title eq "a"', 1], ['name.familyName eq "a"', 1], ['userName.value eq "a"', 1], ['constructor pr', 1], ['__proto__ pr', 1], ['members eq "a"', 1],
  ['userName eq "a" and', 20], ['userName eq "a" xor active eq true', 17], ['userName eq "a" active eq true', 17], ['(userName pr', 13], ['userName pr)', 12], ['not userName pr', 1], ['userName eq "a', 13], ['userName eq "\\x"', 13], ["userName eq 'a'", 13],
  ['active gt true', 8], ['active co "t"', 8], ['active eq "perhaps"', 11], ['active eq 1', 11], ['userName eq 1', 13], ['userName eq true', 13], ['userName gt null', 13], ['meta.created co "2026"', 14], ['meta.created gt "yesterday"', 17], ['meta pr', 1],
  ['emails[type eq "work"', 22], ['emails[type eq "work")', 22], ['emails[colour eq "red"]', 8], ['emails[emails[type eq "a"]]', 8], ['userName[type eq "a"]', 1], ['emails[type eq "work"].colour eq "a"', 23], ['emails[type eq "work"].value', 29], ['emails[]', 8],
  [`userName eq "${'x'.repeat(2_000)}"`, 1_001], [`${'('.repeat(11)}userName pr${')'.repeat(11)}`, 11], ['userName eq "a"; drop', 16], ['\u0000', 1],
];

suite('A filter', () => {
  for (const text of TRUE) test(`${text} finds Lea`, () => assert.equal(matches(readFilter(text, 'User'), lea), true));
  for (const text of FALSE) test(`${text} does not find Lea`, () => assert.equal(matches(readFilter(text, 'User'), lea), false));
  for (const [text, at] of WRONG) {
    test(`${JSON.stringify(text.slice(0, 40))} is refused, with the place`, () => {
      const refusal = refusalOf(() => readFilter(text, 'User'));
      assert.deepEqual([refusal.code, refusal.circumstances.detail?.startsWith(`character ${String(at)} of the filter: `)], ['scim.invalid-filter', true], refusal.circumstances.detail);
    });
  }

  test('of groups knows what groups have, and no more', () => {
    for (const text of ['members eq "dir_1"', 'members[value eq "dir_1"]', 'displayName sw "S"']) readFilter(text, 'Group');
    for (const text of ['userName eq "a"', 'active eq true', 'members.type eq "a"', 'emails pr']) assert.equal(refusalOf(() => readFilter(text, 'Group')).code, 'scim.invalid-filter', text);
  });

  test('is read or refused, whatever it is: nothing else is ever thrown', () => {
    const word = constantFrom('userName', 'emails', 'active', 'meta.created', 'eq', 'ne', 'co', 'pr', 'and', 'or', 'not', '(', ')', '[', ']', '"a"', 'true', 'null', '.value', '"2026-01-01T00:00:00Z"', 'type');
    always(property(array(word, { maxLength: 12 }).map((words) => words.join(' ')), string(), (words, other) => {
      for (const text of [words, other]) {
        try {
          assert.equal(typeof matches(readFilter(text, 'User'), lea), 'boolean');
        } catch (error) {
          assert.ok(error instanceof GatewayError && error.code === 'scim.invalid-filter', String(error));
        }
      }
    }), { numRuns: 5_000, seed: 3 });
  });
});

suite('Looking for entries', () => {
  const begin = async () => {
    const room = await KeyRoom.open();
    const { directory } = room.store;
    for (const at of [1, 2, 3]) directory.put({ ...LEA, id: `dir_${String(at)}`, userName: `user${String(at)}`, externalId: at === 3 ? 'Ext-1' : `e${String(at)}` });
    const find = (text: string) => findEntries(directory, 'User', readFilter(text, 'User'), (entry) => (entry.kind === 'User' ? userResource(entry, [], '') : {})).map(({ id }) => id);
    return { directory, find, [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
  };

  test('finds the same with the help of an index and without', async () => {
    await using world = await begin();
    for (const [indexed, looked] of [['userName eq "USER2"', 'userName co "r2"'], ['id eq "dir_1" and active eq false', 'id co "dir_1" and active eq false'], ['userName eq "user1" or externalId eq "Ext-1"', 'userName ew "1" or externalId sw "Ext"'], ['active eq true and (id eq "dir_3" or id eq "dir_3")', 'id ew "3"']] as const) assert.deepEqual(world.find(indexed), world.find(looked), indexed);
    assert.deepEqual(world.find('userName pr'), ['dir_1', 'dir_2', 'dir_3']);
  });

  test('refuses to look through more than there may be, and still finds by an index', async () => {
    await using world = await begin();
    const many = { ...world.directory, page: () => ({ total: 10_001, entries: [] }) };
    const find = (text: string) => findEntries(many, 'User', readFilter(text, 'User'), (entry) => (entry.kind === 'User' ? userResource(entry, [], '') : {}));
    assert.equal(refusalOf(() => find('userName co "2"')).code, 'scim.too-many');
    assert.equal(refusalOf(() => find('userName eq "user2" or active eq true')).code, 'scim.too-many');
    assert.equal(find('active eq true and userName eq "user2"').length, 1);
  });
});
