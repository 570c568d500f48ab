import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPermitted, aPrincipal, aRequest, aToolCall, anUnderstood, grants } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { GatewayError, type Circumstances } from '../../errors/gateway-error.ts';
import type { Permitted, Understood } from '../../model/exchange.ts';
import { permissionReader } from '../../model/permission/named-permissions.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Principal } from '../../model/principal.ts';
import { buildNeededScopes } from './needed-scopes.ts';
import { buildScopeChallenge } from './scope-challenge.ts';

const PERMISSIONS = { 'read:customers': ['crm:get_customer', 'crm:list_customers'], 'crm:admin': ['crm:*'], 'wiki:all': ['wiki:*'] };
const needed = buildNeededScopes({ permissions: PERMISSIONS, stepUp: { crm: [{ tool: 'delete_*', scopes: ['crm:write', 'payments'] }, { tool: 'delete_customer', scopes: ['crm:write'] }] } });
const read = permissionReader(PERMISSIONS);

const holding = (scopes: readonly string[], more: Partial<Principal> = {}): Principal =>
  aPrincipal({ method: 'oauth', scopes, permissions: new PermissionSet(scopes.filter((scope) => scope.includes(':')).map((scope) => ({ permission: read(scope), from: 'scope' }))), ...more });

const denying = (code: 'permission.denied' | 'policy.denied' = 'permission.denied', more: Partial<Circumstances> = {}) => (): Permitted => {
  throw new GatewayError(code, { reason: 'no', detail: 'not you', extra: { required_permission: 'x' }, ...more });
};
const allowing = (understood: Understood): Permitted => aPermitted(understood);
const asked = (tool: string, principal: Principal) => anUnderstood({ call: aToolCall(tool), principal });
const refused = (authorize: (understood: Understood) => Permitted, understood: Understood) => {
  const { code, circumstances } = refusalOf(() => buildScopeChallenge(needed, authorize)(understood));
  return { code, scopes: circumstances.scopes, circumstances };
};

suite('A call that no scope permits is refused with all that it needs in one challenge (RS-10)', () => {
  test('by the narrowest name that covers it, else by the permission for it alone', () => {
    const scopesFor = (tool: string, names = needed) => refusalOf(() => buildScopeChallenge(names, denying())(asked(tool, holding([])))).circumstances.scopes;
    assert.deepEqual(scopesFor('get_customer'), ['read:customers']);
    assert.deepEqual(scopesFor('get_invoice'), ['crm:admin']);
    assert.deepEqual(scopesFor('get_invoice', buildNeededScopes({ permissions: {}, stepUp: {} })), ['crm:get_invoice']);
    assert.deepEqual(scopesFor('delete_customer'), ['crm:admin', 'crm:write', 'payments']);
  });

  test('and says so in the body too, with what it said before', () => {
    const { code, circumstances } = refused(denying('permission.denied', { rule: 'r' }), asked('get_customer', holding([])));
    assert.deepEqual([code, circumstances.extra, circumstances.detail, circumstances.rule], ['scope.insufficient', { required_permission: 'x', required_scopes: ['read:customers'] }, 'not you', 'r']);
  });

  test('in the same words whether or not there is such a tool: it follows from the name (Q03)', () => {
    const nameless = (tool: string) => JSON.stringify(refused(denying(), asked(tool, holding([])))).replaceAll(tool, 'T');
    assert.equal(nameless('get_secret_thing'), nameless('no_such_tool_at_all'));
  });

  test('but not a key, not what a rule denies, not what its owner may not do, and not whoever has rights by roles', () => {
    const keyed = asked('get_customer', aPrincipal());
    assert.equal(refused(denying(), keyed).code, 'permission.denied');
    assert.equal(refused(denying('policy.denied'), asked('get_customer', holding([]))).code, 'policy.denied');
    const bounded = holding([], { permissions: new PermissionSet([], grants('wiki:*')) });
    assert.equal(refused(denying(), asked('get_customer', bounded)).code, 'permission.denied');
    const byRole = holding([], { whole: true, permissions: grants('crm:list_x') });
    assert.equal(refused(denying(), asked('get_customer', byRole)).code, 'permission.denied');
    assert.equal(refused(denying(), anUnderstood({ call: aRequest('tools/list'), principal: holding([]) })).code, 'permission.denied');
  });

  test('never with what a scope cannot say', () => {
    for (const tool of ['two words', 'quo"te', 'back\\slash', 'é', 'x'.repeat(300)]) {
      const { scopes } = refusalOf(() => buildScopeChallenge(buildNeededScopes({ permissions: {}, stepUp: {} }), denying())(asked(tool, holding([])))).circumstances;
      assert.equal(scopes, undefined, tool);
    }
  });
});

suite('A tool that needs further scopes', () => {
  test('is refused without them, with all of them and the one that permits it', () => {
    const { code, scopes } = refused(allowing, asked('delete_customer', holding(['crm:delete_customer'])));
    assert.deepEqual([code, scopes], ['scope.step-up', ['crm:delete_customer', 'crm:write', 'payments']]);
    assert.deepEqual(refused(allowing, asked('delete_customer', holding(['crm:delete_customer', 'payments']))).scopes, ['crm:delete_customer', 'crm:write', 'payments']);
  });

  test('is called with them, or with a broader one: a glob or a named permission that covers them (RS-11)', () => {
    const pass = (...scopes: string[]) => assert.doesNotThrow(() => buildScopeChallenge(needed, allowing)(asked('delete_customer', holding(scopes))), scopes.join(' '));
    pass('crm:delete_customer', 'crm:write', 'payments');
    pass('crm:*', 'payments');
    pass('crm:admin', 'payments');
  });

  test('is not opened by one that only begins alike, nor by one of another server', () => {
    for (const scopes of [['crm:*'], ['crm:write', 'payment'], ['crm:writes', 'payments'], ['wiki:*', 'payments'], ['crm:get_*', 'payments'], ['payments:*', 'crm:write']]) assert.equal(refused(allowing, asked('delete_customer', holding(scopes))).code, 'scope.step-up', scopes.join(' '));
  });

  test('asks nothing of other tools, of other servers and of keys', () => {
    const pass = (understood: Understood) => assert.doesNotThrow(() => buildScopeChallenge(needed, allowing)(understood));
    pass(asked('get_customer', holding([])));
    pass(anUnderstood({ call: aToolCall('delete_page'), principal: holding([]), route: { ...anUnderstood().route, server: 'wiki' } }));
    pass(asked('delete_customer', aPrincipal()));
  });
});
