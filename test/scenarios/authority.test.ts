import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AuthorityGateway, Browser, pkce, REDIRECT, signIn } from '../world/authority-gateway.ts';
import { recordsOf } from '../world/authority-records.ts';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';

const claimsOf = (token: string): JsonObject => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as JsonObject; // a token of ours

const query = (gateway: AuthorityGateway, clientId: string, more: Readonly<Record<string, string | undefined>> = {}): string => {
  const all = { response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'state-1', code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: gateway.resource, ...more };
  return `/oauth/authorize?${new URLSearchParams(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)).toString()}`;
};

describe('An authorization server that one line has switched on', () => {
  let gateway: AuthorityGateway;
  let clientId = '';
  before(async () => {
    gateway = await AuthorityGateway.start();
    const registered = await gateway.register();
    assert.equal(registered.status, 201, registered.text);
    clientId = String(registered.json['client_id']);
  });
  after(() => gateway[Symbol.asyncDispose]());

  test('issues a token for one server, that opens what the key may open and nothing else (D6, R39, RFC 9068 §2, RFC 8707 §2)', async () => {
    const { access, body } = await signIn(gateway, { clientId });
    const claims = claimsOf(access);
    assert.equal(claims['aud'], gateway.resource);
    assert.equal(claims['iss'], gateway.origin);
    assert.equal(claims['client_id'], clientId);
    assert.equal(body['token_type'], 'Bearer');
    assert.equal((JSON.parse(Buffer.from(access.split('.')[0] ?? '', 'base64url').toString()) as JsonObject)['typ'], 'at+jwt');
    assert.equal((await gateway.call(access)).status, 200);
    const refused = await gateway.call(access, 'delete_customer');
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get('www-authenticate'), null, 'no other token would help, so nobody is sent to log in (decision 18)');
  });

  test('is found by a client that knows nothing but the address (RS-1, RFC 9728 §5.1, RFC 8414 §3)', async () => {
    const challenged = await gateway.get('/mcp', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    assert.equal(challenged.status, 401);
    const document = /resource_metadata="([^"]+)"/.exec(challenged.headers.get('www-authenticate') ?? '')?.[1] ?? '';
    const { json: resource } = await gateway.get(document);
    assert.deepEqual(resource['authorization_servers'], [gateway.origin]);
    for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/mcp', '/.well-known/openid-configuration/crm/mcp', '/mcp/.well-known/openid-configuration']) {
      const { status, json, headers } = await gateway.get(path);
      assert.equal(status, 200, path);
      assert.equal(json['issuer'], gateway.origin);
      assert.deepEqual(json['code_challenge_methods_supported'], ['S256'], 'AS-3');
      assert.equal(json['authorization_response_iss_parameter_supported'], true, 'AS-8');
      assert.equal(json['client_id_metadata_document_supported'], true, 'AS-4');
      assert.equal(headers.get('access-control-allow-origin'), '*');
    }
    const head = await gateway.get('/.well-known/oauth-authorization-server', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text, head.headers.get('content-type')], [200, '', 'application/json']);
    assert.equal((await gateway.get('/.well-known/oauth-authorization-server', { method: 'OPTIONS' })).status, 204);
    assert.equal((await gateway.get('/.well-known/oauth-authorization-server/other')).status, 404, 'W2');
  });

  test('publishes its keys, and no private half of them', async () => {
    const { json: { keys } } = await gateway.get('/oauth/keys');
    assert.ok(Array.isArray(keys) && keys.length > 0);
    for (const key of keys) assert.ok(isJsonObject(key) && key['alg'] === 'ES256' && key['d'] === undefined);
  });

  test('says iss with every answer, good or bad, and sends nothing to a URI that nobody registered (AS-7, AS-8, D01)', async () => {
    const browser = new Browser(gateway);
    const page = await browser.open(query(gateway, clientId));
    const denied = new URL((await browser.submit(page, { do: 'deny' })).url);
    assert.equal(denied.origin + denied.pathname, REDIRECT);
    assert.deepEqual([denied.searchParams.get('error'), denied.searchParams.get('iss'), denied.searchParams.get('state')], ['access_denied', gateway.origin, 'state-1']);
    for (const redirect of ['http://127.0.0.1:39099/other', 'https://evil.example/callback', 'http://evil.example/callback', 'http://127.0.0.1:39099/callback#x', 'javascript:alert(1)', 'http://127.0.0.1:39099@evil.example/callback', 'http://127.0.0.1:39099/callback/', 'http://127.0.0.1:39099/callback?x=1', 'http://localhost:39099/callback']) { // sallyport-scan: allow, it opens nothing
      const { status, headers, text } = await gateway.get(query(gateway, clientId, { redirect_uri: redirect }));
      assert.equal(status, 400, redirect);
      assert.equal(headers.get('location'), null, redirect);
      assert.match(headers.get('content-type') ?? '', /^text\/html/);
      assert.ok(!text.includes('evil.example'), 'the page repeats nothing of it');
    }
    const otherPort = await gateway.get(query(gateway, clientId, { redirect_uri: 'http://127.0.0.1:45678/callback' }));
    assert.equal(otherPort.status, 303, 'RFC 8252 §7.3: any port of loopback');
  });

  test('refuses a request without PKCE, with plain, or with a parameter twice (AS-3, RFC 6749 §3.1)', async () => {
    for (const more of [{ code_challenge: undefined, code_challenge_method: undefined }, { code_challenge_method: 'plain' }]) {
      const { status, headers, text } = await gateway.get(query(gateway, clientId, more));
      assert.deepEqual([status, headers.get('location'), text.includes('error=invalid_request')], [400, null, true], 'a link, because nobody knows the client');
    }
    assert.equal((await gateway.get(`${query(gateway, clientId)}&state=other`)).status, 400);
  });

  test('refuses a resource that is not served here, two of them, and scopes that say nothing (AS-10, RFC 8707 §2)', async () => {
    const answer = await gateway.get(query(gateway, clientId, { resource: 'https://elsewhere.example/mcp' }));
    assert.deepEqual([answer.status, answer.text.includes('error=invalid_target')], [400, true]);
    assert.equal((await gateway.get(`${query(gateway, clientId)}&resource=${encodeURIComponent(gateway.resource)}`)).status, 400);
    assert.equal((await gateway.get(query(gateway, clientId, { scope: 'other:thing' }))).status, 400);
    const slashed = await signIn(gateway, { clientId, parameters: { resource: `${gateway.resource}/` } });
    assert.equal(claimsOf(slashed.access)['aud'], gateway.resource, 'W4');
  });

  test('gives a client the scopes that it asked for, and its token opens no more than they and the key (AS-12, R42)', async () => {
    const { access, body } = await signIn(gateway, { clientId, parameters: { scope: 'crm:list_customers crm:delete_customer' } });
    assert.equal(body['scope'], 'crm:list_customers crm:delete_customer');
    assert.equal((await gateway.call(access)).status, 403, 'get_customer was not asked for');
    assert.equal((await gateway.call(access, 'delete_customer')).status, 403, 'the key may not');
  });

  test('takes a code once, from its client alone, with its verifier and redirect URI (RFC 6749 §4.1.3, RFC 7636 §4.6)', async () => {
    const browser = new Browser(gateway);
    const { verifier, challenge } = pkce();
    const begin = async () => {
      const page = await browser.open(query(gateway, clientId, { code_challenge: challenge }));
      const back = await browser.submit(page, page.text.includes('name="key"') ? { do: 'key', key: 'a-key-of-alice-0123456789abcdef' } : { do: 'allow' });
      return new URL(back.url).searchParams.get('code') ?? '';
    };
    const good = { grant_type: 'authorization_code', redirect_uri: REDIRECT, client_id: clientId, code_verifier: verifier };
    const other = String((await gateway.register()).json['client_id']);
    for (const wrong of [{ code_verifier: pkce().verifier }, { client_id: other }, { redirect_uri: 'http://127.0.0.1:1/callback' }]) {
      const answer = await gateway.post('/oauth/token', { ...good, code: await begin(), ...wrong });
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_grant'], JSON.stringify(wrong));
    }
    const code = await begin();
    const first = await gateway.post('/oauth/token', { ...good, code });
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('cache-control'), 'no-store');
    const again = await gateway.post('/oauth/token', { ...good, code });
    assert.deepEqual([again.status, again.json['error']], [400, 'invalid_grant']);
    assert.equal((await gateway.call(String(first.json['access_token']))).status, 401, 'a code that came twice ends what it gave (RFC 6749 §4.1.2)');
  });

  test('asks a person in words, shows who asks and where the answer goes, and remembers nobody on this computer (AS-5, AS-11, W8)', async () => {
    const browser = new Browser(gateway);
    const page = await browser.open(query(gateway, clientId));
    for (const words of ['test client', '127.0.0.1:39099', 'nobody has checked', 'a program on your computer']) assert.ok(page.text.includes(words), words);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(page.headers.get('x-frame-options'), 'DENY');
    await browser.submit(page, { do: 'key', key: 'a-key-of-alice-0123456789abcdef' });
    const second = await browser.open(query(gateway, clientId));
    assert.ok(second.text.includes('You are signed in as <strong>alice</strong>'));
    const other = await browser.submit(second, { do: 'other' });
    assert.ok(other.text.includes('name="key"'), 'whoever uses another account is asked for it');
  });

  test('refuses a wrong key, a foreign form and a question of another browser, each on a page and with one record (P06, E01)', async () => {
    const browser = new Browser(gateway);
    const page = await browser.open(query(gateway, clientId));
    const wrong = await browser.submit(page, { do: 'key', key: 'sally_live_wrong' });
    assert.equal(wrong.status, 403);
    assert.ok(wrong.text.includes('not accepted') && !wrong.text.includes('sally_live_wrong'));
    const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? '';
    assert.equal((await gateway.get(action)).status, 400, 'no cookie');
    const foreign = await browser.open(action, { method: 'POST', headers: { origin: 'https://evil.example' }, body: new URLSearchParams({ do: 'deny' }) });
    assert.equal(foreign.status, 403);
    const forged = await browser.open(action, { method: 'POST', headers: { origin: gateway.origin }, body: new URLSearchParams({ do: 'deny', token: 'x' }) });
    assert.equal(forged.status, 403);
    const ids = [wrong, foreign, forged].map(({ headers }) => headers.get('x-request-id'));
    const trail = recordsOf(gateway);
    assert.deepEqual(ids.map((id) => trail.filter((record) => record['id'] === id).map((record) => record['code'])), [['login.refused'], ['login.foreign'], ['login.foreign']]);
  });

  test('drops redirect URIs that cannot be used, and refuses a registration with none that can (W3, AS-6)', async () => {
    const cursor = await gateway.register({ redirect_uris: ['http://localhost:8787/callback', 'cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback', 'evil://x/y', 'http://evil.example/'] });
    assert.equal(cursor.status, 201, cursor.text);
    assert.deepEqual(cursor.json['redirect_uris'], ['http://localhost:8787/callback', 'cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback']);
    for (const metadata of [{ redirect_uris: ['http://evil.example/'] }, { redirect_uris: [] }, { redirect_uris: 'x' }, { redirect_uris: ['https://a.example/#x'] }, { application_type: 'web', redirect_uris: ['http://localhost/x'] }]) {
      const answer = await gateway.register(metadata);
      assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_redirect_uri'], answer.text);
    }
    for (const metadata of [{ application_type: 'tv' }, { response_types: ['token'] }]) assert.equal((await gateway.register(metadata)).json['error'], 'invalid_client_metadata');
    assert.equal((await gateway.register()).json['client_secret'], undefined, 'whoever did not ask for a secret gets none: sent along, it would be refused');
    assert.equal(typeof (await gateway.register({ token_endpoint_auth_method: 'client_secret_post' })).json['client_secret'], 'string');
    const greedy = await gateway.register({ grant_types: ['client_credentials', 'implicit'], scope: '*' });
    assert.deepEqual(greedy.json['grant_types'], ['authorization_code', 'refresh_token'], 'no client makes itself one that acts without a person');
    assert.equal(greedy.json['scope'], undefined);
  });

  test('tells a client that is not known to register again (W11)', async () => {
    const answer = await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'gone' });
    assert.deepEqual([answer.status, answer.json['error']], [401, 'invalid_client']);
    assert.ok([answer.json['error_uri'], answer.json['request_id'], answer.json['hint']].every((text) => typeof text === 'string'), 'and where it is explained');
  });

  test('answers at the root for clients that guess, and at the login with a hint (D3, W2)', async () => {
    assert.equal((await gateway.get(query(gateway, clientId).replace('/oauth/authorize', '/authorize'))).status, 303);
    assert.equal((await gateway.post('/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id: clientId })).json['error'], 'invalid_grant');
    assert.equal((await gateway.get('/auth/oauth/login')).status, 200);
  });

  test('leaves one record of every request, with client and person, and no code, token or question in it (R70, P02)', async () => {
    const { access, refresh } = await signIn(gateway, { clientId });
    const trail = recordsOf(gateway);
    const token = trail.filter((record) => record['call'] === 'oauth/token' && record['decision'] === 'allow').at(-1);
    assert.deepEqual([token?.['who'], token?.['clientId'], token?.['status']], ['alice', clientId, 200]);
    assert.equal(new Set(trail.map((record) => record['id'])).size, trail.length);
    const text = JSON.stringify(trail) + gateway.process.stderr();
    for (const secret of [access, refresh, 'a-key-of-alice-0123456789abcdef', 'code=']) assert.ok(!text.includes(secret));
  });
});

test('An authorization server stays off unless it is switched on, and /auth/oauth/login says so (D3)', async () => {
  await using gateway = await AuthorityGateway.start({ authority: { enabled: false } });
  const { status, json } = await gateway.get('/auth/oauth/login');
  assert.deepEqual([status, json['code']], [404, 'oauth.off']);
  assert.equal((await gateway.get('/.well-known/oauth-authorization-server')).status, 404);
});
