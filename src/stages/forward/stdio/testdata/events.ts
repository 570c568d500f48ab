import assert from 'node:assert/strict';
import type { Reply } from '../../../../model/exchange.ts';
import { isJsonObject, type JsonObject } from '../../../../model/json.ts';

export interface TestEvent {
  readonly id: string | undefined;
  readonly message: JsonObject | undefined;
}

const field = (block: string, name: string): string | undefined => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);

const parsed = (text: string): JsonObject => {
  const value: unknown = JSON.parse(text);
  assert(isJsonObject(value), 'a JSON object');
  return value;
};

/** The events of a streamed reply as they come; comments are left out. */
export class TestEvents {
  readonly #source: AsyncIterator<Uint8Array>;
  #text = '';

  constructor(reply: Reply) {
    assert(reply.kind === 'stream', 'the reply is a stream');
    assert.equal(reply.status, 200);
    this.#source = reply.stream[Symbol.asyncIterator]();
  }

  /** The next event, or undefined at the end. */
  async next(): Promise<TestEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        if (block.startsWith(':')) continue;
        const data = field(block, 'data');
        return { id: field(block, 'id'), message: data === undefined || data === '' ? undefined : parsed(data) };
      }
      const step = await this.#source.next();
      if (step.done === true) return undefined;
      this.#text += Buffer.from(step.value).toString('utf8');
    }
  }

  /** The next event that carries a message. */
  async message(): Promise<JsonObject> {
    for (;;) {
      const event = await this.next();
      assert(event !== undefined, 'the stream has ended');
      if (event.message !== undefined) return event.message;
    }
  }

  async rest(): Promise<readonly JsonObject[]> {
    const messages: JsonObject[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) if (event.message !== undefined) messages.push(event.message);
    return messages;
  }

  async leave(): Promise<void> {
    await this.#source.return?.();
  }
}

/** All messages of a reply, whole or streamed. */
export const messagesOf = async (reply: Reply): Promise<readonly JsonObject[]> => {
  if (reply.kind === 'stream') return new TestEvents(reply).rest();
  return [parsed(reply.body.toString())];
};

/** The answer of a reply: its last message. */
export const answerOf = async (reply: Reply): Promise<JsonObject> => {
  const last = (await messagesOf(reply)).at(-1);
  assert(last !== undefined, 'the reply has an answer');
  return last;
};

/** Digs a value out of JSON; undefined when it is not there. */
export const dig = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), value);

/** The text of a tool's result. */
export const textOf = (answer: JsonObject): string => String(dig(answer, 'result', 'content', 0, 'text'));
