import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { exchange } from '../../../test/world/raw-http.ts';
import { ScriptedNetwork } from '../../../test/world/scripted-network.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import { until } from '../../../test/world/until.ts';
import { listen } from './http-server.ts';
import { Feed, streaming } from './testdata/feed.ts';
import { OpenListener, whole } from './testdata/open-listener.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n';

suite('Bytes that are no request', () => {
  const BAD: readonly (readonly [what: string, bytes: string, status: number, code: string])[] = [
    ['noise', 'hello\r\n\r\n', 400, 'HPE_INVALID_METHOD'],
    ['a bare LF in the head', 'GET / HTTP/1.1\nHost: a\n\n', 400, 'HPE_CR_EXPECTED'],
    ['a length and chunks', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 'HPE_INVALID_TRANSFER_ENCODING'],
    ['a head larger than 16 KiB', `GET / HTTP/1.1\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`, 431, 'HPE_HEADER_OVERFLOW'],
    ['a tunnel', 'CONNECT host:1 HTTP/1.1\r\nHost: host\r\n\r\n', 405, 'CONNECT'],
    ['the preface of HTTP/2 (P06)', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'HPE_INVALID_VERSION'],
  ];
  for (const [what, bytes, status, code] of BAD) {
    test(`such as ${what} get ${String(status)}, one record and no handler (H13)`, async () => {
      await using listener = await OpenListener.start();
      using dialogue = listener.connect();
      dialogue.write(bytes);
      assert.equal((await dialogue.reply()).status, status);
      await dialogue.end();
      assert.deepEqual([listener.inbounds, listener.malformed.map((refusal) => [refusal.address, refusal.status])], [[], [['127.0.0.1', status]]]);
      assert.equal(listener.malformed[0]?.code.split('_')[0], code.split('_')[0]);
    });
  }

  test('behind a request do not take its answer away', async () => {
    const release = Promise.withResolvers<void>();
    await using listener = await OpenListener.start(async () => {
      await release.promise;
      return whole('first');
    });
    using dialogue = listener.connect();
    dialogue.write(`${GET}noise\r\n\r\n`);
    await until('the noise is refused', async () => (listener.malformed.length === 1 ? true : undefined), { withinMs: 5_000, everyMs: 1 });
    assert.equal(dialogue.text, '');
    release.resolve();
    assert.equal((await dialogue.reply()).body, 'first');
    await dialogue.end();
    assert.equal(dialogue.replies.length, 1);
  });
});

suite('A listener that closes', () => {
  test('lets running exchanges finish, takes no new ones, and waits for no silent connection (F09)', async () => {
    const release = Promise.withResolvers<void>();
    const listener = await OpenListener.start(async () => {
      await release.promise;
      return whole('done');
    });
    using silent = listener.connect();
    using idle = listener.connect();
    using busy = listener.connect();
    idle.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await idle.reply();
    const arrived = listener.next();
    busy.write(GET);
    await arrived;
    const closed = listener.close(60_000);
    await Promise.all([silent.end(), idle.end()]);
    await assert.rejects(exchange(listener.port, GET));
    release.resolve();
    assert.equal((await busy.reply()).body, 'done');
    await closed;
    assert.equal(listener.clock.pending, 0);
  });
});

suite('A listener that closes and has waited long enough', () => {
  test('cuts what is left', async () => {
    const listener = await OpenListener.start(() => streaming(new Feed()));
    using dialogue = listener.connect();
    dialogue.write(GET);
    const { hangup } = await listener.next();
    await dialogue.head();
    const gone = new Promise<void>((resolve) => void hangup.listen(resolve));
    void listener.close(5_000);
    listener.clock.move(4_999);
    assert.equal(hangup.aborted, false);
    listener.clock.move(1);
    await gone;
  });
});

suite('A port that is taken', () => {
  test('is said by the socket itself, for the command line to put into words', async () => {
    await using taken = await OpenListener.start();
    const world = { clock: new MovedClock(), log: new CapturedLog(), random: seededRandom(), network: new ScriptedNetwork() };
    const plane = { plain: () => undefined, handle: () => Promise.resolve(whole()), malformed: () => Promise.resolve() };
    await assert.rejects(listen({ host: '127.0.0.1', port: taken.port, maxBodyBytes: 1, addressOf: String }, () => plane, world), { code: 'EADDRINUSE' });
  });
});
