import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../errors/catalogue.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Message } from './envelope.ts';
import { decideEra } from './era.ts';

const SUPPORTED = ['2025-06-18', '2025-11-25', '2026-07-28'];
const META: JsonObject = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

const request = (meta: JsonObject | string | null | undefined, method = 'tools/list'): Message => ({ kind: 'request', id: 1, method, params: meta === undefined ? {} : { _meta: meta } });
const metaWith = (version: string, more: JsonObject = {}): JsonObject => ({ ...META, 'io.modelcontextprotocol/protocolVersion': version, ...more });
const metaWithout = (name: string): JsonObject => Object.fromEntries(Object.entries(META).filter(([key]) => !key.endsWith(name)));
const headers = (version: string | undefined, method: string | undefined = 'tools/list'): RequestHeaders => ({ 'mcp-protocol-version': version, 'mcp-method': method });
const NOTIFICATION: Message = { kind: 'notification', method: 'notifications/initialized', params: {} };
const RESPONSE: Message = { kind: 'response', id: 's-1' };

const decided = (message: Message, given: RequestHeaders, supported = SUPPORTED): string => {
  try {
    return decideEra(message, given, supported);
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
};

suite('The era of a message is decided by the table of mcp-spec.md §1.6', () => {
  const rows: readonly (readonly [string, Message, RequestHeaders, 'legacy' | 'modern' | ErrorCode])[] = [
    ['no version anywhere', request(undefined), {}, 'legacy'],
    ['a legacy header', request(undefined), headers('2025-11-25'), 'legacy'],
    ['a legacy header and other _meta', request({ progressToken: 1 }), headers('2025-06-18'), 'legacy'],
    ['an unknown legacy header', request(undefined), headers('2024-01-01'), 'rpc.version'],
    ['an empty header', request(undefined), headers(''), 'rpc.version'],
    ['a doubled header', request(undefined), headers('2025-06-18, 2025-06-18'), 'rpc.version'],
    ['_meta of another type', request('x'), {}, 'rpc.params'],
    ['_meta null', request(null), {}, 'rpc.params'],
    ['initialize', request(undefined, 'initialize'), {}, 'legacy'],
    ['initialize with a header that is not yet agreed', request(undefined, 'initialize'), headers('2024-11-05'), 'legacy'],
    ['initialize under the modern header', request(undefined, 'initialize'), headers('2026-07-28', 'initialize'), 'rpc.header-mismatch'],
    ['initialize with a modern envelope, which only its method refuses', request(META, 'initialize'), headers('2026-07-28', 'initialize'), 'modern'],
    ['a notification', NOTIFICATION, {}, 'legacy'],
    ['a notification with a legacy header', NOTIFICATION, headers('2025-11-25'), 'legacy'],
    ['a notification with an unknown header', NOTIFICATION, headers('2020-01-01'), 'rpc.version'],
    ['a notification under the modern header', NOTIFICATION, headers('2026-07-28'), 'modern'],
    ['a response', RESPONSE, headers('2025-11-25'), 'legacy'],
    ['a response under the modern header', RESPONSE, headers('2026-07-28'), 'rpc.invalid'],
    ['modern in body and header', request(META), headers('2026-07-28'), 'modern'],
    ['modern with white space around header values', request(META), headers(' 2026-07-28 ', '\ttools/list'), 'modern'],
    ['a modern body without header', request(META), {}, 'rpc.header-mismatch'],
    ['a modern body with a legacy header', request(META), headers('2025-11-25'), 'rpc.header-mismatch'],
    ['a modern body without Mcp-Method', request(META), { 'mcp-protocol-version': '2026-07-28' }, 'rpc.header-mismatch'],
    ['a modern body with another Mcp-Method', request(META), headers('2026-07-28', 'tools/call'), 'rpc.header-mismatch'],
    ['a modern header without _meta', request(undefined), headers('2026-07-28'), 'rpc.params'],
    ['a modern header, _meta without version', request(metaWithout('protocolVersion')), headers('2026-07-28'), 'rpc.params'],
    ['no capabilities', request(metaWithout('clientCapabilities')), headers('2026-07-28'), 'rpc.params'],
    ['capabilities of another type', request(metaWith('2026-07-28', { 'io.modelcontextprotocol/clientCapabilities': [] })), headers('2026-07-28'), 'rpc.params'],
    ['clientInfo of another type', request(metaWith('2026-07-28', { 'io.modelcontextprotocol/clientInfo': 'x' })), headers('2026-07-28'), 'rpc.params'],
    ['a version of another type', request({ ...META, 'io.modelcontextprotocol/protocolVersion': 2026 }), {}, 'rpc.params'],
    ['a version that is no text to repeat', request(metaWith('2026\u0007')), {}, 'rpc.params'],
    ['an unknown version in body and header', request(metaWith('v999.0.0')), headers('v999.0.0'), 'rpc.version'],
    ['an unknown version in the body alone', request(metaWith('2027-01-01')), {}, 'rpc.version'],
    ['an unknown version in the body, a known header', request(metaWith('v999.0.0')), headers('2026-07-28'), 'rpc.header-mismatch'],
    ['a known version in the body, an unknown header', request(META), headers('v999.0.0'), 'rpc.header-mismatch'],
    ['a legacy version in the envelope', request(metaWith('2025-11-25')), headers('2025-11-25'), 'rpc.version'],
    ['an unknown modern header without _meta', request(undefined), headers('2027-01-01'), 'rpc.params'],
  ];
  for (const [title, message, given, outcome] of rows) {
    test(`${title}: ${outcome}`, () => {
      assert.equal(decided(message, given), outcome);
    });
  }
});

suite('A refusal tells the caller how to go on (TR-3, TR-4, TR-7)', () => {
  const dataOf = (message: Message, given: RequestHeaders, supported = SUPPORTED): unknown => {
    try {
      decideEra(message, given, supported);
    } catch (error) {
      if (error instanceof GatewayError) return error.circumstances.data;
    }
    return undefined;
  };

  test('an unsupported version is answered with the versions of its era', () => {
    assert.deepEqual(dataOf(request(metaWith('v999.0.0')), headers('v999.0.0')), { supported: ['2026-07-28'], requested: 'v999.0.0' });
    assert.deepEqual(dataOf(request(undefined), headers('2024-01-01')), { supported: ['2025-06-18', '2025-11-25'], requested: '2024-01-01' });
    assert.deepEqual(dataOf(request(undefined), headers('ö')), { envelope: { key: '_meta', problem: 'missing' } });
    assert.deepEqual(dataOf(request(undefined), headers('1 2')), { supported: ['2025-06-18', '2025-11-25'], requested: '' });
  });

  test('a gateway of one era names the versions it has to callers of the other', () => {
    assert.deepEqual(dataOf(request(undefined, 'initialize'), {}, ['2026-07-28']), { supported: ['2026-07-28'], requested: '2025-03-26' });
    assert.deepEqual(dataOf(request(META), headers('2026-07-28'), ['2025-11-25']), { supported: ['2025-11-25'], requested: '2026-07-28' });
  });

  test('an incomplete envelope is answered with the key that lacks', () => {
    assert.deepEqual(dataOf(request(undefined), headers('2026-07-28')), { envelope: { key: '_meta', problem: 'missing' } });
    for (const name of ['protocolVersion', 'clientCapabilities']) {
      assert.deepEqual(dataOf(request(metaWithout(name)), headers('2026-07-28')), { envelope: { key: `io.modelcontextprotocol/${name}`, problem: 'missing' } });
    }
  });

  test('clientInfo may be absent', () => {
    assert.equal(decided(request(META), headers('2026-07-28')), 'modern');
    assert.equal(decided(request(metaWith('2026-07-28', { 'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' } })), headers('2026-07-28')), 'modern');
  });
});
