import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { ALPHA_TOKEN, KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { saying } from '../world/canary-upstream.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';

/** Group J of the threat list as far as it concerns a gateway of keys: what reaches a handler, and what goes on from it. */

const world = await AttackWorld.start({ keys: { 'a key with ?&= in it 0123456789': { name: 'Odd', userId: 'odd', permissions: ['*'] } } });
after(() => world[Symbol.asyncDispose]());

/** The request is refused so; the reply is of no further interest. */
const refused = async (...attack: Parameters<AttackWorld['refuses']>): Promise<void> => {
  await world.refuses(...attack);
};

const JSON_HEADERS = { 'Content-Type': 'application/json' };

suite("The caller's credential never travels on", () => {
  const noTrace = (secret: string, from: number): void => {
    const heard = world.canary.capture.subarray(from).toString('latin1');
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')]) {
      assert.ok(!heard.toLowerCase().includes(form.toLowerCase()), `the upstream heard ${form}`);
    }
  };
  const places: Readonly<Record<string, Parameters<typeof calling>[1]>> = {
    'in its header': { key: KEYS.full },
    'as a bearer': { key: null, headers: [['Authorization', `Bearer ${KEYS.full}`]] },
    'in the query': { key: null, target: `/alpha/mcp?api_key=${KEYS.full}` },
    'in the query beside other things': { key: null, target: `/alpha/mcp?x=1&api_key=${KEYS.full}&access_token=t` },
    'repeated in a cookie': { key: KEYS.full, headers: [['Cookie', `session=${KEYS.full}`]] },
    'repeated in User-Agent and Referer': { key: KEYS.full, headers: [['User-Agent', `x/${KEYS.full}`], ['Referer', `http://127.0.0.1/?k=${KEYS.full}`]] },
    'repeated in headers of proxies': { key: KEYS.full, headers: [['X-Forwarded-For', KEYS.full], ['Forwarded', `for=${KEYS.full}`], ['DPoP', KEYS.full], ['X_API_KEY', KEYS.full], ['Proxy-Authorization', `Basic ${KEYS.full}`]] },
  };
  const base64 = Buffer.from(`-${KEYS.full}-`).toString('base64');
  const texts: Readonly<Record<string, Parameters<typeof calling>[1]>> = {
    'copied into the language and the trace': { key: KEYS.full, headers: [['Accept-Language', `en, ${KEYS.full}`], ['tracestate', `a=${KEYS.full}`], ['traceparent', KEYS.full]] },
    'copied in base64 and in hexadecimal': { key: KEYS.full, headers: [['tracestate', `a=${base64}`], ['Accept-Language', Buffer.from(KEYS.full).toString('hex')]] },
    'copied into a mirrored parameter': { key: KEYS.full, headers: [['Mcp-Param-Region', KEYS.full], ['Mcp-Param-Zone', `=?base64?${Buffer.from(KEYS.full).toString('base64')}?=`]] },
    'copied into Accept': { key: KEYS.full, headers: [['Accept', `application/json, text/event-stream, x/${KEYS.full}`]], without: ['accept'] },
  };
  for (const [name, asked] of Object.entries({ ...places, ...texts })) {
    test(`[P02] ${name}`, async () => {
      const from = world.canary.capture.length;
      await world.passes(calling('get_thing', asked));
      noTrace(KEYS.full, from);
    });
  }

  test("[P02] control: the gateway's own credential does", async () => {
    const from = world.canary.capture.length;
    await world.passes(calling('get_thing', { key: KEYS.full }));
    assert.ok(world.canary.capture.subarray(from).toString('latin1').includes(ALPHA_TOKEN));
  });

  test('[P02] a caller cannot displace the gateway\'s own credential, nor have Connection remove it', async () => {
    const from = world.canary.capture.length;
    await world.passes(calling('get_thing', { key: KEYS.full, headers: [['authorization', 'Basic Zm9v']], without: ['connection'] }));
    await world.passes(calling('get_thing', { key: KEYS.full, headers: [['Connection', 'close, Authorization, Mcp-Method']], without: ['connection'] }));
    const heard = world.canary.capture.subarray(from).toString('latin1');
    assert.equal(heard.split(ALPHA_TOKEN).length, 3);
    assert.ok(!heard.includes('Zm9v'));
  });
});

