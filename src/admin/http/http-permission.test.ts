import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrincipal, grants } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { Principal } from '../../model/principal.ts';
import { isOperator, requireReach, requireRight, type Names } from './http-permission.ts';

const holding = (...permissions: readonly string[]): Principal => aPrincipal({ permissions: grants(...permissions) });
const NAMES: Names = { roles: { reader: ['crm:get_*'], chief: ['admin:*'] }, permissions: { 'read:customers': ['crm:get_customer'] } };
const reach = (principal: Principal, permissions: readonly string[], roles: readonly string[] = []) => requireReach(principal, [{ permissions, roles }], NAMES);

suite('The right to administer', () => {
  for (const text of ['admin:keys', 'admin:k*', 'admin:*', 'admin:tool/keys']) {
    test(`is held by ${text}`, () => {
      requireRight(holding(text), 'admin:keys', false);
      assert.ok(isOperator(holding(text)));
    });
  }
  for (const text of ['*', '*:*', '*:keys', 'a*:keys', 'admin:audit', 'crm:keys', 'admin:resource/keys', 'admin:keys.read']) {
    test(`is not held by ${text} (W03)`, () => assert.equal(refusalOf(() => requireRight(holding(text), 'admin:keys', false)).code, 'permission.denied'));
  }

  test('to read is held by the right itself, and by its name with .read', () => {
    for (const text of ['admin:keys', 'admin:keys.read', 'admin:*.read']) requireRight(holding(text), 'admin:keys', true);
    assert.equal(refusalOf(() => requireRight(holding('admin:audit.read'), 'admin:keys', true)).circumstances.extra?.['required_permission'], 'admin:keys.read');
  });

  test('is not the operator\'s whose permissions only look like it', () => {
    for (const text of ['*', '*:*', 'crm:*']) assert.equal(isOperator(holding(text)), false);
  });
});

suite('Whoever gives out rights holds them himself (W03)', () => {
  const granted: readonly (readonly [string, string])[] = [
    ['crm:*', 'crm:get_*'], ['crm:*', 'crm:resource/x'], ['crm:*', 'crm:*'], ['crm:get_*', 'crm:get_customer'], ['crm:get_*', 'crm:get_c*'], ['*', 'crm:*'], ['*', '*'], ['*:*', '*'],
    ['admin:keys', 'admin:keys'], ['admin:key*', 'admin:keys.read'], ['crm:get_customer', 'read:customers'],
  ];
  const refused: readonly (readonly [string, string])[] = [
    ['crm:get_*', 'crm:*'], ['crm:get_c*', 'crm:get_*'], ['crm:*', '*:*'], ['crm:*', '*'], ['crm:*', 'wiki:x'], ['*', 'admin:keys'], ['*:*', 'admin:*'], ['admin:keys', 'admin:*'], ['admin:keys.read', 'admin:keys'],
    ['crm:tool/*', 'crm:*'], ['crm:*_customer', 'crm:get_*'], ['crm:get_invoice', 'read:customers'],
  ];
  for (const [mine, given] of granted) test(`${mine} may give ${given}`, () => assert.doesNotThrow(() => reach(holding(mine), [given])));
  for (const [mine, given] of refused) test(`${mine} may not give ${given}`, () => assert.equal(refusalOf(() => reach(holding(mine), [given])).code, 'permission.denied'));

  test('a role is given by who has it, or all that it grants; one that nobody knows by the administrator alone', () => {
    reach(holding('crm:*'), [], ['reader']);
    reach(aPrincipal({ permissions: grants(), roles: ['reader'] }), [], ['reader']);
    refusalOf(() => reach(holding('crm:get_customer'), [], ['reader']));
    refusalOf(() => reach(holding('crm:*', 'admin:keys'), [], ['chief']));
    refusalOf(() => reach(holding('*', 'admin:keys'), [], ['later']));
    refusalOf(() => reach(holding('*', 'admin:keys'), [], ['constructor']));
    reach(holding('admin:*'), ['*'], ['later', 'chief']);
  });

  test('an operation that does not say what it gives out is for the administrator alone', () => {
    assert.equal(refusalOf(() => requireReach(holding('*', 'admin:keys'), undefined, NAMES)).circumstances.extra?.['required_permission'], 'admin:*');
    requireReach(holding('admin:*'), undefined, NAMES);
  });
});
