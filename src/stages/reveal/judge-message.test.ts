import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aRequest } from '../../../test/world/exchanges.ts';
import type { McpCall } from '../../model/call.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { buildMessageJudge, failedAnswer } from './judge-message.ts';

const LEGACY = aRequest('tools/call');
const MODERN = aRequest('tools/call', {}, { era: 'modern' });
const STREAM: McpCall = { kind: 'stream', era: 'legacy' };

const ANSWER: JsonObject = { jsonrpc: '2.0', id: 7, result: { content: [] } };
const ERROR: JsonObject = { jsonrpc: '2.0', id: 7, error: { code: -32603, message: 'x' } };
const PROGRESS: JsonObject = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } };
const SAMPLING: JsonObject = { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} };

/** What becomes of each message in turn: passed, passed as the last, changed, or the reason it was dropped for. */
const judged = (call: McpCall, messages: readonly JsonValue[], mayUse = (): boolean => true): readonly string[] => {
  const judge = buildMessageJudge(call, { mayUse, follow: () => undefined });
  return messages.map((message) => {
    const verdict = judge(message);
    return verdict.kind === 'drop' ? verdict.why : `${verdict.changed ? 'changed' : 'passed'}${verdict.last ? ', last' : ''}`;
  });
};

suite('In either era a caller gets (M08)', () => {
  for (const [era, call] of [['legacy', LEGACY], ['modern', MODERN]] as const) {
    test(`${era}: notices and then the one answer`, () => assert.deepEqual(judged(call, [PROGRESS, PROGRESS, ANSWER]), ['passed', 'passed', 'passed, last']));

    test(`${era}: an error as the answer`, () => assert.deepEqual(judged(call, [ERROR, ANSWER]), ['passed, last', 'a second answer']));

    test(`${era}: no second answer`, () => assert.deepEqual(judged(call, [ANSWER, ANSWER, ERROR]), ['passed, last', 'a second answer', 'a second answer']));

    test(`${era}: no answer to another id, nor to one of another type (M02)`, () => {
      for (const id of [8, '7', null, undefined, [7], { id: 7 }, 7.5] as const) {
        const { id: _mine, ...rest } = ANSWER;
        assert.deepEqual(judged(call, [id === undefined ? rest : { ...rest, id }, ANSWER]), ['an answer to another request', 'passed, last'], String(id));
      }
    });

    test(`${era}: nothing that is no message`, () => {
      for (const odd of [null, 'x', 7, true, [], [ANSWER]] as const) assert.deepEqual(judged(call, [odd]), ['a message that is no object']);
      for (const odd of [{}, { id: 7 }, { method: 7, id: 7 }, { jsonrpc: '2.0', params: {} }]) assert.deepEqual(judged(call, [odd]), ['a message that is neither request nor answer']);
    });
  }
});

suite('A request of the server (M08)', () => {
  test('passes in the legacy era, before the answer and after it', () => assert.deepEqual(judged(LEGACY, [SAMPLING, ANSWER, SAMPLING, PROGRESS]), ['passed', 'passed, last', 'passed', 'passed']));

  test('does not exist in the modern one', () => {
    assert.deepEqual(judged(MODERN, [SAMPLING, { ...SAMPLING, id: 'x' }, { ...SAMPLING, id: null }, ANSWER]), [...Array.from({ length: 3 }, () => 'a request from the server in the modern era'), 'passed, last']);
  });

  test('nor does anything after the answer there (TR-9)', () => assert.deepEqual(judged(MODERN, [ANSWER, PROGRESS]), ['passed, last', 'a message after the answer']));
});

suite('The stream of a session', () => {
  test('carries requests, notices and answers, none of which is its last', () => assert.deepEqual(judged(STREAM, [SAMPLING, PROGRESS, ANSWER, { ...ANSWER, id: 8 }, ERROR]), ['passed', 'passed', 'passed', 'passed', 'passed']));

  test('narrows the lists in its answers too (Q02)', () => assert.deepEqual(judged(STREAM, [{ id: 1, result: { tools: [{ name: 'x' }] } }], () => false), ['changed']));
});

suite('What a caller may not see', () => {
  const update = (uri: JsonValue): JsonObject => ({ method: 'notifications/resources/updated', params: { uri } });
  const mayRead = buildMessageJudge(LEGACY, { mayUse: ({ kind, name }) => kind === 'resource' && name === 'crm://seen', follow: () => undefined });

  test('is a resource whose update would tell that it exists (TR-10)', () => {
    assert.equal(mayRead(update('crm://seen')).kind, 'pass');
    assert.deepEqual(mayRead(update('crm://hidden')), { kind: 'drop', why: 'an update of a resource the caller may not read' });
  });

  test('is told only by the notice that names a resource', () => {
    assert.equal(mayRead({ method: 'notifications/message', params: { uri: 'crm://hidden' } }).kind, 'pass');
    for (const notice of [update(7), { method: 'notifications/resources/updated' }, { method: 'notifications/resources/updated', params: [] }]) assert.equal(mayRead(notice).kind, 'pass');
  });

  test('is taken out of the answer, and the rest of it stays', () => {
    const message = { jsonrpc: '2.0', id: 7, result: { tools: [{ name: 'a' }, { name: 'b' }], _meta: { x: 1 } } };
    const verdict = buildMessageJudge(aRequest('tools/list'), { mayUse: ({ name }) => name === 'b', follow: () => undefined })(message);
    assert.deepEqual(verdict, { kind: 'pass', message: { jsonrpc: '2.0', id: 7, result: { tools: [{ name: 'b' }], _meta: { x: 1 } } }, changed: true, last: true });
  });
});

suite('A list answer without its list', () => {
  test('is replaced by an error under the same id: the caller must not wait, nor see what was not looked at (Q02)', () => {
    const verdict = buildMessageJudge(aRequest('tools/list'), { mayUse: () => true, follow: () => undefined })({ jsonrpc: '2.0', id: 7, result: { Tools: [{ name: 'hidden' }] } });
    assert.deepEqual(verdict, { kind: 'pass', message: failedAnswer(7, 'The MCP server sent no list of tools'), changed: true, last: true });
    assert.deepEqual(failedAnswer('a', 'words'), { jsonrpc: '2.0', id: 'a', error: { code: -32603, message: 'words' } });
  });

  test('may be an error', () => assert.deepEqual(judged(aRequest('tools/list'), [ERROR]), ['passed, last']));
});
