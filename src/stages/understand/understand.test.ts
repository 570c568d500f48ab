import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GatewayError, type Circumstances } from '../../errors/gateway-error.ts';
import type { Identified, RequestHeaders, Understood } from '../../model/exchange.ts';
import { Hangup } from '../../model/hangup.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { RouteKind } from '../../model/route.ts';
import { Secret } from '../../model/secret.ts';
import { buildUnderstand } from './understand.ts';

const understand = buildUnderstand({ supportedVersions: ['2025-06-18', '2025-11-25', '2026-07-28'] });

interface Sent {
  readonly method?: string;
  readonly kind?: RouteKind;
  readonly headers?: RequestHeaders;
  readonly body?: JsonValue | Buffer;
}

const JSON_HEADERS: RequestHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const MODERN: RequestHeaders = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'echo' };
const META: JsonObject = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
const LEGACY_CALL: JsonObject = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'echo', arguments: { text: 'hi' } } };
const MODERN_CALL: JsonObject = { ...LEGACY_CALL, params: { name: 'echo', _meta: META } };
const RESPONSE: JsonObject = { jsonrpc: '2.0', id: 's-1', result: {} };
const ECHO = [{ kind: 'tool', name: 'echo' }];

/** A request as the stage gets it; reading its body twice, or when there must be no reading, fails the test. */
const identified = ({ method = 'POST', kind = 'mcp', headers = {}, body }: Sent): Identified => {
  let read = 0;
  return {
    id: 'req_1', atMs: 0, startMs: 0, method, path: '/mcp', query: '', flaws: [], address: '127.0.0.1', suspected: false, via: 'header', credentials: [new Secret('a-callers-key')],
    headers: { ...JSON_HEADERS, ...headers },
    hangup: new Hangup(),
    route: { server: 'crm', kind, environment: 'live', acceptedTools: new Set(), timeoutMs: 1000 },
    principal: { subject: 'alice', name: 'key', method: 'api-key', credentialId: 'k1', roles: [], groups: [], permissions: new PermissionSet([]) },
    readBody: () => {
      read += 1;
      if (body === undefined || read > 1) throw new assert.AssertionError({ message: 'the body was read' });
      return Promise.resolve(body instanceof Buffer ? body : Buffer.from(JSON.stringify(body)));
    },
  };
};

const understood = async (sent: Sent): Promise<Understood> => await understand(identified(sent));

const refusalOf = async (sent: Sent): Promise<{ readonly code: string } & Circumstances> => {
  try {
    await understood(sent);
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, ...error.circumstances };
    throw error;
  }
  throw new assert.AssertionError({ message: 'the request was accepted' });
};