suite('Only a path that is spelled exactly leads anywhere', () => {
  const paths = [
    '/', '/mcp', '/alpha', '/alpha/mcp/x', '/alpha/mcp/status/x', '//alpha/mcp', '/alpha//mcp', '/ALPHA/mcp', '/alpha/MCP', '/alpha/mcp%2f', '/alpha/mcp%2Fstatus', '/alpha%2fmcp',
    '/%61lpha/mcp', '/public/..%2falpha/mcp', '/public/../alpha/mcp', '/./alpha/mcp', '/alpha/./mcp', '/alpha/mcp/..', '/alpha/mcp;x', '/alpha;x/mcp', '/alpha/mcp#', '/alpha/mcp#/x', '/alpha/mcp%00',
    '/alpha\\mcp', 'http://127.0.0.1/alpha/mcp', 'http://evil.example/alpha/mcp', '*', '/beta/../alpha/mcp', '/alpha/mcp%20', '/alpha/mcp.json', '/__proto__/mcp', '/constructor/mcp',
  ];
  for (const target of paths) {
    test(`[P04] ${target}`, () => refused(calling('get_thing', { key: KEYS.full, target }), { status: 404, code: 'http.not-found' }));
  }
  for (const target of ['alpha/mcp', '\\alpha\\mcp', '?x']) {
    test(`[P04] ${target} is no request target at all`, () => refused(calling('get_thing', { key: KEYS.full, target }), { status: 400, code: 'http.malformed' }));
  }
  for (const target of ['/alpha/mcp', '/alpha/mcp/', '/alpha/mcp?x=/beta/mcp']) test(`[P04] control: ${target} does`, () => world.passes(calling('get_thing', { key: KEYS.full, target })).then(() => undefined));

  test('[P04] unknown well-known paths are JSON, and no document (W1, W2)', async () => {
    for (const path of ['oauth-protected-resource', 'oauth-protected-resource/alpha/mcp', 'oauth-authorization-server', 'openid-configuration', 'x']) {
      const reply = await world.refuses(bodiless('GET', { key: null, target: `/.well-known/${path}` }), { status: 404, code: 'http.not-found' });
      assert.match(reply.headers.get('content-type')?.[0] ?? '', /json/);
      assert.deepEqual(reply.headers.get('www-authenticate'), undefined);
    }
  });
});

suite('Headers that claim a role have no effect', () => {
  const claims: readonly (readonly [string, string])[] = [
    ['User-Agent', 'GoogleHC/1.0'], ['User-Agent', 'kube-probe/1.30'], ['X-Forwarded-Uri', '/healthz'], ['X-Original-URL', '/healthz'], ['X-Rewrite-URL', '/alpha/mcp/status'],
    ['X-HTTP-Method-Override', 'GET'], ['X-Forwarded-Host', 'internal'], ['X-Internal-Route', '1'], ['X-Role', 'admin'], ['X-User', 'full@company.com'], ['X-Real-IP', '127.0.0.1'],
  ];
  for (const [name, value] of claims) test(`[P05] ${name}: ${value}`, () => refused(calling('get_thing', { key: null, headers: [[name, value]] }), { status: 401, code: 'credential.missing' }));
  test('[P05] nor for a key without permission', () => refused(calling('delete_thing', { key: KEYS.reader, headers: [['X-Role', 'admin'], ['X-Scope', '*']] }), { status: 403, code: 'permission.denied' }));
});

