import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as check, constant, constantFrom, integer, oneof, property, record, subarray, tuple } from 'fast-check';
import { aPrincipal, grants } from '../../../test/world/exchanges.ts';
import type { Facts, RuleText } from '../../model/policy.ts';
import { compilePolicy } from './compile-policy.ts';

/** Whatever the rules: what a list hides cannot be called with any arguments, and what can be called is listed. */

const conditions = oneof(
  constant({}),
  constantFrom({ environment: 'live' }, { environment: 'test' }),
  constantFrom({ networks: ['10.0.0.0/8'] }, { networks: ['192.0.2.0/24'] }),
  constantFrom({ annotation: 'read-only' }, { annotation: ['write', 'destructive'] }),
  constantFrom({ arguments: { team: { equals: 'Sales' } } }, { arguments: { team: { notEquals: 'principal.group' } } }, { arguments: { n: { absent: true } } }, { arguments: { n: { in: [1, 2] } } }),
  constantFrom({ expr: 'call.arguments.n > 1' }, { expr: 'has(call.arguments.team)' }, { expr: 'call.name == "get_x"' }, { expr: 'request.address == "10.0.0.1"' }),
  constantFrom({ hours: { from: '09:00', to: '17:00', zone: 'UTC' } }, { hours: { from: '22:00', to: '06:00', days: ['mon'], zone: 'Europe/Berlin' } }),
);

const rule = record({
  effect: constantFrom('allow', 'deny'),
  who: constantFrom({}, { role: ['a'] }, { group: ['Sales'] }, { person: ['nobody'] }),
  what: constantFrom({}, { server: ['crm'] }, { tool: ['get_*'] }, { server: ['wiki'] }, { permission: ['crm:set_x'] }, { resource: ['*'] }),
  when: tuple(conditions, conditions).map(([one, other]) => ({ ...one, ...other })),
});

const rules = array(rule, { maxLength: 6 }).map((list) => list.map((one, at): RuleText => ({ name: String(at), effect: one.effect === 'allow' ? 'allow' : 'deny', who: one.who, what: one.what, when: one.when })));

const principal = record({ roles: subarray(['a', 'b']), group: constantFrom('Sales', 'Finance', undefined), permissions: subarray(['crm:get_x', 'crm:*', 'wiki:*']) }).map(({ roles, group, permissions }) => aPrincipal({ roles, permissions: grants(...permissions), ...(group === undefined ? {} : { group }) }));

const facts = record({
  principal,
  name: constantFrom('get_x', 'set_x'),
  annotation: constantFrom('read-only', 'write', 'destructive', undefined),
  address: constantFrom('10.0.0.1', '192.0.2.7'),
  nowMs: integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
}).map(({ name, ...rest }): Facts => ({ ...rest, server: 'crm', environment: 'live', primitive: { kind: 'tool', name }, arguments: undefined }));

const values = record({ team: constantFrom('Sales', 'Finance', null, ['Sales']), n: constantFrom(0, 1, 2, '2', null) }, { requiredKeys: [] });

suite('Lists and calls', () => {
  test('agree, whatever the rules and the arguments', () => {
    check(
      property(rules, facts, values, (list, asked, given) => {
        const policy = compilePolicy({ permissions: {}, roles: {}, rules: list });
        const [listed, called] = [policy.decide(asked), policy.decide({ ...asked, arguments: given })];
        if (listed.effect === 'deny') assert.equal(called.effect, 'deny');
        if (called.effect === 'allow') assert.notEqual(listed.effect, 'deny');
        if (listed.effect === 'allow') assert.equal(called.effect, 'allow');
        assert.notEqual(called.effect, 'unknown', 'a call is always decided');
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });

  test('a denial that holds wins, whatever else there is', () => {
    check(
      property(rules, facts, values, (list, asked, given) => {
        const policy = compilePolicy({ permissions: {}, roles: {}, rules: [...list, { name: 'closed', effect: 'deny', who: {}, what: { server: ['crm'] }, when: {} }] });
        assert.equal(policy.decide({ ...asked, arguments: given }).effect, 'deny');
        assert.equal(policy.decide({ ...asked, primitive: undefined }).effect, 'deny');
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
