import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exchange } from '../../../test/world/raw-http.ts';
import { until } from '../../../test/world/until.ts';
import { Feed, streaming } from './testdata/feed.ts';
import { OpenListener, whole } from './testdata/open-listener.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n';

suite('A reply', () => {
  for (const size of [0, 1, 16 * 1024, 16 * 1024 + 1, 64 * 1024, 64 * 1024 + 1, 300_000]) {
    test(`of ${String(size)} bytes is written byte for byte, with its length, as bytes and as text`, async () => {
      const bytes = Buffer.from(Array.from({ length: size }, (_, at) => at % 256));
      for (const body of [bytes, bytes.toString('utf8').replaceAll('\u{fffd}', 'ä')]) {
        await using listener = await OpenListener.start(() => whole(body, { status: 201, headers: { 'X-Own': 'v' } }));
        const reply = await exchange(listener.port, GET);
        assert.deepEqual([reply.status, reply.headers.get('x-own'), reply.headers.get('content-length')], [201, ['v'], [String(Buffer.byteLength(body))]]);
        assert.deepEqual(Buffer.from(reply.text.slice(reply.text.indexOf('\r\n\r\n') + 4), 'latin1'), Buffer.from(body));
      }
    });
  }

  test('of 204 has no length (RFC 9110 §8.6)', async () => {
    await using listener = await OpenListener.start(() => whole('', { status: 204 }));
    assert.equal((await exchange(listener.port, GET)).headers.has('content-length'), false);
  });

  test('that cannot be made ends the connection and is logged, and the next request is answered', async () => {
    await using listener = await OpenListener.start(({ path }) => (path === '/x' ? Promise.reject(new Error('broken')) : whole()));
    using dialogue = listener.connect();
    dialogue.write(GET);
    await dialogue.end();
    assert.deepEqual([dialogue.text, listener.log.said('error')], ['', ['a reply could not be written']]);
    assert.equal((await exchange(listener.port, GET.replace('/x', '/y'))).status, 200);
  });

  test('to pipelined requests comes in their order', async () => {
    const first = Promise.withResolvers<void>();
    await using listener = await OpenListener.start(async ({ path }) => {
      if (path === '/1') await first.promise;
      else first.resolve();
      return whole(path);
    });
    using dialogue = listener.connect();
    dialogue.write(GET.replace('/x', '/1') + GET.replace('/x', '/2'));
    assert.deepEqual([(await dialogue.reply(1)).body, (await dialogue.reply(2)).body], ['/1', '/2']);
  });
});

suite('A stream', () => {
  test('begins before its first event: its head is not held back', async () => {
    const feed = new Feed();
    await using listener = await OpenListener.start(() => streaming(feed));
    using dialogue = listener.connect();
    dialogue.write(GET);
    assert.deepEqual((await dialogue.head()).headers.get('content-type'), ['text/event-stream']);
    feed.say('data: 1\n\n', undefined);
    assert.equal((await dialogue.reply()).body, 'data: 1\n\n');
  });

  test('that is idle gives a sign of life every 15 seconds (TR-9), and none when it is over', async () => {
    const feed = new Feed();
    await using listener = await OpenListener.start(() => streaming(feed));
    using dialogue = listener.connect();
    dialogue.write(GET);
    await dialogue.head();
    listener.clock.move(14_999);
    listener.clock.move(1);
    await dialogue.when('a sign of life', () => dialogue.text.includes(': keep-alive\n\n') || undefined);
    feed.say(undefined);
    assert.equal((await dialogue.reply()).body, ': keep-alive\n\n');
    await until('its timers are gone', async () => (listener.clock.pending === 0 ? true : undefined), { withinMs: 2_000, everyMs: 1 });
  });

  test('is cut off when its reader takes nothing for 12 seconds (D01)', async () => {
    const feed = new Feed();
    await using listener = await OpenListener.start(() => streaming(feed));
    using dialogue = listener.connect({ reads: false });
    dialogue.write(GET);
    const { hangup } = await listener.next();
    feed.say(...Array.from({ length: 400 }, () => Buffer.alloc(65_536)));
    await until('the reader is waited for', async () => (listener.clock.pending === 2 ? true : undefined), { withinMs: 5_000, everyMs: 1 });
    listener.clock.move(11_999);
    assert.equal(hangup.aborted, false);
    listener.clock.move(1);
    await until('it is cut off', async () => (hangup.aborted && feed.left ? true : undefined), { withinMs: 5_000, everyMs: 1 });
  });

  test('whose reader has left is left too', async () => {
    const feed = new Feed();
    await using listener = await OpenListener.start(() => streaming(feed));
    using dialogue = listener.connect();
    const arrived = listener.next();
    dialogue.write(GET);
    const { hangup } = await arrived;
    const gone = new Promise<void>((resolve) => void hangup.listen(resolve));
    await dialogue.head();
    await dialogue.hangUp();
    await gone;
    feed.say('data: 1\n\n');
    await until('it is left', async () => feed.left || undefined, { withinMs: 5_000, everyMs: 1 });
  });

  test('that its reader takes slowly leaves nothing behind that grows with it', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', note);
    const feed = new Feed().say(...Array.from({ length: 400 }, () => Buffer.alloc(65_536)), undefined);
    await using listener = await OpenListener.start(() => streaming(feed));
    using dialogue = listener.connect({ reads: false });
    dialogue.write(GET.replace('Host:', 'Connection: close\r\nHost:'));
    dialogue.socket.resume();
    await dialogue.end();
    assert.ok(dialogue.socket.bytesRead > 400 * 65_536);
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });
});

suite('A large reply', () => {
  test('is cut off when its reader takes nothing for 12 seconds, as a stream is (D01)', async () => {
    await using listener = await OpenListener.start(() => whole(Buffer.alloc(30_000_000)));
    using dialogue = listener.connect({ reads: false });
    dialogue.write(GET);
    const { hangup } = await listener.next();
    await until('the reader is waited for', async () => (listener.clock.pending === 1 ? true : undefined), { withinMs: 5_000, everyMs: 1 });
    listener.clock.move(12_000);
    await until('it is cut off', async () => hangup.aborted || undefined, { withinMs: 5_000, everyMs: 1 });
  });
});
