import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anUnderstood, aPrincipal, aRequest, aRoute, aToolCall, grants } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { McpCall, Primitive } from '../../model/call.ts';
import type { Permitted } from '../../model/exchange.ts';
import { parsePermission, PermissionSet } from '../../model/permission/permission.ts';
import { Permit } from '../../model/permit.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import type { Understood } from '../../model/exchange.ts';
import type { Principal } from '../../model/principal.ts';
import type { Route } from '../../model/route.ts';
import { buildAuthorize } from './authorize.ts';
import { compilePolicy } from './compile-policy.ts';
import { buildMayUse } from './may-use.ts';

const needs = { policy: compilePolicy({ permissions: {}, roles: {}, rules: [] }), catalog: { annotationOf: () => undefined }, clock: new MovedClock(), isReplaced: () => false };
const authorize: (understood: Understood) => Permitted = buildAuthorize(needs);

/** The rule that lets a call of the primitive through, when the list shows it too: both ask one question. */
const mayUse = (principal: Principal, route: Route, primitive: Primitive): string | undefined => {
  const listed = buildMayUse(needs)({ principal, route, address: '192.0.2.7' }, primitive);
  try {
    const { permit } = authorize(anUnderstood({ principal, route, call: aRequest('x', {}, { primitives: [primitive] }) }));
    assert.equal(listed, true);
    return permit.rule;
  } catch {
    assert.equal(listed, false);
    return undefined;
  }
};

const decide = (call: McpCall, ...permissions: readonly string[]): Permitted => authorize(anUnderstood({ call, principal: aPrincipal({ permissions: grants(...permissions) }) }));

const tool = (name: string): Primitive => ({ kind: 'tool', name });

suite('Whether a primitive may be used', () => {
  const ask = (primitive: Primitive, permissions: readonly string[], accepted: readonly string[] = []): string | undefined => mayUse(aPrincipal({ permissions: grants(...permissions) }), aRoute({ acceptedTools: new Set(accepted) }), primitive);

  test('is answered with the rule that allows it', () => {
    assert.equal(ask(tool('get_x'), ['crm:list', 'crm:get_*', '*']), 'key: crm:get_*');
    const fromRole = aPrincipal({ permissions: new PermissionSet([{ permission: parsePermission('crm:*'), from: 'role reader' }]) });
    assert.equal(mayUse(fromRole, aRoute(), { kind: 'resource', name: 'x' }), 'role reader: crm:*');
  });

  test('is denied by default, and for other servers', () => {
    assert.equal(ask(tool('get_x'), []), undefined);
    assert.equal(ask(tool('get_x'), ['wiki:*', 'crm:set_*']), undefined);
  });

  const ODD = ['', ' x', 'x ', 'a/b', 'a:b', 'caf\u00e9', 'cafe\u0301', 'x\u200b', '\u202ex', '\uff58', 'a%20b', 'x\n', 'x\u0000', 'a'.repeat(129)];
  for (const name of ODD) {
    test(`is denied for the odd tool name ${JSON.stringify(name).slice(0, 20)} even to "*", until an administrator accepts it (N14)`, () => {
      assert.equal(ask(tool(name), ['*']), undefined);
      assert.equal(ask(tool(name), ['*'], [name]), 'key: *');
      assert.equal(ask(tool(name), [], [name]), undefined);
    });
  }

  test('is not held up for plain tool names, nor for names of resources and prompts', () => {
    for (const name of ['x', 'a'.repeat(128), 'a_b-c.D9', '__proto__', 'constructor']) assert.equal(ask(tool(name), ['crm:*']), 'key: crm:*', name);
    assert.equal(ask({ kind: 'resource', name: 'file:///a b' }, ['crm:*']), 'key: crm:*');
    assert.equal(ask({ kind: 'prompt', name: 'grüße' }, ['crm:*']), 'key: crm:*');
  });
});

suite('A call is permitted', () => {
  test('when a permission covers its primitive, and the permit names it', () => {
    const { permit } = decide(aToolCall('get_x'), 'crm:get_*');
    assert.ok(permit instanceof Permit);
    assert.equal(permit.rule, 'key: crm:get_*');
  });

  test('without a primitive when anything of the server is (lists are narrowed later)', () => {
    assert.equal(decide(aRequest('tools/list'), 'wiki:*', 'crm:prompt/x').permit.rule, 'key: crm:prompt/x');
    for (const call of [{ kind: 'stream', era: 'legacy' }, { kind: 'end', era: 'legacy' }, { kind: 'status' }, { kind: 'response', era: 'legacy', id: 1 }] as const) assert.equal(decide(call, 'crm:x').permit.rule, 'key: crm:x');
  });

  test('only when every one of its primitives is covered', () => {
    const both = aRequest('subscriptions/listen', {}, { primitives: [{ kind: 'resource', name: 'a' }, { kind: 'resource', name: 'b' }] });
    assert.equal(decide(both, 'crm:resource/a', 'crm:resource/b').permit.rule, 'key: crm:resource/a');
    for (const one of ['crm:resource/a', 'crm:resource/b']) assert.equal(refusalOf(() => decide(both, one)).code, 'permission.denied');
  });

  test('as a notification under the same rules', () => {
    const notice: McpCall = { kind: 'notification', era: 'legacy', method: 'notifications/x', params: {}, primitives: [tool('x')] };
    assert.equal(decide(notice, 'crm:x').permit.rule, 'key: crm:x');
    refusalOf(() => decide(notice, 'crm:y'));
  });
});

suite('A refusal', () => {
  test('names what was asked and what would allow it (R15)', () => {
    const { code, circumstances } = refusalOf(() => decide(aToolCall('delete_x'), 'crm:get_*'));
    assert.equal(code, 'permission.denied');
    assert.deepEqual(circumstances, { reason: 'no permission covers crm:delete_x', detail: 'This credential may not use the tool "delete_x" of "crm".', extra: { required_permission: 'crm:delete_x' } });
    const resource = aRequest('resources/read', {}, { primitives: [{ kind: 'resource', name: 'crm://1' }] });
    assert.equal(refusalOf(() => decide(resource, 'crm:get_*')).circumstances.extra?.['required_permission'], 'crm:resource/crm://1');
  });

  test('of the server as a whole names the server', () => {
    for (const call of [aRequest('tools/list'), { kind: 'status' } as const]) {
      assert.deepEqual(refusalOf(() => decide(call, 'wiki:*')).circumstances, { reason: 'no permission covers crm:*', detail: 'This credential may not use the server "crm".', extra: { required_permission: 'crm:*' } });
    }
  });

  test('of a hidden tool and of one that does not exist are the same words: nothing tells what is there (Q03)', () => {
    const text = (name: string): string => JSON.stringify(refusalOf(() => decide(aToolCall(name), 'crm:get_*')).circumstances).replaceAll(name, 'NAME');
    assert.equal(text('delete_customer'), text('no_such_tool'));
    assert.equal(text('delete_customer'), text('odd name'));
  });

  test('leaves the exchange without a permit', () => {
    const understood = anUnderstood({ principal: aPrincipal({ permissions: grants() }) });
    refusalOf(() => authorize(understood));
    assert.equal('permit' in understood, false);
  });
});
