import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { callerOf, streamOf, textOf } from './testdata/calls.ts';
import { SELF_SIGNED } from './testdata/self-signed.ts';

// As NODE_EXTRA_CA_CERTS does for a gateway; this process trusts nobody else.
setDefaultCACertificates([SELF_SIGNED.cert]);

type Answer = Parameters<typeof createServer>[1];

const serving = async (answer: Answer): Promise<{ readonly url: URL; readonly server: Server } & AsyncDisposable> => {
  const server = createServer({ ...SELF_SIGNED }, answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { server, url: new URL(`https://localhost:${String((server.address() as AddressInfo).port)}/mcp`), [Symbol.asyncDispose]: close };
};

/** Every kind of byte there is in JSON, larger than a record of TLS and than what is read at once. */
const LARGE = JSON.stringify({ result: Array.from({ length: 9_000 }, (_, at) => `${String(at)} "ü" 漢 \u0001 ${'x'.repeat(at % 97)}`) });

suite('A server behind TLS', () => {
  test('is answered whole however large the answer, over one connection (RFC 9112 §9.3)', async () => {
    let connections = 0;
    await using upstream = await serving((request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(request.headers['x-large'] === undefined ? '{"small":true}' : LARGE));
    });
    upstream.server.on('secureConnection', () => void (connections += 1));
    using caller = callerOf(upstream.url);
    for (const _ of [1, 2, 3]) {
      assert.equal(textOf(await caller.send()), '{"small":true}');
      assert.equal(textOf(await caller.send({ headers: { 'x-large': '1' } })), LARGE);
    }
    assert.equal(connections, 1);
  });

  test('streams to a reader who is slower than it, and loses not a byte (D02)', async () => {
    const pieces = Array.from({ length: 400 }, (_, at) => Buffer.alloc(7_001, at % 251));
    await using upstream = await serving((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    using caller = callerOf(upstream.url);
    const stream = streamOf(await caller.send());
    const seen = createHash('sha256');
    let turns = 0;
    for (let step = await stream.next(); step.done !== true; step = await stream.next()) {
      seen.update(step.value);
      // Between two looks much may come: it has to be held, and the server has to wait.
      if ((turns += 1) % 3 === 0) await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
    }
    assert.equal(seen.digest('hex'), createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
  });

  test('whose answers come at once for many calls gives each its own (M02)', async () => {
    await using upstream = await serving((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(Buffer.concat(chunks)));
    });
    using caller = callerOf(upstream.url);
    const bodies = Array.from({ length: 20 }, (_, at) => JSON.stringify({ at, text: String(at).repeat(5_000 * (at % 4)) }));
    const replies = await Promise.all(bodies.map((body) => caller.send({ body: Buffer.from(body) })));
    assert.deepEqual(replies.map(textOf), bodies);
  });
});
