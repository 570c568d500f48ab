import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPermitted, aPrincipal, aRequest, aRoute, aToolCall } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { McpCall } from '../../model/call.ts';
import type { Permitted } from '../../model/exchange.ts';
import { buildLimiter } from './gcra.ts';
import { buildLimit } from './limit.ts';
import { quotaHeaders } from './refused.ts';

const limitOf = ({ key = 100, tool }: { readonly key?: number; readonly tool?: number }) => {
  const clock = new MovedClock();
  const limiter = (name: string, burst: number) => buildLimiter(name, { rate: { perSecond: 1, burst }, capacity: 100 }, clock);
  const limit = buildLimit({ key: limiter('key', key), tool: tool === undefined ? undefined : limiter('tool', tool) });
  return { call: (call: McpCall, more: Partial<Permitted> = {}) => limit(aPermitted({ call, ...more })) };
};

const NOTICE: McpCall = { kind: 'notification', era: 'legacy', method: 'notifications/initialized', params: {}, primitives: [] };
const FREE: readonly McpCall[] = [{ kind: 'stream', era: 'legacy' }, { kind: 'end', era: 'legacy' }, { kind: 'status' }, { kind: 'response', era: 'legacy', id: 1 }];

suite('The limit of a key', () => {
  test('counts JSON-RPC calls, and nothing that is none', () => {
    const { call } = limitOf({ key: 2 });
    for (const free of [...FREE, ...FREE]) call(free);
    call(aToolCall('x'));
    call(NOTICE);
    assert.equal(refusalOf(() => call(aRequest('tools/list'))).code, 'limit.exceeded');
    for (const free of FREE) assert.doesNotThrow(() => call(free), free.kind);
  });

  test('is one limit over all servers, and one for each credential', () => {
    const { call } = limitOf({ key: 1 });
    call(aToolCall('x'));
    refusalOf(() => call(aToolCall('x'), { route: aRoute({ server: 'wiki' }) }));
    assert.doesNotThrow(() => call(aToolCall('x'), { principal: aPrincipal({ credentialId: 'key_2' }) }));
  });

  test('tells what is left of it', () => {
    const { call } = limitOf({ key: 5 });
    assert.deepEqual(call(aToolCall('x')).quota, { policy: 'key', limit: 5, remaining: 4, resetSeconds: 1 });
    assert.equal(call({ kind: 'status' }).quota?.remaining, 4);
  });
});

suite('The limit of a tool', () => {
  test('counts each tool of each server by itself, for each credential', () => {
    const { call } = limitOf({ tool: 1 });
    call(aToolCall('a'));
    call(aToolCall('b'));
    call(aToolCall('a'), { route: aRoute({ server: 'wiki' }) });
    call(aToolCall('a'), { principal: aPrincipal({ credentialId: 'key_2' }) });
    const refusal = refusalOf(() => call(aToolCall('a')));
    assert.equal(refusal.code, 'limit.exceeded');
    assert.ok(refusal.circumstances.detail?.includes('"tool" (calls of a by this key)'));
  });

  test('cannot be passed by a name that looks like the border of two', () => {
    const { call } = limitOf({ tool: 1 });
    call(aToolCall('b","c'), { route: aRoute({ server: 'a' }) });
    assert.doesNotThrow(() => call(aToolCall('c'), { route: aRoute({ server: 'a","b' }) }));
  });

  test('counts no other call', () => {
    const { call } = limitOf({ tool: 1 });
    for (let at = 0; at < 3; at += 1) call(aRequest('prompts/get', { name: 'a' }, { primitives: [{ kind: 'prompt', name: 'a' }] }));
    assert.doesNotThrow(() => call(aToolCall('a')));
  });

  test('is none when none is configured', () => {
    const { call } = limitOf({});
    for (let at = 0; at < 50; at += 1) call(aToolCall('a'));
  });
});

suite('A refusal by a limit', () => {
  test('says which limit, until when, in every spelling clients know (R68, RFC 9110 §10.2.3)', () => {
    const { call } = limitOf({ key: 1 });
    call(aToolCall('x'));
    const { circumstances } = refusalOf(() => call(aToolCall('x')));
    assert.deepEqual(circumstances.headers, {
      RateLimit: '"key";r=0;t=2', 'RateLimit-Policy': '"key";q=1', 'X-RateLimit-Limit': '1', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '2', 'Retry-After': '1',
    });
    assert.deepEqual(circumstances.extra, { limit: 'key', retry_after_seconds: 1 });
    assert.equal(circumstances.detail, 'The limit "key" (calls of this key) is used up; try again in 1 s.');
  });

  test('is foretold by the headers of each good reply', () => {
    assert.deepEqual(quotaHeaders({ policy: 'key', limit: 5, remaining: 4, resetSeconds: 1 }), { RateLimit: '"key";r=4;t=1', 'RateLimit-Policy': '"key";q=5' });
  });
});
