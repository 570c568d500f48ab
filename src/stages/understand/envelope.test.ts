import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { readEnvelope, requestIdOf } from './envelope.ts';

const REQUEST: JsonObject = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { name: 'x', NAME: 'y' } } };
const NOTIFICATION: JsonObject = { jsonrpc: '2.0', method: 'notifications/initialized' };
const RESPONSE: JsonObject = { jsonrpc: '2.0', id: 's-1', result: {} };
const ERROR: JsonObject = { jsonrpc: '2.0', id: 's-1', error: { code: -1, message: 'no' } };

const without = (message: JsonObject, member: string): JsonObject => Object.fromEntries(Object.entries(message).filter(([name]) => name !== member));
const renamed = (message: JsonObject, from: string, to: string): JsonObject =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name === from ? to : name, value]));

const isRefused = (title: string, body: JsonValue): void => {
  test(`${title} is refused`, () => {
    assert.throws(() => readEnvelope(body), { code: 'rpc.invalid' });
  });
};

suite('A message is one of the three of JSON-RPC 2.0 (N08)', () => {
  test('requests, notifications and both kinds of response are told apart', () => {
    assert.deepEqual(readEnvelope(REQUEST), { kind: 'request', id: 1, method: 'tools/call', params: REQUEST['params'] });
    assert.deepEqual(readEnvelope(NOTIFICATION), { kind: 'notification', method: 'notifications/initialized', params: {} });
    assert.deepEqual(readEnvelope(RESPONSE), { kind: 'response', id: 's-1' });
    assert.deepEqual(readEnvelope(ERROR), { kind: 'response', id: 's-1' });
    assert.deepEqual(readEnvelope({ ...ERROR, error: { code: 1, message: '', data: [1] } }), { kind: 'response', id: 's-1' });
  });

  for (const body of [[], [REQUEST], [REQUEST, REQUEST], [[]]]) isRefused(`the batch ${JSON.stringify(body).slice(0, 20)}`, body);
  test('the refusal of a batch says what to do instead', () => {
    assert.throws(() => readEnvelope([REQUEST]), { message: /send one message per request/ });
  });
  for (const body of [null, true, 1, 'x', {}]) isRefused(`the body ${JSON.stringify(body)}`, body);

  isRefused('a missing jsonrpc', without(REQUEST, 'jsonrpc'));
  for (const jsonrpc of ['1.0', '2', '2.0 ', '', 2, null, ['2.0']]) isRefused(`jsonrpc ${JSON.stringify(jsonrpc)}`, { ...REQUEST, jsonrpc });
  for (const method of ['', null, 1, {}, ['tools/call']]) isRefused(`method ${JSON.stringify(method)}`, { ...REQUEST, method });
  for (const params of [null, [], ['echo'], 'x', 1, true]) isRefused(`params ${JSON.stringify(params)}`, { ...REQUEST, params });
  for (const result of [null, [], 'x', 1]) isRefused(`result ${JSON.stringify(result)}`, { ...RESPONSE, result });
  for (const error of [null, [], 'x', {}, { code: 1 }, { code: '1', message: '' }, { code: 1.5, message: '' }, { code: 1, message: '', Data: 1 }]) {
    isRefused(`error ${JSON.stringify(error)}`, { ...ERROR, error });
  }
  isRefused('a response with result and error', { ...RESPONSE, error: ERROR['error'] ?? null });
  isRefused('a request with a result', { ...REQUEST, result: {} });
  isRefused('a response without id', without(RESPONSE, 'id'));
  isRefused('an error without id', without(ERROR, 'id'));
});

suite('An id is a string or an integer (N07, N08, TR-14)', () => {
  for (const id of [0, -1, -0, 1, Number.MAX_SAFE_INTEGER, '', 'x', '1', 'ä', 'x'.repeat(1024)]) {
    test(`${JSON.stringify(id).slice(0, 20)} is an id`, () => {
      assert.deepEqual(readEnvelope({ ...REQUEST, id }), { kind: 'request', id, method: 'tools/call', params: REQUEST['params'] });
      assert.equal(requestIdOf({ ...REQUEST, id }), id);
    });
  }
  for (const id of [null, 1.5, true, {}, [], [1], 'x'.repeat(1025), 'x'.repeat(1_000_000)]) {
    isRefused(`the id ${JSON.stringify(id).slice(0, 20)} of a request`, { ...REQUEST, id });
    isRefused(`the id ${JSON.stringify(id).slice(0, 20)} of a response`, { ...RESPONSE, id });
    test(`${JSON.stringify(id).slice(0, 20)} is not echoed`, () => {
      assert.equal(requestIdOf({ ...REQUEST, id }), undefined);
    });
  }

  test('the id of a broken request is echoed, that of a response is not: it is the server\'s (TR-12)', () => {
    assert.equal(requestIdOf({ jsonrpc: '1.0', id: 7, foo: 1 }), 7);
    assert.equal(requestIdOf(RESPONSE), undefined);
    assert.equal(requestIdOf(ERROR), undefined);
    assert.equal(requestIdOf([REQUEST]), undefined);
  });
});

