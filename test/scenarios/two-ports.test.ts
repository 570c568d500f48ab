import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { API_KEY, challengeOf, ISSUER, OAuthGateway, type Ports } from '../world/oauth-gateway.ts';
import { until } from '../world/until.ts';

/** Keys and tokens on ports of their own, in one process: each origin says and takes only what is its own (W1, W2, RS-1 to RS-4, RS-23). */

const stack = new AsyncDisposableStack();
let gateway: OAuthGateway;
before(async () => {
  gateway = stack.use(await OAuthGateway.start({ crm: { scopes: { baseline: ['crm:get_*'] } } }));
});
after(() => stack.disposeAsync());

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const withKey = { 'x-api-key': API_KEY };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tokenFor = (at: keyof Ports, path = '/mcp') => gateway.token({ aud: `${gateway.origin(at)}${path}`, scope: 'crm:get_*' });

suite('Where tokens are accepted', () => {
  test('there is a document for each path, at its own place and, for the only server, at the root, and its resource is that very URL (RS-1, RS-2, RS-3)', async () => {
    for (const [at, resource] of [[`${WELL_KNOWN}/mcp`, '/mcp'], [`${WELL_KNOWN}/crm/mcp`, '/crm/mcp'], [WELL_KNOWN, '/mcp'], [`${WELL_KNOWN}/mcp/`, '/mcp']] as const) {
      const { status, json, headers } = await gateway.get('tokens', at);
      assert.deepEqual([status, headers.get('content-type'), headers.get('access-control-allow-origin')], [200, 'application/json', '*'], at);
      assert.equal(json['resource'], `${gateway.origin('tokens')}${resource}`);
      assert.deepEqual([json['authorization_servers'], json['bearer_methods_supported'], json['scopes_supported'], json['resource_name']], [[ISSUER], ['header'], ['crm:get_*'], 'crm']);
    }
  });

  test('the documents are read by any page, asked about with HEAD and OPTIONS, and nothing else (W2)', async () => {
    const page = { origin: 'https://anywhere.example' };
    assert.equal((await gateway.get('tokens', WELL_KNOWN, { headers: page })).status, 200);
    const head = await gateway.get('tokens', WELL_KNOWN, { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.equal((await gateway.get('tokens', WELL_KNOWN, { method: 'OPTIONS', headers: page })).status, 204);
    for (const method of ['POST', 'DELETE']) assert.equal((await gateway.get('tokens', WELL_KNOWN, { method })).status, 405, method);
    assert.equal((await gateway.get('tokens', '/mcp', { method: 'HEAD' })).status, 405);
  });

  test('a request without a token is told where the document is and with which scope to begin (RS-2, RS-4)', async () => {
    for (const path of ['/mcp', '/crm/mcp']) {
      const refused = await gateway.call('tokens', 'get_customer', { path });
      assert.equal(refused.status, 401);
      assert.deepEqual(challengeOf(refused), { realm: 'crm', resource_metadata: `${gateway.origin('tokens')}${WELL_KNOWN}${path}`, scope: 'crm:get_*' });
      assert.equal(refused.json['code'], 'token.missing');
    }
  });

  test('a bad token is told so in the challenge, and a good one is let in at its own origin alone (J08)', async () => {
    const bad = await gateway.call('tokens', 'get_customer', { headers: bearer(`${tokenFor('tokens').slice(0, -8)}AAAAAAAA`) });
    assert.deepEqual([bad.status, challengeOf(bad)['error'], challengeOf(bad)['resource_metadata']], [401, 'invalid_token', `${gateway.origin('tokens')}${WELL_KNOWN}/mcp`]);
    assert.equal((await gateway.call('tokens', 'get_customer', { headers: bearer(tokenFor('tokens')) })).status, 200);
    assert.equal((await gateway.call('both', 'get_customer', { headers: bearer(tokenFor('both')) })).status, 200);
    assert.equal((await gateway.call('tokens', 'get_customer', { headers: bearer(gateway.token({ aud: `${gateway.origin('keys')}/mcp`, scope: 'crm:*' })) })).status, 401);
  });

  test('a key is refused in words where keys are not accepted, in each place, and nothing of it is looked up (W1)', async () => {
    for (const refused of [await gateway.call('tokens', 'get_customer', { headers: withKey }), await gateway.call('tokens', 'get_customer', { path: `/mcp?api_key=${API_KEY}` })]) {
      assert.deepEqual([refused.status, refused.json['code']], [401, 'credential.way-closed']);
      assert.match(String(refused.json['detail']), /takes OAuth access tokens/);
      assert.equal(challengeOf(refused)['error'], undefined);
    }
  });
});

suite('Where keys alone are accepted', () => {
  test('nothing speaks of OAuth: discovery is a JSON 404, and the challenge names no document (W1, W2, RS-23)', async () => {
    for (const path of [WELL_KNOWN, `${WELL_KNOWN}/mcp`, '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/.well-known/x']) {
      const { status, headers, json } = await gateway.get('keys', path);
      assert.deepEqual([status, headers.get('content-type'), json['code']], [404, 'application/problem+json', 'http.not-found'], path);
    }
    const refused = await gateway.call('keys', 'get_customer');
    assert.deepEqual([refused.status, refused.json['code'], challengeOf(refused)], [401, 'credential.missing', { realm: 'crm' }]);
  });

  test('a key opens, and a good token is refused in words (W1)', async () => {
    assert.equal((await gateway.call('keys', 'get_customer', { headers: withKey })).status, 200);
    const refused = await gateway.call('keys', 'get_customer', { headers: bearer(tokenFor('both')) });
    assert.deepEqual([refused.status, refused.json['code']], [401, 'credential.way-closed']);
    assert.match(String(refused.json['detail']), /takes API keys/);
  });

  test('there is no admin API but on the first listener', async () => {
    assert.equal((await gateway.get('keys', '/api/keys', { headers: withKey })).status, 404);
    assert.equal((await gateway.get('both', '/api/keys', { headers: withKey })).status, 403);
  });
});

suite('Where both are accepted', () => {
  test('a key by header and by bearer, and a token, open (R34)', async () => {
    for (const headers of [withKey, bearer(API_KEY), bearer(tokenFor('both'))]) assert.equal((await gateway.call('both', 'get_customer', { headers })).status, 200);
  });
  test('whoever brings neither is told of both ways in, and of the document; a bad key is a bad key (RS-2, R16)', async () => {
    const neither = await gateway.call('both', 'get_customer');
    assert.deepEqual([neither.status, neither.json['code'], neither.json['error']], [401, 'credential.either-missing', 'API key or access token required']);
    assert.match(String(neither.json['hint']), /X-API-Key.*resource_metadata.*Authorization: Bearer/);
    assert.equal(challengeOf(neither)['resource_metadata'], `${gateway.origin('both')}${WELL_KNOWN}/mcp`);
    const bad = await gateway.call('both', 'get_customer', { headers: { 'x-api-key': 'sk_live_made_up' } });
    assert.deepEqual([bad.status, bad.json['error']], [401, 'Invalid API key']);
  });
  test('key and token at once are refused (K09)', async () => assert.equal((await gateway.call('both', 'get_customer', { headers: { ...withKey, ...bearer(tokenFor('both')) } })).status, 400));
});

suite('A reload', () => {
  const rewrite = (change: (config: { listeners: { port: number; accept: string[] }[] }) => void): void => {
    const config = JSON.parse(readFileSync(gateway.configFile, 'utf8'));
    change(config);
    writeFileSync(gateway.configFile, JSON.stringify(config));
  };
  const keyAt = async (at: keyof Ports) => (await gateway.call(at, 'get_customer', { headers: withKey })).status;

  test('that moves a listener is refused as a whole; one that opens a way takes effect', async () => {
    rewrite(({ listeners: [first] }) => {
      if (first !== undefined) [first.port, first.accept] = [gateway.ports.tokens + 1, ['api-key']];
    });
    await until('the reload is refused', async () => (gateway.process.stderr().includes('the listeners are others now') ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    assert.equal(await keyAt('tokens'), 401);
    rewrite(({ listeners: [first] }) => {
      if (first !== undefined) [first.port, first.accept] = [gateway.ports.tokens, ['api-key', 'oauth']];
    });
    await until('the key is let in', async () => ((await keyAt('tokens')) === 200 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    assert.equal(await keyAt('keys'), 200);
  });
});
