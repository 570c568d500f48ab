import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { timesAsDear } from '../../../test/world/cpu.ts';
import { readEvents, rewriteEvent, SseSyntaxError, type SseEvent } from './sse-events.ts';

async function* pieces(...chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const read = async (chunks: readonly (Uint8Array | string)[], maxEventBytes = 10_000): Promise<readonly SseEvent[]> => {
  const events: SseEvent[] = [];
  for await (const event of readEvents(pieces(...chunks), maxEventBytes)) events.push(event);
  return events;
};

/** Cuts bytes at arbitrary places, inside characters too. */
const cut = (bytes: Buffer, places: readonly number[]): readonly Buffer[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((left, right) => left - right);
  return [0, ...at].map((from, index) => bytes.subarray(from, [...at, bytes.length][index]));
};

/** What a reader of the specification makes of passed bytes: each event's data, in order (WHATWG HTML §9.2.6). */
const dataIn = (bytes: Buffer): readonly string[] =>
  bytes.toString().replaceAll(/\r\n|\r/g, '\n').split('\n\n').flatMap((event) => {
    const data = event.split('\n').filter((line) => line === 'data' || line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''));
    return data.length === 0 ? [] : [data.join('\n')];
  });

const END = fc.constantFrom('\n', '\r', '\r\n');
const LINE = fc.constantFrom('data: {"id":7}', 'data:x', 'data: ', 'data: grüße 👋', 'id: 1', 'event: message', 'retry: 5', ': comment', 'odd: field', 'data');

/** Events in text, each with line ends of one kind, and the data they hold. */
const EVENTS = fc.array(fc.tuple(fc.array(LINE, { minLength: 1, maxLength: 4 }), END), { maxLength: 6 }).map((events) => ({
  bytes: Buffer.from(events.map(([lines, end]) => [...lines, ''].map((line) => line + end).join('')).join('')),
  data: events.map(([lines]) => lines.filter((line) => line.startsWith('data')).map((line) => line.slice(5).replace(/^ /, ''))).map((data) => (data.length === 0 ? undefined : data.join('\n'))),
}));

