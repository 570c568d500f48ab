import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../../../../model/json.ts';
import type { RpcOutcome } from '../../rpc/message.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';
import { dig } from '../../testdata/events.ts';
import { HandClock } from '../../testdata/hand-clock.ts';
import { callWithInput, type InputLoop } from './call-with-input.ts';

const result = (value: JsonObject): RpcOutcome => ({ kind: 'result', result: value });
const required = (value: JsonObject): RpcOutcome => result({ resultType: 'input_required', ...value });
const ask = (name: string): JsonObject => ({ method: 'elicitation/create', params: { message: name } });

/** A server that gives one outcome after the other, the last one for ever. */
const loop = (outcomes: readonly RpcOutcome[], more: Partial<InputLoop> = {}) => {
  const sent: JsonObject[] = [];
  const asked: string[] = [];
  const clock = new HandClock();
  const options: InputLoop = {
    method: 'tools/call',
    params: { name: 'a' },
    clock,
    signal: new AbortController().signal,
    send: (params) => {
      sent.push(params);
      return Promise.resolve(outcomes[Math.min(sent.length, outcomes.length) - 1] ?? result({}));
    },
    ask: (_method, params) => {
      asked.push(String(params['message']));
      return Promise.resolve({ answer: String(params['message']) });
    },
    ...more,
  };
  return { sent, asked, clock, outcome: callWithInput(options) };
};

suite('Input that a modern child requires of a legacy caller', () => {
  test('what needs no input passes as it is', async () => {
    const { outcome, sent } = loop([result({ resultType: 'complete', x: 1 })]);
    assert.deepEqual([await outcome, sent], [result({ resultType: 'complete', x: 1 }), [{ name: 'a' }]]);
  });

  test('the call is made again with the answers of this round and the state, to the letter', async () => {
    const { outcome, sent, asked } = loop([
      required({ inputRequests: { one: ask('first'), two: ask('second') }, requestState: 's1' }),
      required({ inputRequests: { three: ask('third') }, requestState: 's2' }),
      result({ done: true }),
    ]);
    assert.deepEqual(await outcome, result({ done: true }));
    assert.deepEqual(asked, ['first', 'second', 'third']);
    assert.deepEqual(sent.slice(1), [
      { name: 'a', requestState: 's1', inputResponses: { one: { answer: 'first' }, two: { answer: 'second' } } },
      { name: 'a', requestState: 's2', inputResponses: { three: { answer: 'third' } } },
    ]);
  });

  test('a server that asks for a retry only gets it after a pause', async () => {
    const { outcome, sent, clock } = loop([required({ requestState: 's' }), result({ done: true })]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sent.length, 1);
    clock.advance(250);
    assert.deepEqual([await outcome, sent.at(-1)], [result({ done: true }), { name: 'a', requestState: 's' }]);
  });

  test('a refusal is a result the model can read, and an error for everything that is no tool', async () => {
    const refusal = { ask: () => Promise.reject(new RpcFault({ code: -1, message: 'the user said no' })) };
    const tool = await loop([required({ inputRequests: { one: ask('first') } })], refusal).outcome;
    assert.deepEqual([dig(tool, 'result', 'isError'), /the user said no/.test(String(dig(tool, 'result', 'content', 0, 'text')))], [true, true]);
    const prompt = await loop([required({ inputRequests: { one: ask('first') } })], { ...refusal, method: 'prompts/get' }).outcome;
    assert.equal(dig(prompt, 'error', 'code'), -32603);
  });

  test('the first refusal takes the other questions of the round back', async () => {
    const signals: AbortSignal[] = [];
    const { outcome } = loop([required({ inputRequests: { one: ask('first'), two: ask('second') } })], {
      ask: (_method, { message }, signal) => {
        signals.push(signal);
        return message === 'first' ? new Promise(() => undefined) : Promise.reject(new RpcFault({ code: -1, message: 'no' }));
      },
    });
    await outcome;
    assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true]);
  });

  test('a server that never has enough is not asked for ever', async () => {
    const { outcome, asked } = loop([required({ inputRequests: { one: ask('again') } })]);
    assert.equal(dig(await outcome, 'result', 'isError'), true);
    assert(asked.length < 20);
  });

  test('a question nobody understands is a failure, not a hang', async () => {
    assert.equal(dig(await loop([required({ inputRequests: { one: 'what?' } })]).outcome, 'result', 'isError'), true);
  });
});
