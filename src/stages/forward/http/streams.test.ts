import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { laterRefusalOf } from '../../../../test/world/refusal.ts';
import { until } from '../../../../test/world/until.ts';
import { Hangup } from '../../../model/hangup.ts';
import { callerOf, streamOf } from './testdata/calls.ts';
import { UpstreamServer } from './testdata/upstream-server.ts';

const begin = (response: ServerResponse): ServerResponse => response.writeHead(200, { 'Content-Type': 'text/event-stream' });

const textOf = async (stream: AsyncIterator<Uint8Array>): Promise<string> => {
  const step = await stream.next();
  return step.done === true ? 'done' : Buffer.from(step.value).toString();
};

suite('A stream of a server', () => {
  test('arrives event by event, while the server still speaks', async () => {
    const open: ServerResponse[] = [];
    await using server = await UpstreamServer.start((response) => void open.push(begin(response)));
    using caller = callerOf(server.url);
    const replying = caller.send();
    await server.next();
    open[0]?.write('data: 1\n\n');
    const reply = await replying;
    assert.deepEqual([reply.kind, reply.status, reply.headers], ['stream', 200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' }]);
    const stream = streamOf(reply);
    assert.equal(await textOf(stream), 'data: 1\n\n');
    open[0]?.write('data: 2\n\n');
    assert.equal(await textOf(stream), 'data: 2\n\n');
    open[0]?.end();
    assert.equal(await textOf(stream), 'done');
  });

  test('makes the server wait for a reader who takes nothing, and loses not a byte (D02)', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    const pieces = 2_000;
    let sent = 0;
    let stalledAtMs = Number.POSITIVE_INFINITY;
    await using server = await UpstreamServer.start((response) => {
      const more = (): void => {
        stalledAtMs = Number.POSITIVE_INFINITY;
        while (sent < pieces) {
          sent += 1;
          if (!response.write(piece)) {
            stalledAtMs = performance.now();
            return;
          }
        }
        response.end();
      };
      begin(response).on('drain', more);
      more();
    });
    using caller = callerOf(server.url);
    const stream = streamOf(await caller.send());
    await until('the server waits', async () => (performance.now() - stalledAtMs > 150 ? true : undefined), { withinMs: 10_000 });
    // What the system holds in its own buffers is not ours to bound.
    assert.ok(sent < pieces / 2, `${String(sent)} of ${String(pieces)} pieces were taken`);
    let received = 0;
    for (let step = await stream.next(); step.done !== true; step = await stream.next()) received += step.value.length;
    assert.equal(received, pieces * piece.length);
  });

  test('is the same for a slow reader as for a fast one', async () => {
    const bytes = Buffer.from(Array.from({ length: 400_000 }, (_, at) => `data: ${String(at)}\n\n`).join(''));
    await using server = await UpstreamServer.start((response) => begin(response).end(bytes));
    using caller = callerOf(server.url);
    const stream = streamOf(await caller.send());
    const hash = createHash('sha256');
    for (let step = await stream.next(); step.done !== true; step = await stream.next()) {
      hash.update(step.value);
      await turn();
    }
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  });

  test('lasts as long as it likes: the time limit is for its beginning', async () => {
    const open: ServerResponse[] = [];
    await using server = await UpstreamServer.start((response) => void open.push(begin(response)));
    using caller = callerOf(server.url);
    const replying = caller.send({ timeoutMs: 1_000 });
    await server.next();
    open[0]?.flushHeaders();
    const stream = streamOf(await replying);
    caller.clock.move(3_600_000);
    open[0]?.write('data: late\n\n');
    assert.equal(await textOf(stream), 'data: late\n\n');
  });

  test('that is empty ends at once', async () => {
    await using server = await UpstreamServer.start((response) => begin(response).end());
    using caller = callerOf(server.url);
    assert.equal(await textOf(streamOf(await caller.send())), 'done');
  });
});

suite('The server is let go', () => {
  const speaking = () => UpstreamServer.start((response) => void begin(response).write('data: 1\n\n'));

  test('when the reader stops reading', async () => {
    await using server = await speaking();
    using caller = callerOf(server.url);
    const stream = streamOf(await caller.send());
    await stream.next();
    await stream.return?.();
    await server.asked[0]?.closed;
  });

  test('when the caller hangs up, and the reader is told why', async () => {
    await using server = await speaking();
    using caller = callerOf(server.url);
    const hangup = new Hangup();
    const stream = streamOf(await caller.send({ hangup }));
    await stream.next();
    const refusal = laterRefusalOf(() => stream.next());
    hangup.abort();
    assert.equal((await refusal).code, 'client.gone');
    await server.asked[0]?.closed;
  });

  test('when its answer does not begin in time (F08)', async () => {
    await using server = await UpstreamServer.start(() => undefined);
    using caller = callerOf(server.url);
    const arrived = server.next();
    const refusal = laterRefusalOf(() => caller.send({ timeoutMs: 700 }));
    const { closed } = await arrived;
    caller.clock.move(699);
    caller.clock.move(251);
    const { code, circumstances } = await refusal;
    assert.deepEqual([code, circumstances.reason], ['upstream.timeout', 'no answer within 700 ms']);
    await closed;
    assert.deepEqual(caller.upstream.health(), { kind: 'ready' });
  });

  test('when a whole answer stops in the middle (F08)', async () => {
    await using server = await UpstreamServer.start((response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).write('{'));
    using caller = callerOf(server.url);
    const arrived = server.next();
    const refusal = laterRefusalOf(() => caller.send({ timeoutMs: 700 }));
    const { closed } = await arrived;
    caller.clock.move(1_000);
    assert.equal((await refusal).code, 'upstream.timeout');
    await closed;
  });
});

suite('A stream that breaks off', () => {
  test('gives what came, and then the failure: a half answer is not taken for a whole one (F08)', async () => {
    const open: ServerResponse[] = [];
    await using server = await UpstreamServer.start((response) => {
      open.push(response);
      begin(response).write('data: 1\n\n');
    });
    using caller = callerOf(server.url);
    const stream = streamOf(await caller.send());
    assert.equal(await textOf(stream), 'data: 1\n\n');
    open[0]?.destroy();
    await assert.rejects(async () => stream.next(), { code: 'ECONNRESET' });
    await assert.rejects(async () => stream.next(), { code: 'ECONNRESET' });
  });
});
