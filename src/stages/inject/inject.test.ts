import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anAdmitted, aRequest, aRoute } from '../../../test/world/exchanges.ts';
import type { Admitted, RequestHeaders } from '../../model/exchange.ts';
import { Secret } from '../../model/secret.ts';
import { buildInject } from './inject.ts';

const OWN = new Map([['crm', { authorization: new Secret('Bearer upstream'), 'x-tenant': 'acme' }]]);

const MODERN = aRequest('tools/list', {}, { era: 'modern' });

const sent = (headers: RequestHeaders, more: Partial<Admitted> = {}, own: Parameters<typeof buildInject>[0] = new Map()): Readonly<Record<string, string>> => buildInject(own)(anAdmitted({ headers, ...more })).upstreamHeaders;

suite('Nothing of the caller that could be a credential goes upstream (P02, MCP: no token passthrough)', () => {
  const WITHHELD: RequestHeaders = {
    authorization: 'Bearer caller', 'x-api-key': 'caller', cookie: 'a=caller', dpop: 'caller', 'proxy-authorization': 'Basic caller', 'x-forwarded-client-cert': 'caller', 'x_ssl_client_cert': 'caller', 'x-gw-user': 'caller', 'x-connector': 'caller',
    referer: 'https://host/?api_key=caller', origin: 'https://caller', host: 'caller', 'x-forwarded-for': 'caller', forwarded: 'for=caller', 'content-length': '9', 'transfer-encoding': 'chunked', connection: 'Authorization, X-Gw-User', te: 'trailers', upgrade: 'h2c', expect: '100-continue', 'accept-encoding': 'gzip', 'user-agent': 'caller', ['__proto__']: 'caller', constructor: 'caller',
  };
  for (const name of Object.keys(WITHHELD)) {
    test(`not ${name}, in either era`, () => {
      assert.deepEqual(sent({ [name]: 'caller' }), {});
      assert.deepEqual(sent({ [name]: 'caller' }, { call: MODERN }), {});
    });
  }

  test('nor the query', () => assert.equal(JSON.stringify(sent({}, { query: 'api_key=caller' })).includes('caller'), false));
});

suite('What may go upstream stays here when it holds the credential of the caller, in whatever form (P02)', () => {
  const KEY = 'sally_live_0123456789abcdef';
  const FORMS: readonly string[] = [KEY, KEY.toUpperCase(), encodeURIComponent(KEY), Buffer.from(KEY).toString('hex'), Buffer.from(`x${KEY}y`).toString('base64'), `en;${KEY}`];
  for (const name of ['accept-language', 'traceparent', 'tracestate', 'mcp-param-key']) {
    test(name, () => {
      for (const form of FORMS) assert.deepEqual(sent({ [name]: form }, { call: MODERN, credentials: [new Secret(KEY)] }), {}, form);
      assert.deepEqual(sent({ [name]: 'harmless' }, { call: MODERN, credentials: [new Secret(KEY)] }), { [name]: 'harmless' });
    });
  }

  test('nor does one of two that were asked for together', () => {
    const credentials = [new Secret(KEY), new Secret('the-token-beside-the-key')];
    for (const held of [KEY, 'the-token-beside-the-key']) assert.deepEqual(sent({ tracestate: `a=${held}` }, { call: MODERN, credentials }), {}, held);
    assert.deepEqual(sent({ tracestate: 'a=b' }, { call: MODERN, credentials }), { tracestate: 'a=b' });
  });

  test('accept, in place of which the usual one goes', () => {
    assert.deepEqual(sent({ accept: `application/json;x=${KEY}` }, { credentials: [new Secret(KEY)] }), { accept: 'application/json, text/event-stream' });
  });

  test('last-event-id', () => {
    const call = { kind: 'stream', era: 'legacy' } as const;
    assert.deepEqual(sent({ 'last-event-id': KEY }, { call, sessionId: 's-1', credentials: [new Secret(KEY)] }), { 'mcp-session-id': 's-1' });
  });
});

