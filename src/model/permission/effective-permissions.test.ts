import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { effectivePermissions } from './effective-permissions.ts';
import { permissionReader } from './named-permissions.ts';

const read = permissionReader({ 'read:customers': ['crm:get_customer', 'crm:list_customers'] });
const effective = (own: string, bound: string): string => effectivePermissions(own.split(' ').map(read), bound.split(' ').filter(Boolean).map(read)).join(', ');

suite('What a key may do within what its owner may (D2)', () => {
  const ROWS: readonly (readonly [own: string, bound: string, left: string])[] = [
    ['crm:get_*', 'crm:*', 'crm:get_*'],
    ['crm:*', 'crm:get_*', 'crm:get_*'],
    ['*', 'crm:get_* wiki:*', 'crm:get_*, wiki:*'],
    ['crm:get_*', 'crm:*_customer', 'crm:get_* within crm:*_customer'],
    ['crm:get_*', 'crm:set_*', ''],
    ['crm:get_*', 'wiki:*', ''],
    ['crm:get_*', '', ''],
    ['crm:resource/a*', 'crm:a*', ''],
    ['crm:*', 'crm:resource/doc://*', 'crm:resource/doc://*'],
    ['read:customers', 'crm:*', 'read:customers'],
    ['read:customers', 'crm:get_*', 'crm:get_customer'],
    ['crm:*', 'read:customers', 'crm:get_customer, crm:list_customers'],
    ['crm:*a*b*c*', 'crm:*d*e*f*', 'crm:*a*b*c* within crm:*d*e*f*'],
    ['crm:a*b', 'crm:*ab', 'crm:a*b within crm:*ab'],
    ['crm:a*b', 'crm:*a', ''],
    ['c*:get', '*m:get', 'c*:get within *m:get'],
  ];
  for (const [own, bound, left] of ROWS) test(`${own} of an owner with ${bound || 'nothing'} is ${left || 'nothing'}`, () => assert.equal(effective(own, bound), left));
});
