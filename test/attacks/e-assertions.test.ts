import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, type Answer } from '../world/authority-gateway.ts';
import { assertRefused } from '../world/authority-records.ts';
import { TestKey } from '../world/token-issuer.ts';

/** Group E: what an enterprise's provider says of its people, exchanged by a client that was agreed (ID-JAG; mcp-spec.md §2, W12). */

const IDP = 'https://idp.example';
const OTHER = 'https://other.example';
/** Nobody answers there. */
const SILENT = 'http://127.0.0.1:9';
const SECRET = 'agreed-secret-0123456789abcdef';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const [key, otherKey] = [new TestKey('ES256', 'key-1'), new TestKey('ES256', 'key-2')];
let gateway: AuthorityGateway;
before(async () => {
  gateway = await AuthorityGateway.start({
    issuers: JSON.parse(JSON.stringify({ corp: { issuer: IDP, keys: { keys: [key.jwk] }, emailDomains: ['corp.example'], roles: { Sales: ['seller'] } }, other: { issuer: OTHER, keys: { keys: [otherKey.jwk] } }, silent: { issuer: SILENT, jwksUri: `${SILENT}/jwks` } })) as JsonObject, // JSON, as a file has it
    roles: { seller: ['crm:get_*'] },
    fetch: { allow: ['127.0.0.1:9'] },
    env: { AGREED: SECRET },
    authority: { clients: { agent: { clientSecret: 'env:AGREED', assertions: ['corp'] }, traveller: { clientSecret: 'env:AGREED', assertions: ['silent'] }, stranger: { clientSecret: 'env:AGREED', permissions: ['crm:*'] } } },
  });
});
after(() => gateway[Symbol.asyncDispose]());

let count = 0;
const claims = (more: Readonly<Record<string, unknown>> = {}) => {
  const now = Math.floor(Date.now() / 1000);
  count += 1;
  return { iss: IDP, sub: 'u-1', aud: gateway.origin, client_id: 'agent', iat: now, exp: now + 120, jti: `jag-${String(count)}`, resource: gateway.resource, email: 'carol@corp.example', email_verified: true, groups: ['Sales'], ...more };
};
const jag = (more: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}, by = key): string => by.sign(claims(more), { typ: 'oauth-id-jag+jwt', ...header });
const exchange = (assertion: string, more: Readonly<Record<string, string>> = {}, client = 'agent'): Promise<Answer> =>
  gateway.post('/oauth/token', { grant_type: GRANT, assertion, ...more }, { authorization: `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}` });

const INVALID_GRANT = { code: 'oauth.invalid-grant', status: 400 };

suite('An identity assertion', () => {
  test('[T11] becomes a token of its person for one server, with the rights of their roles, and no refresh token', async () => {
    const answer = await exchange(jag());
    assert.equal(answer.status, 200, answer.text + gateway.process.stderr());
    assert.equal(answer.json['refresh_token'], undefined);
    const token = String(answer.json['access_token']);
    assert.deepEqual([(await gateway.call(token)).status, (await gateway.call(token, 'delete_customer')).status], [200, 403]);
    const { json: metadata } = await gateway.get('/.well-known/oauth-authorization-server');
    assert.ok(JSON.stringify(metadata['grant_types_supported']).includes(GRANT));
    assert.deepEqual(metadata['authorization_grant_profiles_supported'], ['urn:ietf:params:oauth:grant-profile:id-jag']);
  });

  test('gives no more scopes than it allows and the client asks for', async () => {
    const narrow = await exchange(jag({ scope: 'crm:get_customer crm:list_customers' }), { scope: 'crm:get_customer crm:delete_customer' });
    assert.equal(narrow.json['scope'], 'crm:get_customer');
    assertRefused(gateway, await exchange(jag({ scope: 'crm:get_customer' }), { scope: 'crm:delete_customer' }), { code: 'oauth.invalid-scope', status: 400 });
    assertRefused(gateway, await exchange(jag(), { resource: 'https://elsewhere.example/mcp' }), { code: 'oauth.invalid-target', status: 400 });
    assertRefused(gateway, await exchange(jag({ resource: 'https://elsewhere.example/mcp' })), { code: 'oauth.invalid-target', status: 400 });
    assertRefused(gateway, await exchange(jag({ resource: `${gateway.origin}/crm/mcp` }), { resource: gateway.resource }), { code: 'oauth.invalid-target', status: 400 });
  });

  test('[T09] is good once, for this server and client alone, of an issuer that was agreed, by its type, key and time', async () => {
    const now = Math.floor(Date.now() / 1000);
    const once = jag();
    assert.equal((await exchange(once)).status, 200);
    const wrong: readonly (readonly [string, string])[] = [
      ['again', once],
      ['for another server', jag({ aud: 'https://elsewhere.example' })],
      ['for two servers', jag({ aud: [gateway.origin, 'https://elsewhere.example'] })],
      ['for another client', jag({ client_id: 'stranger' })],
      ['for no client', jag({ client_id: undefined })],
      ['of an issuer that was not agreed', jag({ iss: OTHER }, { kid: 'key-2' }, otherKey)],
      ['of an unknown issuer', jag({ iss: 'https://evil.example' })],
      ['by a key of another issuer', jag({}, { kid: 'key-2' }, otherKey)],
      ['an access token', key.sign(claims(), { typ: 'at+jwt' })],
      ['an ID token', key.sign(claims({ nonce: 'x' }), { typ: 'JWT' })],
      ['without a type', jag({}, { typ: undefined })],
      ['over', jag({ iat: now - 900, exp: now - 600 })],
      ['of the future', jag({ iat: now + 3_600, exp: now + 3_700 })],
      ['good for an hour', jag({ exp: now + 3_600 })],
      ['without an end', jag({ exp: undefined })],
      ['without a jti', jag({ jti: undefined })],
      ['without a person', jag({ sub: undefined })],
      ['altered', once.replace(/\.[^.]+$/, '.AAAA')],
      ['nothing', 'x.y.z'],
    ];
    for (const [what, text] of wrong) assertRefused(gateway, await exchange(text), { ...INVALID_GRANT, canary: text }, what);
    assertRefused(gateway, await exchange(jag({ client_id: 'stranger' }), {}, 'stranger'), { code: /^oauth\.(?:unauthorized-client|invalid-request)$/, status: 400 }, 'a client that may not');
    const anybody = String((await gateway.register()).json['client_id']);
    assertRefused(gateway, await gateway.post('/oauth/token', { grant_type: GRANT, assertion: jag({ client_id: anybody }), client_id: anybody }), { code: /^oauth\.(?:unauthorized-client|invalid-request)$/, status: 400 }, 'a client that registered itself');
  });

  test('whose issuer cannot be asked for its keys is neither good nor bad: the client is told to try again (RFC 6749 §5.2)', async () => {
    const answer = await exchange(jag({ iss: SILENT }), {}, 'traveller');
    assertRefused(gateway, answer, { code: 'oauth.temporarily-unavailable', status: 503 });
    assert.deepEqual([answer.json['error'], answer.headers.get('retry-after')], ['temporarily_unavailable', '30']);
  });

  test('is of the same person each time, by issuer and subject', async () => {
    const subjects = await Promise.all([1, 2].map(async () => {
      const { json } = await exchange(jag({ sub: 'u-7', email: undefined }));
      return (JSON.parse(Buffer.from(String(json['access_token']).split('.')[1] ?? '', 'base64url').toString()) as { readonly sub: string }).sub; // a token of ours
    }));
    assert.equal(new Set(subjects).size, 1);
  });
});
