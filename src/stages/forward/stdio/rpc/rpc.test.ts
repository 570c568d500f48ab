import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { faithfulParams, parseFaithfully } from './faithful-json.ts';
import { isAtLeast, isLogLevel, mostVerbose } from './log-level.ts';
import { answerMessage, readMessage } from './message.ts';

suite('JSON-RPC messages', () => {
  test('each kind is read as what it is', () => {
    assert.deepEqual(readMessage({ jsonrpc: '2.0', id: 'a', method: 'm', params: { x: 1 } }), { kind: 'request', id: 'a', method: 'm', params: { x: 1 } });
    assert.deepEqual(readMessage({ jsonrpc: '2.0', method: 'm' }), { kind: 'notification', method: 'm', params: {} });
    assert.deepEqual(readMessage({ jsonrpc: '2.0', id: 1, result: {} }), { kind: 'answer', id: 1, outcome: { kind: 'result', result: {} } });
    const error = { code: -1, message: 'm', data: [1] };
    assert.deepEqual(readMessage({ jsonrpc: '2.0', id: 1, error }), { kind: 'answer', id: 1, outcome: { kind: 'error', error } });
  });

  test('what two readers could read differently is none of them', () => {
    const flawed: readonly unknown[] = [
      null, 1, 'x', [], {}, { jsonrpc: '1.0', method: 'm' }, { jsonrpc: '2.0' }, { jsonrpc: '2.0', id: null, method: 'm' }, { jsonrpc: '2.0', id: {}, method: 'm' },
      { jsonrpc: '2.0', method: 'm', params: [] }, { jsonrpc: '2.0', method: 1, id: 1, result: {} }, { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: 'm' } },
      { jsonrpc: '2.0', id: 1, result: 'x' }, { jsonrpc: '2.0', id: 1, error: { code: '1', message: 'm' } }, { jsonrpc: '2.0', id: 1, error: { code: 1 } }, { jsonrpc: '2.0', result: {} },
    ];
    for (const message of flawed) assert.deepEqual(readMessage(message), { kind: 'flawed' }, JSON.stringify(message));
  });

  test('an error without data gets none', () => {
    assert.deepEqual(answerMessage(1, { kind: 'error', error: { code: 1, message: 'm' } }), { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'm' } });
  });
});

suite('Numbers that no double holds', () => {
  test('they are written as they were read', () => {
    for (const text of ['{"a":12345678901234567890}', '{"a":[1e400,-1E+999]}', '{"a":0.12345678901234567891}', '{"a":1,"b":"12345678901234567890"}']) {
      assert.equal(JSON.stringify(parseFaithfully(text)), text);
    }
    assert.throws(() => parseFaithfully('{"a":12345678901234567890'), SyntaxError);
  });

  test('the bytes are read again only when reading them has cost digits', () => {
    const params = { a: 1 };
    assert.equal(faithfulParams(params, Buffer.from('{"params":{"a":1}}')), params);
    assert.equal(faithfulParams(params, undefined), params);
    const big = faithfulParams({ a: 12_345_678_901_234_567_000 }, Buffer.from('{"params":{"a":12345678901234567890}}'));
    assert.equal(JSON.stringify(big), '{"a":12345678901234567890}');
  });
});

suite('Log levels', () => {
  test('a message passes a threshold it reaches; an unknown level passes none', () => {
    assert.deepEqual([isAtLeast('error', 'info'), isAtLeast('info', 'info'), isAtLeast('debug', 'info'), isAtLeast('loud', 'debug')], [true, true, false, false]);
    assert.deepEqual([isLogLevel('emergency'), isLogLevel('loud'), isLogLevel(1)], [true, false, false]);
  });

  test('the most verbose threshold lets everybody have what they want', () => {
    assert.equal(mostVerbose(['error', 'debug', 'info']), 'debug');
    assert.equal(mostVerbose([]), undefined);
  });
});
