import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { until } from '../../../../test/world/until.ts';
import { callerOf, streamOf, textOf } from './testdata/calls.ts';
import { answerJson, UpstreamServer } from './testdata/upstream-server.ts';

const ok = (response: Parameters<typeof answerJson>[0]): void => answerJson(response, {});

suite('A connection to a server', () => {
  test('carries one call after another', async () => {
    await using server = await UpstreamServer.start(ok);
    using caller = callerOf(server.url);
    for (const _ of [1, 2, 3]) await caller.send();
    assert.deepEqual(server.asked.map(({ connection }) => connection), [1, 1, 1]);
  });

  test('carries one call at a time; the one used last is used first', async () => {
    await using server = await UpstreamServer.start(ok);
    using caller = callerOf(server.url);
    await Promise.all([caller.send(), caller.send(), caller.send()]);
    assert.equal(server.connections, 3);
    await caller.send();
    await caller.send();
    assert.equal(server.connections, 3);
    assert.equal(server.asked.at(-1)?.connection, server.asked.at(-2)?.connection);
  });

  test('that the server has closed in the meantime is not used again', async () => {
    await using server = await UpstreamServer.start(ok);
    await using other = await UpstreamServer.start(ok);
    using caller = callerOf(server.url);
    using pacer = callerOf(other.url);
    await caller.send();
    await server.hangUp();
    // A round trip later the end of the connection has arrived here, too.
    await pacer.send();
    assert.equal(textOf(await caller.send()), '{}');
    assert.deepEqual(server.asked.map(({ connection }) => connection), [1, 2]);
  });

  test('that the server says it closes is not used again', async () => {
    await using server = await UpstreamServer.start((response) => answerJson(response, {}, { Connection: 'close' }));
    using caller = callerOf(server.url);
    for (const _ of [1, 2]) await caller.send();
    assert.equal(server.connections, 2);
  });

  const IDLE: readonly (readonly [says: string, keepAlive: string | undefined, idleMs: number])[] = [
    ['nothing', undefined, 4_000],
    ['5 s', 'timeout=5', 4_000],
    ['30 s and a number of calls', 'timeout=30, max=100', 29_000],
    ['an hour', 'timeout=3600', 60_000],
  ];
  for (const [says, keepAlive, idleMs] of IDLE) {
    test(`rests for ${String(idleMs)} ms when the server says ${says}, and is let go before the server does`, async () => {
      await using server = await UpstreamServer.start((response) => answerJson(response, {}, { Connection: 'keep-alive', ...(keepAlive === undefined ? {} : { 'Keep-Alive': keepAlive }) }));
      using caller = callerOf(server.url);
      await caller.send();
      caller.clock.move(idleMs - 1);
      await caller.send();
      assert.equal(server.connections, 1);
      caller.clock.move(idleMs);
      await caller.send();
      assert.equal(server.connections, 2);
    });
  }

  for (const timeout of [0, 1]) {
    test(`is not kept at all when the server says ${String(timeout)} s`, async () => {
      await using server = await UpstreamServer.start((response) => answerJson(response, {}, { Connection: 'keep-alive', 'Keep-Alive': `timeout=${String(timeout)}` }));
      using caller = callerOf(server.url);
      for (const _ of [1, 2]) await caller.send();
      assert.equal(server.connections, 2);
    });
  }

  test('that rests too long is closed although nobody calls', async () => {
    await using server = await UpstreamServer.start((response) => {
      response.once('close', () => (closed = true));
      ok(response);
    });
    let closed = false;
    using caller = callerOf(server.url);
    await caller.send();
    await until('the answer has gone', async () => closed || undefined, { withinMs: 5_000, everyMs: 1 });
    const open = (): Promise<number> => new Promise((resolve, reject) => server.connectionsNow((error, count) => (error === null ? resolve(count) : reject(error))));
    assert.equal(await open(), 1);
    caller.clock.move(4_500);
    await until('the connection is closed', async () => ((await open()) === 0 ? true : undefined), { withinMs: 5_000, everyMs: 1 });
  });

  test('ends when the upstream is closed, in the midst of a call and of a stream', async () => {
    await using server = await UpstreamServer.start((response, { body }) => {
      if (body === 'stream') response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const { upstream, send, clock } = callerOf(server.url);
    const stream = streamOf(await send({ body: Buffer.from('stream') }));
    await stream.next();
    const arrived = server.next();
    void send().catch(() => undefined);
    const { closed } = await arrived;
    await upstream.close();
    await Promise.all([closed, server.asked[0]?.closed]);
    assert.equal(clock.pending, 0);
  });
});
