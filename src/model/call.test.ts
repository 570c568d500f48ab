import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { idOf, methodOf, toolOf, type McpCall } from './call.ts';
import { Detour, StreamEnd, widen } from './exchange.ts';
import { isJsonObject } from './json.ts';
import { Permit } from './permit.ts';

const request = (method: string): McpCall => ({ kind: 'request', era: 'modern', id: 0, method, params: {}, primitives: [{ kind: 'tool', name: 'echo' }] });
const notification: McpCall = { kind: 'notification', era: 'legacy', method: 'notifications/initialized', params: {}, primitives: [] };
const bodiless: readonly McpCall[] = [{ kind: 'stream', era: 'legacy' }, { kind: 'end', era: 'legacy' }, { kind: 'status' }, { kind: 'response', era: 'legacy', id: 'x' }];

suite('A call', () => {
  test('is answered under its own id only when it is a request', () => {
    assert.equal(idOf(request('tools/call')), 0);
    for (const call of [undefined, notification, ...bodiless]) assert.equal(idOf(call), undefined);
  });

  test('is named by its method, and by what it does where it has none', () => {
    assert.deepEqual([request('tools/call'), notification, ...bodiless].map(methodOf), ['tools/call', 'notifications/initialized', 'http/stream', 'http/end', 'http/status', 'http/response']);
  });

  test('runs a tool only as tools/call', () => {
    assert.equal(toolOf(request('tools/call')), 'echo');
    for (const call of [request('prompts/get'), notification, ...bodiless]) assert.equal(toolOf(call), undefined);
  });
});

suite('An exchange', () => {
  test('is widened in place: who holds an earlier step sees the later ones', () => {
    const step = { id: 'req_1' };
    const wider = widen(step, { principal: 'alice' });
    assert.equal(wider, step);
    assert.deepEqual(step, { id: 'req_1', principal: 'alice' });
  });
});

suite('What leaves the pipeline early', () => {
  test('says why, and a detour brings its reply along', () => {
    const reply = { kind: 'whole', status: 204, headers: {}, body: '' } as const;
    const detour = new Detour('CORS preflight', reply);
    assert.deepEqual([detour.message, detour.reply], ['CORS preflight', reply]);
    const end = new StreamEnd('revoked');
    assert.deepEqual([end.message, end.reason], ['revoked', 'revoked']);
  });
});

suite('A JSON object', () => {
  test('is told from everything else', () => {
    for (const value of [{}, { a: 1 }, Object.create(null)]) assert.equal(isJsonObject(value), true);
    for (const value of [null, undefined, [], 'x', 1, true, () => 1]) assert.equal(isJsonObject(value), false);
  });
});

suite('A permit', () => {
  test('tells its rule and shows nothing else', () => {
    assert.equal(new Permit('role reader: crm:get_*').rule, 'role reader: crm:get_*');
    assert.deepEqual(Object.keys(new Permit('x')), []);
  });
});