suite('What goes upstream of the caller', () => {
  const PASSED = { accept: 'a', 'content-type': 'b', 'mcp-protocol-version': 'c', traceparent: 'f', tracestate: 'g', 'accept-language': 'h' };
  const MIRRORS = { 'mcp-method': 'd', 'mcp-name': 'e' };

  test('is an allow-list, byte for byte (H11)', () => {
    assert.deepEqual(sent({ ...PASSED, 'x-other': 'z' }), PASSED);
    assert.deepEqual(sent({ ...PASSED, ...MIRRORS, 'x-other': 'z' }, { call: MODERN }), { ...PASSED, ...MIRRORS });
  });

  test('is in the legacy era no header that repeats the body: nobody has compared the two (H03)', () => {
    assert.deepEqual(sent({ ...PASSED, ...MIRRORS }), PASSED);
  });

  test('is in the modern era its mirrored parameters too, and in the legacy one none of them', () => {
    const headers: RequestHeaders = { 'mcp-param-region': 'eu', 'mcp-param-': 'x', 'x-mcp-param-a': 'y' };
    assert.deepEqual(sent(headers, { call: MODERN }), { 'mcp-param-region': 'eu', 'mcp-param-': 'x' });
    assert.deepEqual(sent(headers), {});
    assert.deepEqual(sent(headers, { call: { kind: 'status' } }), {});
  });

  test('is in a session where its stream stopped; without one, and in the modern era, it is ignored (TR-1, M09)', () => {
    const call = { kind: 'stream', era: 'legacy' } as const;
    assert.deepEqual(sent({ 'last-event-id': '7' }, { call, sessionId: 's-1' }), { 'last-event-id': '7', 'mcp-session-id': 's-1' });
    assert.deepEqual(sent({ 'last-event-id': '7' }, { call }), {});
    assert.deepEqual(sent({ 'last-event-id': '7' }, { call: MODERN }), {});
  });

  test('is a session only as understand has judged it, never as the header says', () => {
    assert.deepEqual(sent({ 'mcp-session-id': 'forged' }), {});
    assert.deepEqual(sent({ 'mcp-session-id': 'forged' }, { sessionId: 's-1' }), { 'mcp-session-id': 's-1' });
  });
});

suite("The gateway's own headers", () => {
  test('are added last, so that no caller can displace them (H08)', () => {
    const own = new Map([['crm', { accept: 'own', 'mcp-param-x': 'own', 'mcp-session-id': 'own', authorization: new Secret('Bearer upstream') }]]);
    const headers = sent({ accept: 'caller', authorization: 'Bearer caller', 'mcp-param-x': 'caller' }, { call: MODERN, sessionId: 's' }, own);
    assert.deepEqual(headers, { accept: 'own', 'mcp-param-x': 'own', 'mcp-session-id': 'own', authorization: 'Bearer upstream' });
  });

  test('go to their server and to no other', () => {
    assert.deepEqual(sent({}, {}, OWN), { authorization: 'Bearer upstream', 'x-tenant': 'acme' });
    assert.deepEqual(sent({}, { route: aRoute({ server: 'wiki' }) }, OWN), {});
    assert.deepEqual(sent({}, { route: aRoute({ server: 'constructor' }) }, OWN), {});
  });

  test('are not seen in what the exchange still says of its own headers', () => {
    const prepared = buildInject(OWN)(anAdmitted({ headers: { accept: 'a' } }));
    assert.deepEqual(prepared.headers, { accept: 'a' });
  });
});

suite('Where traces are told, the trace of the server', () => {
  const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const traced = (headers: RequestHeaders, more: Partial<Admitted> = {}): Readonly<Record<string, string>> => buildInject(new Map(), { ratio: 0 })(anAdmitted({ id: 'req_0mabcdefg0123456789abcdef', headers, ...more })).upstreamHeaders;

  test('goes on from the caller\'s, with a span of ours as its parent (W3C Trace Context §3.4)', () => {
    const { traceparent = '', ...rest } = traced({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=b', 'accept-language': 'de' });
    assert.match(traceparent, new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-01$`));
    assert.deepEqual(rest, { tracestate: 'a=b', 'accept-language': 'de' });
  });

  test('begins here where there is none that can be read, and then nothing of the caller\'s state goes on', () => {
    for (const headers of [{}, { tracestate: 'a=b' }, { traceparent: 'x', tracestate: 'a=b' }] as RequestHeaders[]) {
      const { traceparent = '', ...rest } = traced(headers);
      assert.match(traceparent, /^00-[0-9a-f]{16}0123456789abcdef-[0-9a-f]{16}-00$/);
      assert.deepEqual(rest, {});
    }
  });

  test('takes no state along that cannot be read, is too long, or holds the credential of the caller (P02)', () => {
    const key = 'sally_live_0123456789abcdef';
    for (const tracestate of ['A B', `a=${'x'.repeat(600)}`, `a=${key}`]) assert.deepEqual(Object.keys(traced({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate }, { credentials: [new Secret(key)] })), ['traceparent'], tracestate);
  });
});
