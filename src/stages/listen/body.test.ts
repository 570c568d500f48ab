import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import type { Dialogue } from '../../../test/world/raw-http.ts';
import type { Inbound } from '../../model/exchange.ts';
import { OpenListener, whole } from './testdata/open-listener.ts';

/** A listener that says back how long the body was, or why it was refused. */
const echoing = (maxBodyBytes = 1_000): Promise<OpenListener> => OpenListener.start(async (inbound) => whole(`${String((await inbound.readBody()).length)} bytes`), maxBodyBytes);

const head = (...headers: readonly string[]): string => ['POST /mcp HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n');
const CHUNKED = head('Transfer-Encoding: chunked');

const said = async (dialogue: Dialogue, ...parts: readonly string[]): Promise<{ status: number; body: string; closes: boolean }> => {
  for (const part of parts) dialogue.write(part);
  const { status, body, headers } = await dialogue.reply();
  return { status, body, closes: headers.get('connection')?.[0] === 'close' };
};

suite('A body', () => {
  const READ: readonly (readonly [what: string, parts: readonly string[], bytes: number])[] = [
    ['of a known length', [head('Content-Length: 5'), 'hello'], 5],
    ['of a known length in pieces', [head('Content-Length: 5'), 'he', 'llo'], 5],
    ['in chunks', [CHUNKED, '2\r\nhe\r\n', '3\r\nllo\r\n0\r\n\r\n'], 5],
    ['of nothing', [head('Content-Length: 0')], 0],
    ['that is not there', [head()], 0],
    ['as long as the bound', [head('Content-Length: 1000'), 'x'.repeat(1_000)], 1_000],
    ['in chunks as long as the bound', [CHUNKED, `3e8\r\n${'x'.repeat(1_000)}\r\n0\r\n\r\n`], 1_000],
  ];
  for (const [what, parts, bytes] of READ) {
    test(`${what} is read whole`, async () => {
      await using listener = await echoing();
      using dialogue = listener.connect();
      assert.deepEqual(await said(dialogue, ...parts), { status: 200, body: `${String(bytes)} bytes`, closes: false });
    });
  }

  test('is the bytes that were sent', async () => {
    let read: Buffer | undefined;
    await using listener = await OpenListener.start(async (inbound) => {
      read = await inbound.readBody();
      return whole();
    }, 100_000);
    using dialogue = listener.connect();
    const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7919) % 256));
    dialogue.write(head(`Content-Length: ${String(bytes.length)}`));
    for (let at = 0; at < bytes.length; at += 7_001) {
      dialogue.write(bytes.subarray(at, at + 7_001));
      await turn();
    }
    await dialogue.reply();
    assert.deepEqual(read, bytes);
  });

  test('is asked for only when it is read: nobody sends one in vain (RFC 9110 §10.1.1)', async () => {
    const asked = Promise.withResolvers<void>();
    await using listener = await OpenListener.start(async (inbound) => {
      await asked.promise;
      return whole(`${String((await inbound.readBody()).length)} bytes`);
    });
    using dialogue = listener.connect();
    const arrived = listener.next();
    dialogue.write(head('Expect: 100-continue', 'Content-Length: 2'));
    await arrived;
    await turn();
    assert.equal(dialogue.text, '');
    asked.resolve();
    await dialogue.when('it is asked for', () => dialogue.text.startsWith('HTTP/1.1 100 Continue') || undefined);
    assert.equal((await said(dialogue, 'hi')).body, '2 bytes');
  });

  test('is not asked for when its head is refused', async () => {
    await using listener = await OpenListener.start(() => whole('no', { status: 401 }));
    using dialogue = listener.connect();
    assert.equal((await said(dialogue, head('Expect: 100-continue', 'Content-Length: 2'))).status, 401);
    assert.equal(dialogue.text.includes('100 Continue'), false);
  });
});

suite('A body larger than the bound is refused, and the connection closes (N06)', () => {
  test('before a byte of it is read when it says so itself', async () => {
    await using listener = await echoing();
    using dialogue = listener.connect();
    assert.deepEqual(await said(dialogue, head('Content-Length: 1001')), { status: 413, body: 'http.too-large', closes: true });
  });

  test('as soon as it is, when it comes in chunks without end', async () => {
    await using listener = await echoing();
    using dialogue = listener.connect();
    assert.deepEqual(await said(dialogue, CHUNKED, `3e8\r\n${'x'.repeat(1_000)}\r\n1\r\nx\r\n`), { status: 413, body: 'http.too-large', closes: true });
  });

  test('when it comes in very many very small pieces (G13)', async () => {
    await using listener = await echoing(1_000_000);
    using dialogue = listener.connect();
    assert.deepEqual(await said(dialogue, CHUNKED, '1\r\nx\r\n'.repeat(10_001)), { status: 400, body: 'http.malformed', closes: true });
  });

  test('and not when many pieces are of a good size, or small ones are few', async () => {
    await using listener = await echoing(20_000_000);
    using dialogue = listener.connect();
    const piece = `400\r\n${'x'.repeat(1_024)}\r\n`;
    assert.equal((await said(dialogue, CHUNKED, piece.repeat(10_300), '0\r\n\r\n')).body, `${String(1_024 * 10_300)} bytes`);
    using other = listener.connect();
    assert.equal((await said(other, CHUNKED, '1\r\nx\r\n'.repeat(10_000), '0\r\n\r\n')).body, '10000 bytes');
  });
});

suite('A body that breaks', () => {
  test('in a chunk is refused whole: nothing of it goes on (H07)', async () => {
    await using listener = await echoing();
    using dialogue = listener.connect();
    const answer = await said(dialogue, CHUNKED, '2\r\nhe\r\nnonsense\r\n');
    assert.deepEqual([answer.status, answer.body, listener.malformed], [400, 'http.malformed', []]);
    await dialogue.end();
  });

  test('before anybody reads it is refused when it is read', async () => {
    const read = Promise.withResolvers<void>();
    await using listener = await OpenListener.start(async (inbound) => {
      await read.promise;
      return whole(`${String((await inbound.readBody()).length)} bytes`);
    });
    using dialogue = listener.connect();
    const arrived = listener.next();
    dialogue.write(CHUNKED);
    await arrived;
    dialogue.write('2\r\nhe\r\nnonsense\r\n');
    // A whole round trip on another connection later the nonsense has been read.
    using other = listener.connect();
    other.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await other.reply();
    read.resolve();
    assert.equal((await dialogue.reply()).body, 'http.malformed');
  });

  test('because its sender ends in the middle is refused whole (RFC 9112 §8)', async () => {
    await using listener = await echoing();
    using dialogue = listener.connect();
    dialogue.write(`${head('Content-Length: 9')}half`);
    dialogue.socket.end();
    assert.deepEqual(await said(dialogue), { status: 400, body: 'http.malformed', closes: true });
  });

  test('because its sender has left is told as that', async () => {
    const codes: string[] = [];
    const told = Promise.withResolvers<void>();
    await using listener = await OpenListener.start(async (inbound: Inbound) => {
      await Promise.resolve(inbound.readBody()).catch((error: { code: string }) => codes.push(error.code));
      told.resolve();
      return whole();
    });
    using dialogue = listener.connect();
    const arrived = listener.next();
    dialogue.write(`${head('Content-Length: 9')}half`);
    await arrived;
    dialogue.socket.resetAndDestroy();
    await told.promise;
    assert.deepEqual(codes, ['client.gone']);
  });
});
