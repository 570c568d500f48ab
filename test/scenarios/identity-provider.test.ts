import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { IdentityProvider, INTROSPECTOR, proofOf, type ProviderAlgorithm } from '../world/identity-provider.ts';
import { API_KEY, OAuthGateway } from '../world/oauth-gateway.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { TestKey } from '../world/token-issuer.ts';

/** The gateway before a real identity provider (oidc-provider), each a program that knows the other by HTTP alone. */

const gatewayFor = (idp: IdentityProvider, more: { readonly issuer?: object; readonly crm?: object; readonly others?: readonly IdentityProvider[] } = {}) => {
  const others = (more.others ?? []).map((one, at) => [`other${String(at)}`, { issuer: one.issuer }] as const);
  const config = { issuers: { corp: { issuer: idp.issuer, ...more.issuer }, ...Object.fromEntries(others) }, fetch: { allow: [idp, ...(more.others ?? [])].map(({ port }) => `127.0.0.1:${String(port)}`) }, crm: { ...more.crm } };
  return OAuthGateway.start(JSON.parse(JSON.stringify(config)));
};

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

suite('Before a real identity provider', () => {
  for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA'] satisfies ProviderAlgorithm[]) {
    test(`tokens signed with ${algorithm} open what their scopes name, and nothing else (R18)`, async () => {
      await using idp = await IdentityProvider.start(algorithm);
      await using gateway = await gatewayFor(idp);
      const token = await idp.token(`${gateway.origin('both')}/mcp`);
      assert.equal((await gateway.call('both', 'get_customer', bearer(token))).status, 200);
      assert.equal((await gateway.call('both', 'delete_customer', bearer(token))).status, 403);
      assert.equal((await gateway.call('both', 'get_customer', bearer(await idp.token('https://other.example/mcp')))).status, 401);
    });
  }

  test('its keys are rotated while calls go on: a new one works at once, and nothing is deployed (R41, S02)', async () => {
    await using idp = await IdentityProvider.start('ES256');
    await using gateway = await gatewayFor(idp);
    const resource = `${gateway.origin('both')}/mcp`;
    const before = await idp.token(resource);
    assert.equal((await gateway.call('both', 'get_customer', bearer(before))).status, 200);
    await idp.rotate('RS256', { keepOld: true });
    const after = await idp.token(resource);
    assert.equal((await gateway.call('both', 'get_customer', bearer(after))).status, 200);
    assert.equal((await gateway.call('both', 'get_customer', bearer(before))).status, 200);
    assert.equal((await idp.asked()).filter((path) => path.startsWith('/jwks')).length, 2);
  });

  test('tokens of one provider do not open what another\'s are for, and neither speaks for the other', async () => {
    await using idp = await IdentityProvider.start('ES256');
    await using other = await IdentityProvider.start('ES256');
    await using gateway = await gatewayFor(idp, { others: [other], crm: { issuers: ['corp'] } });
    const resource = `${gateway.origin('both')}/mcp`;
    assert.equal((await gateway.call('both', 'get_customer', bearer(await idp.token(resource)))).status, 200);
    assert.equal((await gateway.call('both', 'get_customer', bearer(await other.token(resource)))).status, 401);
  });

  test('opaque tokens are asked about at its endpoint (RFC 7662)', async () => {
    await using idp = await IdentityProvider.start('ES256');
    await using folder = await temporaryFolder('secret');
    writeFileSync(join(folder.path, 'secret'), `${INTROSPECTOR.secret}\n`);
    await using gateway = await gatewayFor(idp, { issuer: { introspection: { url: `${idp.issuer}/token/introspection`, clientId: INTROSPECTOR.id, clientSecret: `file:${join(folder.path, 'secret')}` } } });
    const token = await idp.token(`${gateway.origin('both')}/mcp?opaque`);
    assert.ok(!token.includes('.'));
    for (let round = 0; round < 3; round += 1) assert.equal((await gateway.call('both', 'get_customer', bearer(token))).status, 200);
    assert.equal((await idp.asked()).filter((path) => path === '/token/introspection').length, 1);
    assert.equal((await gateway.call('both', 'get_customer', bearer('made-up-token-0123456789'))).status, 401);
    assert.equal((await gateway.call('both', 'get_customer', bearer(API_KEY))).status, 200, 'a key goes on as a bearer');
  });

  test('tokens that it has bound to a key open with a proof, and not without (RFC 9449)', async () => {
    await using idp = await IdentityProvider.start('ES256');
    await using gateway = await gatewayFor(idp);
    const [key, url] = [new TestKey('ES256', 'holder'), `${gateway.origin('both')}/mcp`];
    const token = await idp.token(url, { key });
    const dpop = (proof: string) => ({ headers: { authorization: `DPoP ${token}`, dpop: proof } });
    assert.equal((await gateway.call('both', 'get_customer', bearer(token))).status, 401);
    const proof = proofOf(key, { url, method: 'POST', token });
    assert.equal((await gateway.call('both', 'get_customer', dpop(proof))).status, 200);
    const again = await gateway.call('both', 'get_customer', dpop(proof));
    assert.equal(again.status, 401);
    assert.match(again.headers.get('www-authenticate') ?? '', /^DPoP .*error="invalid_dpop_proof".*algs="ES256/);
    assert.equal((await gateway.call('both', 'get_customer', dpop(proofOf(key, { url, method: 'POST', token })))).status, 200);
  });

  test('that is not there, the gateway starts all the same: keys work, its tokens get 503, and /readyz says why', async () => {
    const idp = await IdentityProvider.start('ES256');
    const token = await idp.token('https://any.example');
    await idp[Symbol.asyncDispose]();
    await using gateway = await gatewayFor(idp);
    assert.equal((await gateway.call('both', 'get_customer', { headers: { 'x-api-key': API_KEY } })).status, 200);
    const refused = await gateway.call('both', 'get_customer', bearer(token));
    assert.equal(refused.status, 503);
    assert.equal(refused.json['code'], 'token.unchecked');
    assert.equal(refused.headers.get('retry-after'), '30');
    const ready = await gateway.get('both', '/readyz');
    assert.equal(ready.status, 200);
    assert.match(ready.text, /issuer corp: its keys cannot be fetched, and its tokens are refused/);
  });
});