suite('A member name is exactly a known one or unlike all of them (N02, CVE-2026-27896)', () => {
  for (const [from, to] of [
    ['method', 'Method'], ['method', 'METHOD'], ['params', 'paramſ'], ['params', 'Params'], ['id', 'ID'], ['id', 'ıd'], ['jsonrpc', 'JSONRPC'], ['jsonrpc', 'jsonrpc '],
  ] as const) {
    isRefused(`"${to}" instead of "${from}" in the envelope`, renamed(REQUEST, from, to));
    isRefused(`"${to}" beside "${from}" in the envelope`, { ...REQUEST, [to]: REQUEST[from] ?? null });
  }
  isRefused('any unknown member of a request', { ...REQUEST, extra: 1 });
  isRefused('any unknown member of a notification', { ...NOTIFICATION, trace: null });
  isRefused('any unknown member of a response', { ...RESPONSE, Result: {} });

  const lookalikes: ReadonlyMap<string, readonly string[]> = new Map([
    ['name', ['NAME', 'Name', 'nAme', 'ｎａｍｅ', 'na\u200bme', 'name\u00ad', 'name ', ' name', 'na_me', 'námé', 'name\u0301']],
    ['uri', ['URI', 'urİ', 'urı', 'ＵＲＩ', 'u-r-i', 'uri\ufeff']],
    ['arguments', ['Arguments', 'argumentſ', 'ARGUMENTS']],
    ['_meta', ['meta', '_Meta', '__meta', 'META', '-meta']],
    ['taskId', ['taskid', 'task_id', 'TaskId', 'tas\u212aId']],
    ['requestState', ['request_state', 'requeststate', 'RequestState', 'requestſtate']],
    ['inputResponses', ['input_responses', 'input-responses']],
    ['protocolVersion', ['ProtocolVersion', 'protocol_version']],
    ['ref', ['Ref', 'REF']],
    ['argument', ['Argument']],
    ['cursor', ['Cursor']],
    ['level', ['Level', 'ｌevel']],
    ['capabilities', ['Capabilities', 'capabilitieſ']],
    ['clientInfo', ['clientinfo', 'client_info']],
  ]);
  for (const [known, spellings] of lookalikes) {
    for (const spelling of spellings) {
      isRefused(`params.${JSON.stringify(spelling)} for "${known}"`, { ...REQUEST, params: { [spelling]: 'x' } });
      isRefused(`params.${JSON.stringify(spelling)} beside "${known}"`, { ...REQUEST, params: { [known]: 'x', [spelling]: 'x' } });
    }
  }
  isRefused('a lookalike in params._meta', { ...REQUEST, params: { _meta: { 'io.modelcontextprotocol/ProtocolVersion': 'x' } } });
  isRefused('a lookalike in params.ref', { ...REQUEST, params: { ref: { type: 'ref/prompt', name: 'a', Name: 'b' } } });
  isRefused('a lookalike in params.notifications', { ...REQUEST, params: { notifications: { resource_subscriptions: ['x'] } } });
  isRefused('a name too long to be known', { ...REQUEST, params: { [`n${'\u200b'.repeat(300)}ame`]: 1 } });
  isRefused('a long name even if it is unlike all', { ...REQUEST, params: { ['x'.repeat(257)]: 1 } });
  test('256 members and 256 characters are enough for anybody', () => {
    const params = Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`k${index}`.padEnd(256, 'x'), 1]));
    assert.deepEqual(readEnvelope({ ...REQUEST, params }), { kind: 'request', id: 1, method: 'tools/call', params });
  });
  isRefused('params with hundreds of members', { ...REQUEST, params: Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`k${index}`, 1])) });

  test('unknown members of params and _meta pass, and arguments belong to the tool', () => {
    const params = { name: 'a', names: 1, named: 2, argument: 3, 'x-vendor': 4, имя: 5, _meta: { progressToken: 1, traceparent: 'x', 'com.example/name': 'y' } };
    assert.deepEqual(readEnvelope({ ...REQUEST, params }), { kind: 'request', id: 1, method: 'tools/call', params });
    const { params: freely = null } = { ...REQUEST, params: { name: 'a', arguments: { Name: 1, NAME: 2, ｎａｍｅ: 3, meta: 4 } } };
    assert.doesNotThrow(() => readEnvelope({ ...REQUEST, params: freely }));
  });
});
