import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Hangup } from '../../../../model/hangup.ts';
import { HandClock } from '../testdata/hand-clock.ts';
import { EventStream, STANDALONE, type Resumption } from './event-stream.ts';

const build = (resumption?: Resumption, maxBytes = 100_000) => {
  const clock = new HandClock();
  const left: string[] = [];
  const stream = new EventStream({ clock, resumption, maxBytes, left: () => void left.push('left') });
  return { clock, left, stream };
};

const primed: Resumption = { name: '7', primes: true };

const read = (stream: EventStream, after?: number, hangup = new Hangup()) => {
  const source = stream.read(hangup, after)[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => {
    const step = await source.next();
    return step.done === true ? undefined : Buffer.from(step.value).toString();
  };
  const all = async (): Promise<readonly string[]> => {
    const texts: string[] = [];
    for (let text = await next(); text !== undefined; text = await next()) texts.push(text);
    return texts;
  };
  return { next, all, leave: () => source.return?.(), hangup };
};

const message = (n: number) => ({ jsonrpc: '2.0', method: 'm', params: { n } });
const frame = (n: number, id?: string): string => `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: {"jsonrpc":"2.0","method":"m","params":{"n":${n}}}\n\n`;

suite('A stream that cannot be resumed (modern)', () => {
  test('messages come in order, without ids, and the end after them', async () => {
    const { stream, left } = build();
    stream.send(message(1));
    const reader = read(stream);
    stream.send(message(2));
    stream.end();
    stream.send(message(3));
    assert.deepEqual(await reader.all(), [frame(1), frame(2)]);
    assert.deepEqual(left, []);
  });

  test('a waiting reader gets what comes, and a comment when nothing does', async () => {
    const { stream, clock } = build();
    const reader = read(stream);
    const first = reader.next();
    stream.send(message(1));
    assert.equal(await first, frame(1));
    const quiet = reader.next();
    clock.advance(15_000);
    assert.equal(await quiet, ': keep-alive\n\n');
  });

  test('leaving is told once, however it happens, and leaves no timer', async () => {
    for (const how of ['return', 'hangup'] as const) {
      const { stream, left, clock } = build();
      const reader = read(stream);
      const waiting = reader.next();
      if (how === 'return') await reader.leave();
      else reader.hangup.abort();
      assert.equal(await waiting, undefined);
      await reader.leave();
      assert.deepEqual([left, clock.pending], [['left'], 0]);
    }
  });

  test('a reader that is too slow is sent away instead of filling the memory', async () => {
    const { stream, left } = build(undefined, 1_000);
    const reader = read(stream);
    for (let n = 0; n < 100; n += 1) stream.send(message(n));
    assert.deepEqual(left, ['left']);
    assert.equal(await reader.next(), undefined);
    assert(stream.keptBytes <= 1_100);
  });
});

suite('A stream that can be resumed (legacy)', () => {
  test('the first event primes the client, and each has an id of this stream', async () => {
    const { stream } = build(primed);
    stream.send(message(1));
    stream.end();
    assert.deepEqual(await read(stream).all(), ['id: 7-0\nretry: 1000\ndata: \n\n', frame(1, '7-1')]);
  });

  test('a client of an older revision gets no empty event', async () => {
    const { stream } = build({ name: '7', primes: false });
    stream.send(message(1));
    stream.end();
    assert.deepEqual(await read(stream).all(), [frame(1, '7-0')]);
  });

  test('leaving ends nothing: what comes meanwhile is read by whoever comes back', async () => {
    const { stream } = build(primed);
    const first = read(stream);
    await first.next();
    stream.send(message(1));
    assert.equal(await first.next(), frame(1, '7-1'));
    await first.leave();
    stream.send(message(2));
    stream.end();
    assert.deepEqual(await read(stream, 1).all(), [frame(2, '7-2')]);
    assert.deepEqual(await read(stream, 0).all(), [frame(1, '7-1'), frame(2, '7-2')]);
  });

  test('a second reader takes the place of the first', async () => {
    const { stream } = build(primed);
    const first = read(stream);
    await first.next();
    const waiting = first.next();
    const second = read(stream, 0);
    stream.send(message(1));
    assert.equal(await waiting, undefined);
    assert.equal(await second.next(), frame(1, '7-1'));
  });

  test('what is kept is bounded; notifications are lost, the last message never', async () => {
    const { stream } = build(primed, 1_000);
    for (let n = 1; n <= 100; n += 1) stream.send(message(n));
    stream.end();
    const texts = await read(stream, 0).all();
    assert(texts.length < 20);
    assert.equal(texts.at(-1), frame(100, '7-100'));
    const huge = build(primed, 1_000).stream;
    huge.send({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(10_000) } });
    huge.end();
    assert.equal((await read(huge, 0).all()).length, 1);
  });

  test('the stream of the session itself begins with now, and an event to come back to', async () => {
    const { stream } = build({ name: STANDALONE, primes: true });
    stream.send(message(1));
    const reader = read(stream);
    stream.send(message(2));
    assert.equal(await reader.next(), 'id: 0-1\nretry: 1000\ndata: \n\n');
    assert.equal(await reader.next(), frame(2, '0-2'));
  });
});