suite('A POST becomes a call', () => {
  test('a legacy request keeps its session and its bytes', async () => {
    const { call, sessionId, body } = await understood({ body: LEGACY_CALL, headers: { 'mcp-session-id': 's~1' } });
    assert.deepEqual(call, { kind: 'request', era: 'legacy', id: 7, method: 'tools/call', params: LEGACY_CALL['params'], primitives: ECHO });
    assert.equal(sessionId, 's~1');
    assert.equal(body?.toString(), JSON.stringify(LEGACY_CALL));
  });

  test('a modern request has no session, whatever its headers say (TR-1, M09)', async () => {
    const { call, sessionId } = await understood({ body: MODERN_CALL, headers: { ...MODERN, 'mcp-session-id': 'b\u0000d', 'last-event-id': 'x' } });
    assert.deepEqual(call, { kind: 'request', era: 'modern', id: 7, method: 'tools/call', params: MODERN_CALL['params'], primitives: ECHO });
    assert.equal(sessionId, undefined);
  });

  test('a legacy notification and a legacy response are understood', async () => {
    const { call } = await understood({ body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
    assert.deepEqual(call, { kind: 'notification', era: 'legacy', method: 'notifications/initialized', params: {}, primitives: [] });
    const answered = await understood({ body: RESPONSE, headers: { 'mcp-session-id': 's-1' } });
    assert.deepEqual(answered.call, { kind: 'response', era: 'legacy', id: 's-1' });
  });

  test('a response needs a session, and the modern era has none (N13, TR-1)', async () => {
    assert.equal((await refusalOf({ body: RESPONSE })).code, 'rpc.invalid');
    assert.equal((await refusalOf({ body: RESPONSE, headers: { 'mcp-session-id': 's-1', 'mcp-protocol-version': '2026-07-28' } })).code, 'rpc.invalid');
  });

  test('nothing of the body is read when its headers do not allow to (N10, N11)', async () => {
    assert.equal((await refusalOf({ headers: { 'content-type': 'text/plain' } })).code, 'http.media-type');
    assert.equal((await refusalOf({ headers: { 'content-encoding': 'gzip' } })).code, 'http.encoding');
    assert.equal((await refusalOf({ headers: { accept: 'application/json' } })).code, 'http.not-acceptable');
  });

  test('a session id is visible ASCII of at most 256 characters', async () => {
    assert.equal((await understood({ body: LEGACY_CALL, headers: { 'mcp-session-id': '!'.repeat(256) } })).sessionId?.length, 256);
    for (const id of ['', 'x'.repeat(257), 'a b', 'a\u007f', 'ä', 'a,\tb']) {
      assert.equal((await refusalOf({ body: LEGACY_CALL, headers: { 'mcp-session-id': id } })).code, 'session.unknown', id.slice(0, 10));
    }
  });
});

suite('Headers decide nothing and must not contradict the body (H01, H02, H03)', () => {
  const contradictions: readonly (readonly [string, RequestHeaders, string])[] = [
    ['no headers at all', { 'mcp-protocol-version': undefined, 'mcp-method': undefined, 'mcp-name': undefined }, 'rpc.header-mismatch'],
    ['another name', { 'mcp-name': 'read' }, 'rpc.header-mismatch'],
    ['no name', { 'mcp-name': undefined }, 'rpc.header-mismatch'],
    ['a name encoded twice', { 'mcp-name': '=?base64?PT9iYXNlNjQ/WldOb2J3PT0/PQ==?=' }, 'rpc.header-mismatch'],
    ['another method', { 'mcp-method': 'tools/list' }, 'rpc.header-mismatch'],
    ['no method', { 'mcp-method': undefined }, 'rpc.header-mismatch'],
    ['a legacy version', { 'mcp-protocol-version': '2025-11-25' }, 'rpc.header-mismatch'],
    ['an unreadable parameter', { 'mcp-param-region': '=?base64?x?=' }, 'rpc.header-mismatch'],
  ];
  for (const [title, headers, code] of contradictions) {
    test(`a modern body with ${title} is refused with its id`, async () => {
      const { code: refused, rpcId } = await refusalOf({ body: MODERN_CALL, headers: { ...MODERN, ...headers } });
      assert.deepEqual({ refused, rpcId }, { refused: code, rpcId: 7 });
    });
  }

  test('an orphan Mcp-Name is refused', async () => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: META } };
    assert.equal((await refusalOf({ body, headers: { ...MODERN, 'mcp-method': 'tools/list' } })).code, 'rpc.header-mismatch');
    assert.equal((await understood({ body, headers: { ...MODERN, 'mcp-method': 'tools/list', 'mcp-name': undefined } })).call.kind, 'request');
  });

  test('a legacy body is read alone, whatever modern headers it carries', async () => {
    const headers = { 'mcp-protocol-version': '2025-11-25', 'mcp-method': 'tools/list', 'mcp-name': '=?base64?!?=', 'mcp-param-x': '\u00ff' };
    const { call } = await understood({ body: LEGACY_CALL, headers });
    assert.equal(call.kind === 'request' && call.method, 'tools/call');
    assert.equal((await refusalOf({ body: LEGACY_CALL, headers: MODERN })).code, 'rpc.params');
  });
});

