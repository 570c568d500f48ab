import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anInbound, aRoute } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { Detour, type Inbound, type Reply, type RequestHeaders, type Routed } from '../../model/exchange.ts';
import { LOOPBACK_HOSTS } from './origin.ts';
import { EXPOSED_HEADERS } from './preflight.ts';
import { buildRoute } from './route.ts';

const HOST: RequestHeaders = { host: 'localhost:3210' };

const routing = (...servers: readonly string[]) => {
  const route = buildRoute({ routes: servers.map((server) => aRoute({ server })), allowedHosts: LOOPBACK_HOSTS, allowedOrigins: new Set() });
  return (path: string, more: Partial<Inbound> = {}): Routed => route(anInbound({ path, headers: HOST, ...more }));
};

suite('A path leads', () => {
  test('to the only server by /mcp and by its name, with or without a slash at the end (W6)', () => {
    const to = routing('crm');
    for (const path of ['/mcp', '/mcp/', '/crm/mcp', '/crm/mcp/']) assert.deepEqual([to(path).route.server, to(path).route.kind], ['crm', 'mcp'], path);
    for (const path of ['/mcp/status', '/mcp/status/', '/crm/mcp/status', '/crm/mcp/status/']) assert.deepEqual([to(path).route.server, to(path).route.kind], ['crm', 'status'], path);
  });

  test('to each of several servers by its name alone', () => {
    const to = routing('crm', 'wiki');
    assert.deepEqual(['/crm/mcp', '/wiki/mcp', '/wiki/mcp/status'].map((path) => to(path).route.server), ['crm', 'wiki', 'wiki']);
    assert.equal(refusalOf(() => to('/mcp')).code, 'http.not-found');
  });

  test('to a server with all that was configured for it', () => {
    const route = buildRoute({ routes: [aRoute({ environment: 'test', timeoutMs: 7, acceptedTools: new Set(['x y']) })], allowedHosts: LOOPBACK_HOSTS, allowedOrigins: new Set() });
    const { environment, timeoutMs, acceptedTools } = route(anInbound({ path: '/mcp/status', headers: HOST })).route;
    assert.deepEqual([environment, timeoutMs, [...acceptedTools]], ['test', 7, ['x y']]);
  });
});

suite('A path in any other spelling leads nowhere: nothing is decoded, normalised or guessed (P04)', () => {
  const ELSEWHERE = [
    '', '/', '*', '//mcp', '/MCP', '/Mcp', '/mcp//', '/mcp%2f', '/%6dcp', '/./mcp', '/crm/../mcp', '/public/..%2fmcp', '/mcp;x', '/mcp;', '/mcp#', '/mcp/x', '/mcp\\', '\\mcp', '/mcp ', ' /mcp', '/mcp\u0000', '/mcp/status/x', '/status',
    '/crm', '/crm/', '/CRM/mcp', '/crm%2fmcp', '/crm/mcp/{id}', 'mcp', 'http://localhost/mcp', 'localhost:3210', '/mcp?', '/__proto__/mcp', '/constructor', '/toString/mcp',
  ];
  for (const path of ELSEWHERE) test(JSON.stringify(path), () => assert.equal(refusalOf(() => routing('crm')(path)).code, 'http.not-found'));

  test('and neither does one that an internal header names (P05)', () => {
    const headers = { ...HOST, 'x-forwarded-uri': '/mcp', 'x-original-url': '/mcp', 'x-rewrite-url': '/mcp', 'x-http-method-override': 'GET', 'user-agent': 'kube-probe/1.30' };
    assert.equal(refusalOf(() => routing('crm')('/admin', { headers })).code, 'http.not-found');
  });
});

suite('Host and Origin are checked before there is any route (M07, TR-2)', () => {
  test('a foreign host is refused on an unknown path too', () => {
    assert.equal(refusalOf(() => routing('crm')('/nowhere', { headers: { host: 'evil.example' } })).code, 'http.host-refused');
  });
});

suite('A preflight', () => {
  const preflight = (path: string, headers: RequestHeaders): Extract<Reply, { kind: 'whole' }> => {
    try {
      routing('crm')(path, { method: 'OPTIONS', headers: { ...HOST, ...headers } });
    } catch (thrown) {
      if (thrown instanceof Detour && thrown.reply.kind === 'whole') return thrown.reply;
      throw thrown;
    }
    throw new assert.AssertionError({ message: 'OPTIONS went on' });
  };
  const PAGE: RequestHeaders = { origin: 'http://localhost:5173', 'access-control-request-headers': 'content-type, x-api-key' };

  test('of an allowed origin leaves the pipeline with what may be sent, and nothing of what is there (P06)', () => {
    assert.deepEqual(preflight('/mcp', PAGE), {
      kind: 'whole', status: 204, body: '',
      headers: {
        Allow: 'GET, POST, DELETE, OPTIONS', 'Access-Control-Allow-Origin': 'http://localhost:5173', 'Access-Control-Expose-Headers': EXPOSED_HEADERS, Vary: 'Origin',
        'Access-Control-Allow-Methods': 'GET, POST, DELETE', 'Access-Control-Allow-Headers': 'content-type, x-api-key', 'Access-Control-Max-Age': '600',
      },
    });
  });

  test('never allows credentials mode, nor any origin (P06)', () => {
    const { headers } = preflight('/mcp', PAGE);
    assert.equal('Access-Control-Allow-Credentials' in headers, false);
    assert.notEqual(headers['Access-Control-Allow-Origin'], '*');
  });

  test('of an evil origin, or for an unknown path, is refused like any other request', () => {
    assert.equal(refusalOf(() => preflight('/mcp', { origin: 'https://evil.example' })).code, 'http.origin-refused');
    assert.equal(refusalOf(() => preflight('/nowhere', PAGE)).code, 'http.not-found');
  });

  test('echoes no header list that is none', () => {
    for (const odd of ['x\r\nSet-Cookie: a=b', 'x; y', '"x"', 'x:y', 'ä']) assert.equal(preflight('/mcp', { ...PAGE, 'access-control-request-headers': odd }).headers['Access-Control-Allow-Headers'], '', odd);
    assert.equal(preflight('/mcp', { origin: 'http://localhost' }).headers['Access-Control-Allow-Headers'], '');
  });

  test('without an origin is a plain OPTIONS: it tells the methods and allows nobody anything', () => {
    assert.deepEqual(preflight('/mcp', {}).headers, { Allow: 'GET, POST, DELETE, OPTIONS' });
  });

  test('lets a page read what clients need (W7)', () => {
    for (const name of ['WWW-Authenticate', 'DPoP-Nonce', 'Mcp-Session-Id', 'Mcp-Protocol-Version', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id']) assert.ok(EXPOSED_HEADERS.split(', ').includes(name), name);
  });
});
