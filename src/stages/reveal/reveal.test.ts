import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { anAnswered, aPrincipal, aReply, aRequest, aRoute, aToolCall } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { Answered, Reply } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import { LearnedCatalog } from './catalog.ts';
import { followResult } from './follow-result.ts';
import { buildReveal } from './reveal.ts';

const noting = () => {
  const bound: string[] = [];
  const catalog = new LearnedCatalog();
  const handles = {
    bind: (kind: string, handle: string, owner: { server: string; credentialId: string }) => void bound.push(`${kind} ${handle} ${owner.server} ${owner.credentialId}`),
    isOwnedBy: () => false,
    forget: () => undefined,
  };
  return { bound, catalog, handles, pins: { look: () => undefined } };
};

suite('A handle that a server hands out', () => {
  const follow = (message: JsonObject, answered = anAnswered()): readonly string[] => {
    const notes = noting();
    followResult(answered, notes)(message);
    return notes.bound;
  };

  const BOUND: readonly (readonly [what: string, JsonObject, readonly string[]])[] = [
    ['a state', { requestState: 's' }, ['state s crm key_1']],
    ['a task of 2026', { taskId: 't' }, ['task t crm key_1']],
    ['a task of 2025', { task: { taskId: 't' } }, ['task t crm key_1']],
    ['a task of 2025 beside a foreign member', { task: { taskId: 't' }, taskId: 'x' }, ['task t crm key_1']],
    ['both', { requestState: 's', taskId: 't' }, ['state s crm key_1', 'task t crm key_1']],
    ['none that is no text', { requestState: 7, taskId: null, task: {} }, []],
    ['none deeper in the result', { content: [{ requestState: 's', taskId: 't' }] }, []],
  ];
  for (const [what, result, handles] of BOUND) test(`is bound to who received it: ${what} (RS-14, RS-21)`, () => assert.deepEqual(follow({ id: 7, result }), handles));

  test('is none in an error, a notice or no result', () => {
    for (const message of [{ error: { requestState: 's' } }, { params: { requestState: 's' } }, { requestState: 's' }, { result: ['s'] }, { result: null }] as const) assert.deepEqual(follow(message), []);
  });

  test('belongs to the server and credential of its exchange', () => {
    assert.deepEqual(follow({ result: { taskId: 't' } }, anAnswered({ route: aRoute({ server: 'wiki' }), principal: aPrincipal({ credentialId: 'key_2' }) })), ['task t wiki key_2']);
  });
});

suite('A list of tools that passes by', () => {
  test('teaches which of them only read, and only by the hint itself', () => {
    const notes = noting();
    const tools = [{ name: 'a', annotations: { readOnlyHint: true } }, { name: 'b', annotations: { readOnlyHint: 'true' } }, { name: 'c', annotations: [] }, { name: 'd', readOnlyHint: true }, { name: 'e' }, { annotations: { readOnlyHint: true } }, null, 'f'];
    followResult(anAnswered(), notes)({ result: { tools } });
    assert.deepEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((tool) => notes.catalog.isReadOnly('crm', tool)), [true, false, false, false, false, false]);
    assert.equal(notes.catalog.isReadOnly('wiki', 'a'), false);
    followResult(anAnswered(), notes)({ result: { tools: [{ name: 'alone', annotations: { readOnlyHint: true } }] } });
    assert.equal(notes.catalog.isReadOnly('crm', 'alone'), true);
  });
});

const revealing = (answered: Partial<Answered>, openStream = true): Reply => {
  const reveal = buildReveal({
    ...noting(), log: new CapturedLog(), maxEventBytes: 1_000, holdsOwn: new Map(), streams: { open: () => (openStream ? () => undefined : undefined) },
    mayUse: ({ principal, route }, primitive) => `${principal.subject} ${route.server} ${primitive.kind} ${primitive.name}` === 'alice@company.com crm tool seen',
    quotaHeaders: ({ policy }) => ({ RateLimit: policy }), corsHeaders: (origin) => ({ 'Access-Control-Allow-Origin': origin }),
  });
  return reveal(anAnswered(answered));
};

