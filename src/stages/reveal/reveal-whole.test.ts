import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anAnswered, aReply, aRequest, aToolCall } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { McpCall } from '../../model/call.ts';
import type { Reply } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import { revealWhole } from './reveal-whole.ts';

const LIST = aRequest('tools/list');
const RESULT: JsonObject = { jsonrpc: '2.0', id: 7, result: { content: [] } };

const reveal = (call: McpCall, body: JsonObject | string | Buffer, { status = 200, seen = 'b', followed = [] as JsonObject[] } = {}): Reply => {
  const answer = { ...aReply('', { status }), body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) };
  return revealWhole(anAnswered({ call }), answer, { mayUse: ({ name }) => name === seen, follow: (message) => void followed.push(message) });
};

const bodyOf = (reply: Reply): string => (reply.kind === 'whole' ? reply.body.toString() : 'a stream');

const reasonOf = (call: McpCall, body: JsonObject | string | Buffer, status = 200): string => {
  const refusal = refusalOf(() => reveal(call, body, { status }));
  assert.equal(refusal.code, 'upstream.answer-refused');
  return refusal.circumstances.reason;
};

suite('An answer', () => {
  test('passes byte for byte where nothing has to change, whatever its layout and numbers', () => {
    for (const body of ['{ "jsonrpc":"2.0",\n"id" : 7, "result":{"n":9007199254740993,"x":1.0}}', JSON.stringify(RESULT), '{"id":7,"result":7}', '{"id":7,"error":{"code":1}}']) {
      const bytes = Buffer.from(body);
      const reply = reveal(aToolCall('x'), bytes);
      assert.ok(reply.kind === 'whole' && reply.body === bytes, body);
    }
  });

  test('is narrowed to what may be seen, with the digits of its numbers (RS-17, N07)', () => {
    const body = '{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"a"},{"name":"b","inputSchema":{"maximum":18446744073709551615}}]}}';
    assert.equal(bodyOf(reveal(LIST, body)), '{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"b","inputSchema":{"maximum":18446744073709551615}}]}}');
  });

  test('holds a list once: of two in the original bytes only the one that was looked at goes on (N01)', () => {
    const body = '{"id":7,"result":{"tools":[{"name":"a"}],"tools":[{"name":"b"}]}}';
    assert.equal(bodyOf(reveal(LIST, body)), '{"id":7,"result":{"tools":[{"name":"b"}]}}');
  });

  test('is narrowed to any call: a tool may answer with a list as well (Q02)', () => {
    assert.equal(bodyOf(reveal(aToolCall('x'), { id: 7, result: { tools: [{ name: 'a' }] } })), '{"id":7,"result":{"tools":[]}}');
  });

  test('is not public to caches (M05)', () => {
    assert.equal(bodyOf(reveal(aRequest('server/discover'), { id: 7, result: { cacheScope: 'public' } })), '{"id":7,"result":{"cacheScope":"private"}}');
  });

  test('is followed as it came, before it is narrowed', () => {
    const followed: JsonObject[] = [];
    reveal(LIST, { id: 7, result: { tools: [{ name: 'a' }] } }, { followed });
    assert.deepEqual(followed, [{ id: 7, result: { tools: [{ name: 'a' }] } }]);
  });

  test('that is empty passes, and so does our own status', () => {
    assert.equal(bodyOf(reveal(aToolCall('x'), '')), '');
    assert.equal(bodyOf(reveal({ kind: 'status' }, '{"tools":[{"name":"a"}]}')), '{"tools":[{"name":"a"}]}');
  });
});

suite('An answer is refused', () => {
  const REFUSED: readonly (readonly [what: string, body: string | Buffer, reason: string])[] = [
    ['that is no JSON', '{"id":7', 'the answer is not JSON in UTF-8'],
    ['that is two documents', '{"id":7,"result":{}}{}', 'the answer is not JSON in UTF-8'],
    ['that is no UTF-8 (N09)', Buffer.from('{"id":7,"result":{"x":"\u00ff"}}', 'latin1'), 'the answer is not JSON in UTF-8'],
    ['that begins with a mark of byte order', Buffer.from('\u{feff}{}'), 'the answer is not JSON in UTF-8'],
    ['that is an array (Q02)', '[{"id":7,"result":{}}]', 'the answer is no JSON-RPC object'],
    ['that is a text', '"x"', 'the answer is no JSON-RPC object'],
    ['that is a request (M08)', '{"id":7,"method":"sampling/createMessage","result":{}}', 'a request in place of the answer'],
    ['to another id (M02)', '{"id":8,"result":{}}', 'an answer to another request'],
    ['to another type of id', '{"id":"7","result":{}}', 'an answer to another request'],
    ['to no id', '{"result":{}}', 'an answer to another request'],
    ['to a null id', '{"id":null,"result":{}}', 'an answer to another request'],
    ['as an error of another call', '{"id":8,"error":{}}', 'an answer to another request'],
    ['that is result and error at once', '{"id":7,"result":{},"error":{}}', 'a result and an error at once'],
    ['that is neither', '{"id":7}', 'neither a result nor an error'],
  ];
  for (const [what, body, reason] of REFUSED) test(what, () => assert.equal(reasonOf(aToolCall('x'), body), reason));

  test('to a list without the list (Q02)', () => {
    for (const body of ['{"id":7,"result":{}}', '{"id":7,"result":[]}', '{"id":7,"result":{"Tools":[]}}', '{"id":7,"result":{"tools":{}}}']) assert.equal(reasonOf(LIST, body), 'a list answer without tools', body);
  });
});

suite('An error', () => {
  test('of a server that could not read the id may lack it', () => {
    for (const body of ['{"error":{"code":-32700}}', '{"id":null,"error":{"code":-32700}}']) assert.equal(bodyOf(reveal(LIST, body)), body);
  });

  test('of somebody on the way passes only with a status that says so', () => {
    assert.equal(bodyOf(reveal(aToolCall('x'), '{"message":"no"}', { status: 400 })), '{"message":"no"}');
    assert.equal(reasonOf(aToolCall('x'), '{"message":"no"}', 399), 'neither a result nor an error');
  });
});

suite('What asks for no result gets none', () => {
  const CALLS: readonly McpCall[] = [{ kind: 'notification', era: 'legacy', method: 'notifications/x', params: {}, primitives: [] }, { kind: 'response', era: 'legacy', id: 1 }, { kind: 'stream', era: 'legacy' }, { kind: 'end', era: 'legacy' }];
  for (const call of CALLS) {
    test(`a ${call.kind}: an error may come back, and nothing else (Q02)`, () => {
      assert.equal(bodyOf(reveal(call, '{"error":{"code":1}}')), '{"error":{"code":1}}');
      for (const body of ['{"result":{"tools":[{"name":"a"}]}}', '{"error":{},"result":{}}', '{}', '[]', '7']) assert.equal(bodyOf(reveal(call, body)), '', body);
      assert.equal(reasonOf(call, 'not JSON'), 'the answer is not JSON in UTF-8');
    });
  }
});
