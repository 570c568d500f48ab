import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { anAnswered, aRequest, aToolCall } from '../../../test/world/exchanges.ts';
import type { McpCall } from '../../model/call.ts';
import { StreamEnd, type Answered } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import { revealStream } from './reveal-stream.ts';

const event = (message: object): string => `data: ${JSON.stringify(message)}\n\n`;
const ANSWER = event({ jsonrpc: '2.0', id: 7, result: {} });
const NOTICE = event({ jsonrpc: '2.0', method: 'notifications/progress' });
const failed = (words: string): string => `event: message\n${event({ jsonrpc: '2.0', id: 7, error: { code: -32603, message: words } })}`;

/** A server's stream that a test feeds by hand, and what became of it. */
class Source implements AsyncIterator<Uint8Array>, AsyncIterable<Uint8Array> {
  left = 0;
  readonly #steps: (Uint8Array | Error | undefined)[] = [];
  #wake: (() => void) | undefined;

  /** A text is a chunk, an error breaks the stream off, undefined ends it. */
  say(...steps: readonly (string | Error | undefined)[]): this {
    this.#steps.push(...steps.map((step) => (typeof step === 'string' ? Buffer.from(step) : step)));
    this.#wake?.();
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#steps.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const step = this.#steps.shift();
    if (step instanceof Error) throw step;
    return step === undefined ? { done: true, value: undefined } : { done: false, value: step };
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.left += 1;
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** A stream under way, with every string that is attached to it. */
const streaming = ({ call = aToolCall('x'), room = true, maxEventBytes = 10_000, ...more }: Partial<Answered> & { readonly call?: McpCall; readonly room?: boolean; readonly maxEventBytes?: number } = {}) => {
  const [source, log, followed] = [new Source(), new CapturedLog(), [] as JsonObject[]];
  const register = { stop: (_reason: string): void => undefined, opened: [] as unknown[], forgotten: 0 };
  const streams = {
    open({ credentialId }: { readonly credentialId: string }, end: (reason: string) => void, answers?: boolean) {
      register.opened.push(credentialId, answers);
      register.stop = end;
      return room ? () => void (register.forgotten += 1) : undefined;
    },
  };
  const answered = anAnswered({ call, ...more });
  const needs = { mayUse: ({ name }: { name: string }) => name === 'seen', follow: (message: JsonObject) => void followed.push(message), streams, log, maxEventBytes };
  const reply = revealStream(answered, { kind: 'stream', status: 200, headers: { 'Content-Type': 'text/event-stream' }, stream: source }, needs);
  const stream = reply?.kind === 'stream' ? reply.stream[Symbol.asyncIterator]() : undefined;
  return { source, log, followed, register, answered, reply, stream };
};

interface Ending {
  readonly shown: string;
  readonly thrown: unknown;
}

const readAll = async (stream: AsyncIterator<Uint8Array> | undefined): Promise<Ending> => {
  let shown = '';
  try {
    for (let step = await stream?.next(); step?.done === false; step = await stream?.next()) shown += Buffer.from(step.value).toString();
    return { shown, thrown: undefined };
  } catch (thrown) {
    return { shown, thrown };
  }
};

const why = ({ thrown }: Ending): string | undefined => (thrown instanceof StreamEnd ? thrown.reason : undefined);

suite('A stream shows the caller', () => {
  test('its events byte for byte, with comments and the empty event of 2025-11-25', async () => {
    const text = `id: 1\ndata:\n\n${NOTICE}:\n\n${ANSWER}`;
    const { source, stream } = streaming();
    source.say(text, undefined);
    assert.deepEqual(await readAll(stream), { shown: text, thrown: undefined });
  });

  test('lists that are narrowed, in events that keep their ids (Q02)', async () => {
    const { source, stream } = streaming({ call: aRequest('tools/list') });
    source.say(`id: 5\n${event({ id: 7, result: { tools: [{ name: 'seen' }, { name: 'hidden' }] } })}`, undefined);
    assert.equal((await readAll(stream)).shown, 'id: 5\ndata: {"id":7,"result":{"tools":[{"name":"seen"}]}}\n\n');
  });

  test('a list that is split over data lines, narrowed as well (Q02)', async () => {
    const { source, stream } = streaming({ call: aRequest('tools/list') });
    source.say('data: {"id":7,\ndata: "result":{"tools":[{"name":"hidden"}]}}\n\n', undefined);
    assert.equal((await readAll(stream)).shown, 'data: {"id":7,"result":{"tools":[]}}\n\n');
  });

  test('nothing that is no message, and the log says why (M08)', async () => {
    const { source, stream, log } = streaming();
    source.say('data: not JSON\n\n', event([1]), event({ id: 8, result: {} }), ANSWER, ANSWER, undefined);
    assert.equal((await readAll(stream)).shown, ANSWER);
    assert.deepEqual(log.entries.map(({ fields }) => fields['why']), ['an event that is no JSON', 'a message that is no object', 'an answer to another request', 'a second answer']);
    assert.deepEqual(log.entries[0]?.fields, { request_id: 'req_1', server: 'crm', why: 'an event that is no JSON' });
  });

  test('and follows what it shows, as it came, never what was meant for somebody else', async () => {
    const { source, stream, followed } = streaming({ call: aRequest('tools/list') });
    const list = { id: 7, result: { tools: [{ name: 'hidden' }] } };
    source.say(event({ id: 8, result: { taskId: 't' } }), event(list), undefined);
    await readAll(stream);
    assert.deepEqual(followed, [list]);
  });
});

suite('A stream ends', () => {
  test('at once when its credential is revoked, although the server is silent (K05, M06)', async () => {
    const { source, stream, register } = streaming();
    source.say(NOTICE);
    await stream?.next();
    const ending = readAll(stream);
    await turn();
    register.stop('revoked');
    assert.deepEqual([why(await ending), source.left, register.forgotten], ['revoked', 1, 1]);
  });

  test('before the next event when it was revoked in the meantime: none is shown after the decision (M06)', async () => {
    const { source, stream, register } = streaming();
    source.say(NOTICE, NOTICE, NOTICE);
    await stream?.next();
    register.stop('revoked');
    register.stop('stopping');
    const ending = await readAll(stream);
    assert.deepEqual([ending.shown, why(ending)], ['', 'revoked']);
  });

  test('when its reader leaves, and the server is let go', async () => {
    const { source, stream, register } = streaming();
    source.say(NOTICE);
    await stream?.next();
    await stream?.return?.();
    assert.deepEqual([source.left >= 1, register.forgotten], [true, 1]);
  });

  test('with its source, and is forgotten', async () => {
    const { source, stream, register } = streaming();
    source.say(ANSWER, undefined);
    assert.deepEqual([why(await readAll(stream)), register.forgotten], [undefined, 1]);
  });
});

suite('A server that breaks off', () => {
  test('is answered for: the caller gets an error under its id and does not wait (F08)', async () => {
    const { source, stream, log } = streaming();
    source.say(NOTICE, new Error('ECONNRESET of 10.0.0.7'));
    const ending = await readAll(stream);
    assert.deepEqual([ending.shown, why(ending)], [NOTICE + failed('The MCP server broke off its answer'), 'upstream-failed']);
    assert.deepEqual(log.said('warn'), ['an upstream broke off its stream']);
  });

  test('after the answer has nothing more to say', async () => {
    const { source, stream } = streaming();
    source.say(ANSWER, new Error('reset'));
    const ending = await readAll(stream);
    assert.deepEqual([ending.shown, why(ending)], [ANSWER, 'upstream-failed']);
  });

  test('on a stream that is no call ends it without a word', async () => {
    const { source, stream } = streaming({ call: { kind: 'stream', era: 'legacy' } });
    source.say(NOTICE, new Error('reset'));
    assert.equal((await readAll(stream)).shown, NOTICE);
  });

  test('by an event too large breaks off likewise (D07)', async () => {
    const { source, stream } = streaming({ maxEventBytes: 100 });
    source.say('x'.repeat(200), undefined);
    const ending = await readAll(stream);
    assert.deepEqual([ending.shown, why(ending)], [failed('The MCP server broke off its answer'), 'upstream-failed']);
  });

  test('because the caller has left is not logged as its fault', async () => {
    const { source, stream, log, answered } = streaming();
    answered.hangup.abort();
    const reset = new Error('reset');
    source.say(reset);
    assert.deepEqual([(await readAll(stream)).thrown, log.entries], [reset, []]);
  });
});

suite('A server that ends without an answer', () => {
  const modern = aRequest('tools/call', {}, { era: 'modern' });
  const CASES: readonly (readonly [what: string, McpCall, said: string, shown: string])[] = [
    ['in the modern era is answered for', modern, NOTICE, NOTICE + failed('The MCP server ended without an answer')],
    ['in the modern era has answered with the wrong id', modern, event({ id: 8, result: {} }), failed('The MCP server ended without an answer')],
    ['has answered', modern, ANSWER, ANSWER],
    ['in the legacy era may answer on another stream', aToolCall('x'), NOTICE, NOTICE],
    ['owes none where a stream was asked for', aRequest('subscriptions/listen', {}, { era: 'modern' }), NOTICE, NOTICE],
    ['owes none where no call was made', { kind: 'stream', era: 'legacy' }, NOTICE, NOTICE],
  ];
  for (const [what, call, said, shown] of CASES) {
    test(what, async () => {
      const { source, stream } = streaming({ call });
      source.say(said, undefined);
      assert.deepEqual(await readAll(stream), { shown, thrown: undefined });
    });
  }
});

suite('A credential that holds too many streams', () => {
  test('gets none more, and the server is let go (D02)', () => {
    const { reply, source } = streaming({ room: false });
    assert.deepEqual([reply, source.left], [undefined, 1]);
  });

  test('is counted by what was asked for as a stream; an answer that streams is told apart', () => {
    assert.deepEqual(streaming({ call: { kind: 'stream', era: 'legacy' } }).register.opened, ['key_1', false]);
    assert.deepEqual(streaming({ call: aRequest('subscriptions/listen') }).register.opened, ['key_1', false]);
    assert.deepEqual(streaming().register.opened, ['key_1', true]);
  });
});