const aStream = (more: Partial<Extract<Reply, { kind: 'stream' }>> = {}): Reply => ({ kind: 'stream', status: 200, headers: { 'Content-Type': 'text/event-stream' }, stream: (async function* none(): AsyncGenerator<Uint8Array> {})(), ...more });

suite('A reply', () => {
  test('is narrowed by asking what authorize asks, of the same principal and server', () => {
    const reply = revealing({ call: aRequest('tools/list'), answer: aReply({ id: 7, result: { tools: [{ name: 'seen' }, { name: 'hidden' }] } }) });
    assert.equal(reply.kind === 'whole' && reply.body, '{"id":7,"result":{"tools":[{"name":"seen"}]}}');
  });

  test('has on top of the headers of its server what is ours to say', () => {
    const quota = { policy: 'key', remaining: 1, resetSeconds: 1, limit: 2 };
    const headers = { 'Mcp-Session-Id': 's', 'Cache-Control': 'public', RateLimit: 'forged', 'Access-Control-Allow-Origin': '*' };
    for (const answer of [aReply({ id: 7, result: {} }, { headers }), aStream({ headers })]) {
      assert.deepEqual(revealing({ answer }).headers, headers);
      assert.deepEqual(revealing({ answer, quota, headers: { origin: 'http://localhost' }, via: 'query' }).headers, { 'Mcp-Session-Id': 's', 'Cache-Control': 'no-store', RateLimit: 'key', 'Access-Control-Allow-Origin': 'http://localhost' });
    }
  });

  test('leaves no copy in a cache when the key stood in the URL, and says nothing of it otherwise (D7, K10)', () => {
    const answer = aReply({ id: 7, result: {} });
    assert.equal(revealing({ answer, via: 'query' }).headers['Cache-Control'], 'no-store');
    for (const via of ['header', 'bearer'] as const) assert.equal('Cache-Control' in revealing({ answer, via }).headers, false);
  });

  test('does not change the headers of the answer it was made of', () => {
    const answer = aReply({ id: 7, result: {} });
    revealing({ answer, via: 'query' });
    assert.deepEqual(answer.headers, { 'Content-Type': 'application/json' });
  });

  test('that streams is refused to who holds too many streams, with when to try again (D02)', () => {
    const refusal = refusalOf(() => revealing({ call: aToolCall('seen'), answer: aStream() }, false));
    assert.deepEqual([refusal.code, refusal.circumstances.headers], ['limit.streams', { 'Retry-After': '5' }]);
  });
});

suite('Tools are looked at for changes (Q06)', () => {
  const lookedAt = (call: Answered['call'], result: JsonObject): readonly string[] => {
    const seen: string[] = [];
    followResult(anAnswered({ call }), { ...noting(), pins: { look: (server, tools, last) => void seen.push(`${server} ${JSON.stringify(tools)} ${last ? 'last' : 'more'}`) } })({ result });
    return seen;
  };
  const tools = [{ name: 'a' }];

  test('in the answer to a call for them, page by page, and on a stream of the older revisions', () => {
    assert.deepEqual(lookedAt(aRequest('tools/list'), { tools }), ['crm [{"name":"a"}] last']);
    assert.deepEqual(lookedAt(aRequest('tools/list'), { tools, nextCursor: 'x' }), ['crm [{"name":"a"}] more']);
    assert.deepEqual(lookedAt({ kind: 'stream', era: 'legacy' }, { tools }), ['crm [{"name":"a"}] last']);
  });

  test('and nowhere else: what a tool answers is no list of tools', () => {
    assert.deepEqual(lookedAt(aToolCall('a'), { tools }), []);
    assert.deepEqual(lookedAt(aRequest('tools/list'), { tools: 'none' }), []);
  });
});
