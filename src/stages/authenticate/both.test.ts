import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrincipal, aRoute, aShielded, grants } from '../../../test/world/exchanges.ts';
import { laterRefusalOf } from '../../../test/world/refusal.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Principal } from '../../model/principal.ts';
import type { Authenticator } from '../../ports/authenticator.ts';
import { buildAuthenticate } from './authenticate.ts';

/** R34, K09: a server may ask for a key and a token; then each is proven by itself, and neither makes up for the other. */

const key = aPrincipal({ credentialId: 'key_1', subject: 'app@company.com', permissions: grants('crm:get_*', 'crm:list_*'), limits: { perDay: 5 } });
const token = aPrincipal({ credentialId: 'oauth_1', method: 'oauth', permissions: new PermissionSet(grants('crm:*').grants, grants('crm:get_customer', 'crm:delete_customer')) });

const opening = (scheme: string, text: string, principal: Principal): Authenticator => ({
  scheme,
  authenticate: (_request, { value, place }) => {
    if ((scheme === 'oauth') !== value.startsWith('token') || (scheme === 'oauth' && place === 'header')) return { kind: 'absent' };
    return value === text ? { kind: 'proven', principal } : { kind: 'rejected', error: new GatewayError(scheme === 'oauth' ? 'token.invalid' : 'credential.invalid', { reason: 'no' }) };
  },
});

const authenticate = buildAuthenticate({ against: () => undefined, keyHeader: 'x-api-key', query: true, authenticators: [opening('oauth', 'token-good', token), opening('api-key', 'key-good', key)] }, { failed: () => {} });
const asked = (headers: Readonly<Record<string, string>>, query = '') => aShielded({ route: aRoute({ keyAndToken: true }), headers, query });

const GOOD = { 'x-api-key': 'key-good', authorization: 'Bearer token-good' };

suite('A server that asks for a key and a token', () => {
  test('is called by the person of the token, who may do what both allow, within the limits of the key', async () => {
    const { principal, via } = await authenticate(asked(GOOD));
    assert.deepEqual([principal.subject, principal.credentialId, principal.key, principal.limits, via], [token.subject, 'oauth_1', 'key_1', { perDay: 5 }, 'bearer']);
    const may = (tool: string): boolean => principal.permissions.find('crm', 'tool', tool) !== undefined;
    assert.deepEqual(['get_customer', 'get_other', 'delete_customer', 'list_customers'].map(may), [true, false, false, false]);
    assert.equal(principal.permissions.bounds('crm', 'tool', 'delete_customer'), false, 'a rule could go past the key');
  });

  test('makes one principal of one pair', async () => {
    assert.equal((await authenticate(asked(GOOD))).principal, (await authenticate(asked(GOOD))).principal);
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
    ['neither', {}, '', 'credential.both-needed'],
    ['the key alone', { 'x-api-key': 'key-good' }, '', 'credential.both-needed'],
    ['the token alone', { authorization: 'Bearer token-good' }, '', 'credential.both-needed'],
    ['two keys', { 'x-api-key': 'key-good', authorization: 'Bearer key-good' }, '', 'credential.both-needed'],
    ['the key in the URL', { authorization: 'Bearer token-good' }, 'api_key=key-good', 'credential.both-needed'],
    ['three of them', GOOD, 'api_key=key-good', 'credential.multiple'],
    ['a bad key', { ...GOOD, 'x-api-key': 'key-bad' }, '', 'credential.invalid'],
    ['a bad token', { ...GOOD, authorization: 'Bearer token-bad' }, '', 'token.invalid'],
    ['each in the other\'s place', { 'x-api-key': 'token-good', authorization: 'Bearer key-good' }, '', 'credential.invalid'],
  ];
  for (const [what, headers, query, code] of wrong) {
    test(`refuses ${what}`, async () => assert.equal((await laterRefusalOf(() => authenticate(asked(headers, query)))).code, code));
  }

  test('is the exception: any other refuses two, however good', async () => {
    assert.equal((await laterRefusalOf(async () => authenticate(aShielded({ headers: GOOD })))).code, 'credential.multiple');
  });
});