suite('A refusal carries the id as soon as it can be read (TR-12)', () => {
  const rows: readonly (readonly [string, Sent, string, number | undefined])[] = [
    ['malformed JSON', { body: Buffer.from('{"id":7') }, 'rpc.parse', undefined],
    ['an empty body', { body: Buffer.alloc(0) }, 'rpc.parse', undefined],
    ['a repeated name', { body: Buffer.from('{"id":7,"id":7}') }, 'rpc.invalid', undefined],
    ['a batch', { body: [LEGACY_CALL] }, 'rpc.invalid', undefined],
    ['an unknown member', { body: { ...LEGACY_CALL, Method: 'x' } }, 'rpc.invalid', 7],
    ['an unknown method', { body: { ...LEGACY_CALL, method: 'tools/Call' } }, 'rpc.unknown-method', 7],
    ['a method of the other era', { body: { ...LEGACY_CALL, method: 'server/discover' } }, 'rpc.unknown-method', 7],
    ['initialize in the modern era', { body: { ...MODERN_CALL, method: 'initialize' }, headers: { ...MODERN, 'mcp-method': 'initialize' } }, 'rpc.unknown-method', 7],
    ['a removed method without its params', { body: { ...MODERN_CALL, method: 'resources/subscribe' }, headers: { ...MODERN, 'mcp-method': 'resources/subscribe' } }, 'rpc.unknown-method', 7],
    ['a missing name', { body: { ...LEGACY_CALL, params: {} } }, 'rpc.params', 7],
    ['an unsupported version', { body: LEGACY_CALL, headers: { 'mcp-protocol-version': '2024-01-01' } }, 'rpc.version', 7],
    ['a bad session', { body: LEGACY_CALL, headers: { 'mcp-session-id': ' ' } }, 'session.unknown', 7],
    ['an odd notification', { body: { jsonrpc: '2.0', method: 'notifications/message' } }, 'rpc.unknown-method', undefined],
    ['a modern notification', { body: { jsonrpc: '2.0', method: 'notifications/cancelled' }, headers: MODERN }, 'rpc.unknown-method', undefined],
  ];
  for (const [title, sent, code, id] of rows) {
    test(`${title}: ${code}, id ${id ?? 'unknown'}`, async () => {
      const { code: refused, rpcId } = await refusalOf(sent);
      assert.deepEqual({ refused, rpcId }, { refused: code, rpcId: id });
    });
  }
});

suite('Requests without a body', () => {
  const stream = { method: 'GET', headers: { accept: 'text/event-stream' } };

  test('GET opens a legacy stream and DELETE ends a session, with or without a session id', async () => {
    for (const id of ['s-1', undefined]) {
      const opened = await understood({ method: 'GET', headers: { accept: 'text/event-stream', 'mcp-session-id': id } });
      assert.deepEqual([opened.call, opened.sessionId, opened.body], [{ kind: 'stream', era: 'legacy' }, id, undefined]);
      const ended = await understood({ method: 'DELETE', headers: { 'mcp-session-id': id, 'mcp-protocol-version': '2025-06-18' } });
      assert.deepEqual([ended.call, ended.sessionId, ended.body], [{ kind: 'end', era: 'legacy' }, id, undefined]);
    }
  });

  test('the modern era has neither (TR-1, M09)', async () => {
    for (const method of ['GET', 'DELETE']) {
      for (const version of ['2026-07-28', '2027-01-01']) {
        const { code, headers } = await refusalOf({ method, headers: { accept: 'text/event-stream', 'mcp-protocol-version': version } });
        assert.deepEqual({ code, headers }, { code: 'http.method-not-allowed', headers: { Allow: 'POST' } });
      }
    }
  });

  test('a stream must be asked for, in a version we speak, with a possible session', async () => {
    assert.equal((await refusalOf({ ...stream, headers: { accept: '*/*' } })).code, 'http.not-acceptable');
    assert.equal((await refusalOf({ ...stream, headers: { ...stream.headers, 'mcp-protocol-version': '2024-01-01' } })).code, 'rpc.version');
    assert.equal((await refusalOf({ ...stream, headers: { ...stream.headers, 'mcp-session-id': 'a b' } })).code, 'session.unknown');
  });

  test('any other method is refused (P06)', async () => {
    for (const method of ['PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'get', 'Post']) {
      const { code, headers } = await refusalOf({ method });
      assert.deepEqual({ code, headers }, { code: 'http.method-not-allowed', headers: { Allow: 'GET, POST, DELETE' } });
    }
  });

  test('the status page is for GET alone', async () => {
    const { call, sessionId } = await understood({ kind: 'status', method: 'GET', headers: { 'mcp-session-id': 's-1' } });
    assert.deepEqual({ call, sessionId }, { call: { kind: 'status' }, sessionId: undefined });
    for (const method of ['POST', 'DELETE', 'HEAD']) {
      const { code, headers } = await refusalOf({ kind: 'status', method });
      assert.deepEqual({ code, headers }, { code: 'http.method-not-allowed', headers: { Allow: 'GET' } });
    }
  });
});