suite('A stream of events', () => {
  test('is read the same however its bytes are cut, with any of the three line ends (Q02)', async () => {
    await fc.assert(
      fc.asyncProperty(EVENTS, fc.array(fc.nat(), { maxLength: 12 }), async ({ bytes, data }, places) => {
        const events = await read(cut(bytes, places));
        assert.deepEqual(events.map((event) => event.data), data);
      }),
      { numRuns: 500 },
    );
  });

  test('is passed on with the same data, and each event in it is complete by itself', async () => {
    await fc.assert(
      fc.asyncProperty(EVENTS, fc.array(fc.nat(), { maxLength: 12 }), async ({ bytes, data }, places) => {
        const events = await read(cut(bytes, places));
        assert.deepEqual(dataIn(Buffer.concat(events.map(({ raw }) => raw))), data.filter((text) => text !== undefined));
        // A reader that waits behind a CR for an LF would never see an event that ends with one.
        for (const { raw } of events) assert.match(raw.toString(), /(?:\n|\r\n)(?:\n|\r\n)$|^:\n\n$/);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps its bytes where every reader understands them alike', async () => {
    for (const text of ['data: 1\n\n', 'event: message\r\ndata: {"id":7}\r\n\r\n', 'id: 1\nretry: 5\nevent: x\ndata:1\ndata\n\n']) {
      for (let at = 0; at < text.length; at += 1) {
        const events = await read([text.slice(0, at), text.slice(at)]);
        if (text.slice(0, at).endsWith('\r\n\r')) continue;
        assert.deepEqual(events.map(({ raw }) => raw.toString()), [text], String(at));
      }
    }
  });

  test('gives the second half of a line end to nobody, and a further blank line is one of its own', async () => {
    const raws = async (...chunks: readonly string[]): Promise<readonly string[]> => (await read(chunks)).map(({ raw }) => raw.toString());
    assert.deepEqual(await raws('data: 1\r\n\r', '\ndata: 2\n\n'), ['data: 1\n\n', 'data: 2\n\n']);
    assert.deepEqual(await raws('data: 1\r\n\r', '\n\ndata: 2\n\n'), ['data: 1\n\n', '\n', 'data: 2\n\n']);
    assert.deepEqual(await raws('data: 1\r\n\r\n\ndata: 2\n\n'), ['data: 1\r\n\r\n', '\n', 'data: 2\n\n']);
    assert.deepEqual(await raws('\ndata: 1\n\n'), ['\n', 'data: 1\n\n']);
  });

  test('gives an event as soon as it is whole, not with the next one', async () => {
    for (const text of ['data: 1\n\n', 'data: 1\r\r', 'data: 1\r\n\r\n', 'data: 1\r\n\r']) {
      const events = readEvents((async function* stays() {
        yield Buffer.from(text);
        throw new Error('the next chunk was awaited');
      })(), 100);
      assert.equal((await events.next()).value?.data, '1', JSON.stringify(text));
    }
  });

  test('drops what is unfinished at its end, as the specification says', async () => {
    for (const rest of ['', 'data: 2', 'data: 2\n', ': x\r', '\n']) assert.deepEqual((await read([`data: 1\n\n${rest}`])).filter(({ data }) => data !== undefined).map(({ data }) => data), ['1'], rest);
  });

  test('that is empty has none', async () => assert.deepEqual(await read([]), []));
});

suite('What only some readers would see is not passed on (Q02)', () => {
  const HIDDEN: readonly (readonly [what: string, text: string, raw: string, data: string | undefined])[] = [
    ['a comment with an event behind a line end of another kind', ': x\u2028data: {"hidden":1}\ndata: 1\n\n', 'data: 1\n\n', '1'],
    ['an id with a line end of another kind', 'id: 1\u0085data: hidden\ndata: 1\n\n', 'data: 1\n\n', '1'],
    ['a NUL in an id', 'id: 1\u0000\ndata: 1\n\n', 'data: 1\n\n', '1'],
    ['a field of no name that is known', 'foo: bar\ndata: 1\n\n', 'data: 1\n\n', '1'],
    ['a field that only looks like data', 'Data: hidden\n data: hidden\ndata : hidden\n\n', ':\n\n', undefined],
    ['a comment alone, which stays a sign of life', ': ping\n\n', ':\n\n', undefined],
    ['a mark of byte order at the very beginning', '\u{feff}data: 1\n\n', 'data: 1\n\n', '1'],
    ['an event that begins with id only in part', 'idle: 1\nid\nevent\ndata: 1\n\n', 'id\nevent\ndata: 1\n\n', '1'],
  ];
  for (const [what, text, raw, data] of HIDDEN) {
    test(what, async () => {
      const [event] = await read([text]);
      assert.deepEqual([event?.raw.toString(), event?.data], [raw, data]);
    });
  }

  test('a mark of byte order further on is part of a name nobody knows', async () => {
    const events = await read(['data: 1\n\n\u{feff}data: 2\n\n']);
    assert.deepEqual(events.map(({ data }) => data), ['1', undefined]);
  });

  test('bytes that are no UTF-8 end the stream (N09)', async () => {
    for (const bad of [Buffer.from([0x64, 0xff, 10, 10]), Buffer.from([0xc0, 0xae, 10, 10])]) await assert.rejects(read([bad]), SseSyntaxError);
  });
});

suite('An event', () => {
  test('larger than the bound ends the stream, before it is whole (D07)', async () => {
    await assert.rejects(read(['data: ', 'x'.repeat(95)], 100), SseSyntaxError);
    assert.equal((await read(['data: ', 'x'.repeat(94), '\n\n'], 100))[0]?.data?.length, 94);
  });

  test('is bounded by itself: what came before it does not count', async () => {
    const many = Array.from({ length: 50 }, () => `data: ${'x'.repeat(80)}\n\n`);
    assert.equal((await read(many, 100)).length, 50);
    assert.equal((await read(many.flatMap((event) => [event.slice(0, 50), event.slice(50)]), 100)).length, 50);
    assert.equal((await read([`${many.join('')}data: ${'x'.repeat(80)}`, '\n\n'], 100)).length, 51);
  });

  test('of a megabyte in pieces of a few bytes is read in linear time (G13)', async () => {
    const readOf = async (pieceCount: number): Promise<void> => {
      const [event] = await read([...Array.from({ length: pieceCount }, () => 'data: '.padEnd(50, 'x')), '\n\n'], 2_000_000);
      assert.equal(event?.data?.length, 50 * pieceCount - 6);
    };
    const inTenParts = async (): Promise<void> => {
      for (let part = 0; part < 10; part += 1) await readOf(2_000);
    };
    // A reader that begins anew with each piece takes ten times as long for the whole as for ten tenths.
    const times = await timesAsDear(() => readOf(20_000), inTenParts);
    assert.ok(times < 4, `${String(times)} times as dear as ten tenths of it`);
  });

  test('that is written anew keeps its id, event and retry lines', async () => {
    const [event] = await read(['id: 7\nevent: message\ndata: old\nretry: 5\n: x\n\n']);
    assert.ok(event);
    assert.equal(rewriteEvent(event, '{"new":1}').toString(), 'id: 7\nevent: message\nretry: 5\ndata: {"new":1}\n\n');
    assert.equal(rewriteEvent(event, 'two\nlines').toString(), 'id: 7\nevent: message\nretry: 5\ndata: two\ndata: lines\n\n');
  });
});
