import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anUnderstood, aPrincipal, aToolCall } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { parsePermission, PermissionSet } from '../../model/permission/permission.ts';
import type { PolicyText } from '../../model/policy.ts';
import { buildAuthorize, type AuthorizeNeeds } from './authorize.ts';
import { compilePolicy } from './compile-policy.ts';
import { buildShadow } from './shadow.ts';

const text = (more: Partial<PolicyText>): PolicyText => ({ permissions: {}, roles: {}, rules: [], ...more });

/** A key of its own permission `crm:list`, and the role reader, which means `crm:get_*` to the policy in force. */
const reader = aPrincipal({ roles: ['reader'], permissions: new PermissionSet([{ permission: parsePermission('crm:list'), from: 'key' }, { permission: parsePermission('crm:get_*'), from: 'role reader' }]) });

const needs = (shadow: PolicyText | undefined, people = {}): AuthorizeNeeds => ({
  policy: compilePolicy(text({ roles: { reader: ['crm:get_*'] } })), catalog: { annotationOf: () => undefined }, clock: new MovedClock(), isReplaced: () => false,
  shadow: shadow === undefined ? undefined : buildShadow(shadow, people),
});

const asks = (tool: string) => anUnderstood({ principal: reader, call: aToolCall(tool) });

suite('A policy that only watches', () => {
  test('decides nothing: what is allowed stays allowed, and the permit says what it would have done', () => {
    const { permit } = buildAuthorize(needs(text({ roles: { reader: ['crm:set_*'] } })))(asks('get_x'));
    assert.equal(permit.rule, 'role reader: crm:get_*');
    assert.equal(permit.shadow?.decision, 'deny');
  });

  test('and what is denied stays denied', () => {
    const { circumstances } = refusalOf(() => buildAuthorize(needs(text({ roles: { reader: ['crm:set_*'] } })))(asks('set_x')));
    assert.deepEqual([circumstances.shadow?.decision, circumstances.shadow?.rule], ['allow', 'role reader: crm:set_*']);
    assert.doesNotMatch(JSON.stringify([circumstances.detail, circumstances.extra]), /allow/, 'the caller does not learn of it');
  });

  test('is not heard of where it agrees, or where there is none', () => {
    assert.equal(buildAuthorize(needs(text({ roles: { reader: ['crm:*'] } })))(asks('get_x')).permit.shadow, undefined);
    assert.equal(buildAuthorize(needs(undefined))(asks('get_x')).permit.shadow, undefined);
    assert.equal(refusalOf(() => buildAuthorize(needs(text({})))(asks('set_x'))).circumstances.shadow, undefined);
  });

  test('keeps what the key holds by itself, and reads roles as it writes them', () => {
    assert.equal(buildAuthorize(needs(text({})))(asks('list')).permit.shadow, undefined);
    assert.equal(buildAuthorize(needs(text({})))(asks('get_x')).permit.shadow?.decision, 'deny');
  });

  test('leaves keys within what their owner may do', () => {
    const people = { 'alice@company.com': { permissions: ['crm:get_a'] } };
    assert.equal(buildAuthorize(needs(text({ roles: { reader: ['crm:get_*'] } }), people))(asks('get_x')).permit.shadow?.decision, 'deny');
    assert.equal(buildAuthorize(needs(text({ roles: { reader: ['crm:get_*'] } }), people))(asks('get_a')).permit.shadow, undefined);
  });
});

test('[Q07] a policy that has been replaced decides nothing: the request is to be sent again', () => {
  const stale = { ...needs(undefined), isReplaced: () => true };
  const refused = refusalOf(() => buildAuthorize(stale)(asks('get_x')));
  assert.deepEqual([refused.code, refused.circumstances.headers?.['Retry-After']], ['policy.replaced', '1']);
});
