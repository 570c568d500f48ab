import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { KnownPerson } from '../../../model/known-person.ts';
import { parsePermission } from '../../../model/permission/permission.ts';
import type { Person, Rights } from '../index-keys.ts';
import { personPrincipal } from './person-principal.ts';

const MONA: KnownPerson = { id: 'per_1', provider: 'github', issuer: 'i', subject: '17', own: 'github:17', called: 'mona@acme.com', name: 'Mona', groups: ['acme'], roles: ['reader'], firstSeenAtMs: 0, lastSeenAtMs: 0 };

const rights = (people: Readonly<Record<string, Partial<Person>>> = {}): Rights => ({
  readPermission: parsePermission,
  roles: new Map([['reader', [parsePermission('crm:get_*')]], ['chief', [parsePermission('crm:*')]]]),
  people: new Map(Object.entries(people).map(([name, person]) => [name, { disabled: false, groups: [], ...person }])),
});

const may = (people: Readonly<Record<string, Partial<Person>>>): readonly (string | undefined)[] => {
  const principal = personPrincipal(MONA, rights(people));
  return ['get_x', 'delete_x'].map((tool) => principal?.permissions.find('crm', 'tool', tool)?.from);
};

suite('Somebody who has signed in', () => {
  test('may do what the roles of their groups allow', () => assert.deepEqual(may({}), ['role reader', undefined]));

  test('may do what the configuration says of them, more or less, by either of their names', () => {
    for (const name of ['mona@acme.com', 'github:17']) {
      assert.deepEqual(may({ [name]: { roles: ['chief'] } }), ['role chief', 'role chief']);
      assert.deepEqual(may({ [name]: { roles: [] } }), [undefined, undefined]);
      assert.deepEqual(may({ [name]: { permissions: [parsePermission('crm:delete_x')] } }), [undefined, 'person']);
      assert.deepEqual(may({ [name]: { groups: ['Sales'] } }), ['role reader', undefined], 'groups alone say nothing of rights');
    }
  });

  test('has the groups of both, that of the configuration first, and stands for the whole of themselves', () => {
    const principal = personPrincipal(MONA, rights({ 'github:17': { groups: ['Engineering'] } }));
    assert.deepEqual([principal?.groups, principal?.group, principal?.whole, principal?.subject, principal?.name], [['Engineering', 'acme'], 'Engineering', true, 'mona@acme.com', 'Mona']);
  });

  test('is nobody when the configuration has disabled any of their names', () => {
    for (const name of ['mona@acme.com', 'github:17']) assert.equal(personPrincipal(MONA, rights({ [name]: { disabled: true } })), undefined);
    assert.ok(personPrincipal(MONA, rights({ 'github:18': { disabled: true } })));
  });
});