suite('Other methods touch nothing', () => {
  for (const method of ['TRACE', 'HEAD', 'PUT', 'PATCH', 'PROPFIND', 'QUERY']) {
    test(`[P06] ${method}`, async () => {
      const reply = await world.refuses(bodiless(method, { key: KEYS.full }), { status: 405, code: 'http.method-not-allowed' });
      assert.match(reply.headers.get('allow')?.[0] ?? '', /POST/);
    });
  }
  test('[P06] PRI, the preface of HTTP/2', () => refused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { status: 400, code: 'http.malformed' }));
  test('[P06] CONNECT', () => refused('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', { status: 405, code: 'http.malformed' }));

  test('[P06] a preflight of a foreign origin is refused, and without any Access-Control header', async () => {
    const reply = await world.refuses(bodiless('OPTIONS', { key: null, headers: [['Origin', 'https://evil.example'], ['Access-Control-Request-Method', 'POST']] }), { status: 403, code: 'http.origin-refused' });
    assert.deepEqual([...reply.headers.keys()].filter((name) => name.startsWith('access-control')), []);
  });

  test('[P06] control: a preflight of this machine is answered, without credentials mode and with no data', async () => {
    const { position } = world;
    const reply = await world.send(bodiless('OPTIONS', { key: null, headers: [['Origin', 'http://localhost:6274'], ['Access-Control-Request-Method', 'POST'], ['Access-Control-Request-Headers', 'x-api-key, mcp-method']] }));
    assert.equal(reply.status, 204);
    assert.equal(reply.body, '');
    assert.deepEqual(reply.headers.get('access-control-allow-origin'), ['http://localhost:6274']);
    assert.equal(reply.headers.has('access-control-allow-credentials'), false);
    assert.equal((await world.callsOnceThere(position, 1)).length, 1);
  });
});

suite('What an upstream says to the gateway is not passed on as its own word', () => {
  const hostile: Readonly<Record<string, { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly code: 'upstream.unauthorized' | 'upstream.answer-refused' }>> = {
    'a 401 with a challenge': { status: 401, headers: { 'WWW-Authenticate': 'Bearer resource_metadata="http://evil.example"' }, code: 'upstream.unauthorized' },
    'a 403': { status: 403, headers: JSON_HEADERS, code: 'upstream.unauthorized' },
    'a 407': { status: 407, headers: { 'Proxy-Authenticate': 'Basic' }, code: 'upstream.unauthorized' },
    'a redirect': { status: 307, headers: { Location: 'http://evil.example/' }, code: 'upstream.answer-refused' },
    'a redirect of 302': { status: 302, headers: { Location: '/elsewhere' }, code: 'upstream.answer-refused' },
    'a page': { status: 200, headers: { 'Content-Type': 'text/html' }, code: 'upstream.answer-refused' },
    'a failure without JSON': { status: 500, headers: { 'Content-Type': 'text/html' }, code: 'upstream.answer-refused' },
  };
  for (const [name, { status, headers, code }] of Object.entries(hostile)) {
    test(`[P07] ${name}`, async () => {
      using _told = world.canary.when('get_other', saying(status, headers, () => '<b>inside: db.internal stack at x.js:1:1</b>'));
      const reply = await world.refuses(calling('get_other', { key: KEYS.full }), { status: 502, code, reached: 1 });
      assert.doesNotMatch(reply.text, /evil|Location|db\.internal|resource_metadata|Proxy-Auth/i);
    });
  }

  test('[P07] cookies, challenges, servers and caching of a good answer are dropped', async () => {
    const extra = { ...JSON_HEADERS, 'Set-Cookie': 'a=b', 'WWW-Authenticate': 'Bearer', Server: 'inside/1', Location: '/x', 'X-Powered-By': 'inside', 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public' };
    using _told = world.canary.when('get_other', saying(200, extra, () => '{"jsonrpc":"2.0","id":1,"result":{}}'));
    const reply = await world.passes(calling('get_other', { key: KEYS.full }));
    for (const name of ['set-cookie', 'www-authenticate', 'server', 'location', 'x-powered-by', 'access-control-allow-origin', 'cache-control']) assert.equal(reply.headers.has(name), false, name);
  });
});
