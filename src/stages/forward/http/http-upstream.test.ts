import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { freePort } from '../../../../test/world/ports.ts';
import { laterRefusalOf } from '../../../../test/world/refusal.ts';
import { Hangup } from '../../../model/hangup.ts';
import { callerOf, textOf } from './testdata/calls.ts';
import { SELF_SIGNED } from './testdata/self-signed.ts';
import { answerJson, UpstreamServer } from './testdata/upstream-server.ts';

/** A server of bare sockets that says these bytes to whatever it is asked, and hangs up if told so. */
const sayingBytes = async (bytes: string, hangUp = false): Promise<{ url: URL } & AsyncDisposable> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => (hangUp ? socket.write(bytes, () => socket.resetAndDestroy()) : socket.write(bytes)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: new URL(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`), [Symbol.asyncDispose]: async () => void server.close() };
};

suite('A call to an HTTP server', () => {
  test('goes out as it is, and its answer comes back whole', async () => {
    await using server = await UpstreamServer.start((response) => answerJson(response, { jsonrpc: '2.0', id: 7, result: {} }, { 'Mcp-Session-Id': 's', 'Set-Cookie': 'a=b' }));
    using caller = callerOf(server.url);
    const reply = await caller.send({ headers: { accept: 'a', 'x-tenant': 'acme' }, body: Buffer.from('{"id": 7}') });
    assert.deepEqual([reply.kind, reply.status, reply.headers, textOf(reply)], ['whole', 200, { 'Mcp-Session-Id': 's', 'Content-Type': 'application/json' }, '{"jsonrpc":"2.0","id":7,"result":{}}']);
    const [asked] = server.asked;
    assert.deepEqual([asked?.method, asked?.url, asked?.body, asked?.headers], ['POST', '/mcp?a=b', '{"id": 7}', { host: server.url.host, accept: 'a', 'x-tenant': 'acme', 'content-length': '9' }]);
  });

  test('goes by its method, and without a body when there is none', async () => {
    await using server = await UpstreamServer.start((response) => response.writeHead(204).end());
    using caller = callerOf(server.url);
    for (const httpMethod of ['GET', 'DELETE'] as const) assert.equal(textOf(await caller.send({ httpMethod, body: undefined })), '');
    assert.deepEqual(server.asked.map(({ method, body }) => `${method} ${body}`), ['GET ', 'DELETE ']);
  });

  test('is answered in chunks as in one piece', async () => {
    await using server = await UpstreamServer.start((response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      for (const part of ['{"a"', ':', '1}']) response.write(part);
      response.end();
    });
    using caller = callerOf(server.url);
    assert.equal(textOf(await caller.send()), '{"a":1}');
  });

  test('that is answered with words that are not for the caller is answered without them, and the connection goes on', async () => {
    await using server = await UpstreamServer.start((response, { connection }) => response.writeHead(400, { 'Content-Type': 'text/html' }).end(`<h1>10.0.0.7 ${String(connection)}</h1>`));
    using caller = callerOf(server.url);
    for (const _ of [1, 2]) assert.deepEqual(await caller.send(), { kind: 'whole', status: 400, headers: {}, body: '' });
    assert.equal(server.connections, 1);
  });

  test('never gets the answer of another one, however they interleave and however equal their ids (M02, CVE-2026-25536)', async () => {
    const open: (() => void)[] = [];
    await using server = await UpstreamServer.start((response, { body }) => {
      open.push(() => answerJson(response, { echo: body }));
      // Answers come in reverse order, three at a time.
      if (open.length % 3 === 0) for (const answer of open.splice(0).toReversed()) answer();
    });
    using caller = callerOf(server.url);
    const rounds = Array.from({ length: 60 }, (_, at) => caller.send({ body: Buffer.from(`caller ${String(at)}`) }).then(textOf));
    assert.deepEqual(await Promise.all(rounds), rounds.map((_, at) => JSON.stringify({ echo: `caller ${String(at)}` })));
  });

  test('with a header that could end its line is not sent at all (H11)', async () => {
    await using server = await UpstreamServer.start((response) => answerJson(response, {}));
    using caller = callerOf(server.url);
    assert.equal((await laterRefusalOf(() => caller.send({ headers: { 'mcp-name': 'x\r\nauthorization: Bearer forged' } }))).code, 'upstream.unreachable');
    await caller.send();
    assert.deepEqual(server.asked.map(({ headers }) => headers['authorization']), [undefined]);
  });
});

suite('A server that cannot be reached', () => {
  test('is said to be down with its address in the private reason alone, and is ready when it answers again', async () => {
    const port = await freePort();
    using caller = callerOf(new URL(`http://127.0.0.1:${String(port)}/secret-path`));
    const refusal = await laterRefusalOf(() => caller.send());
    assert.deepEqual([refusal.code, refusal.circumstances.reason, refusal.circumstances.detail], ['upstream.unreachable', `http://127.0.0.1:${String(port)} does not answer (ECONNREFUSED)`, undefined]);
    assert.deepEqual(caller.upstream.health(), { kind: 'down', reason: 'it does not answer (ECONNREFUSED)' });
    await using server = await UpstreamServer.start((response) => answerJson(response, {}));
    using other = callerOf(server.url);
    assert.deepEqual(other.upstream.health(), { kind: 'ready' });
  });

  test('is given up after the time for a connection, when it accepts and says nothing', async () => {
    await using silent = await sayingBytes('');
    using caller = callerOf(new URL(silent.url.href.replace('http:', 'https:')), { connectTimeoutMs: 50 });
    const refusal = await laterRefusalOf(() => caller.send());
    assert.deepEqual([refusal.code, refusal.circumstances.reason.endsWith('(ETIMEDOUT)')], ['upstream.unreachable', true]);
  });

  test('is not trusted for a certificate that nobody vouches for', async () => {
    await using stack = new AsyncDisposableStack();
    const heard: string[] = [];
    const server = createTlsServer({ ...SELF_SIGNED }, (socket) => socket.on('data', (bytes) => heard.push(bytes.toString()))).on('tlsClientError', () => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stack.defer(() => void server.close());
    using caller = callerOf(new URL(`https://localhost:${String((server.address() as AddressInfo).port)}/mcp`));
    const refusal = await laterRefusalOf(() => caller.send());
    assert.deepEqual([refusal.code, heard], ['upstream.untrusted', []]);
    assert.match(refusal.circumstances.reason, /\(DEPTH_ZERO_SELF_SIGNED_CERT\b/);
  });
});

suite('A server that fails in its answer', () => {
  const BROKEN: readonly (readonly [what: string, bytes: string, hangUp: boolean, code: string])[] = [
    ['by bytes that are none', 'SSH-2.0-OpenSSH_9.9\r\n\r\n', false, 'BAD_ANSWER'],
    ['by two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', false, 'BAD_ANSWER'],
    ['by hanging up before it', '', true, 'ECONNRESET'],
    ['by hanging up inside it (F08)', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"', true, 'ECONNRESET'],
    ['by hanging up inside a chunk (F08)', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"a"', true, 'ECONNRESET'],
  ];
  for (const [what, bytes, hangUp, code] of BROKEN) {
    test(`${what}, is answered with 502 and the code of the fault`, async () => {
      await using server = await sayingBytes(bytes, hangUp);
      using caller = callerOf(server.url);
      const refusal = await laterRefusalOf(() => caller.send());
      assert.equal(refusal.code, 'upstream.unreachable');
      assert.match(refusal.circumstances.reason, new RegExp(`\\(${code}\\b`));
    });
  }

  for (const [status, code] of [[401, 'upstream.unauthorized'], [307, 'upstream.answer-refused']] as const) {
    test(`by ${String(status)}, is refused, and what else it says goes nowhere (P07)`, async () => {
      await using server = await UpstreamServer.start((response) => response.writeHead(status, { 'WWW-Authenticate': 'Bearer', Location: '/x' }).write('{'));
      using caller = callerOf(server.url);
      const arrived = server.next();
      assert.equal((await laterRefusalOf(() => caller.send())).code, code);
      await (await arrived).closed;
    });
  }
});

suite('An answer that is too large (D07)', () => {
  test('is cut off at the bound although it says two gigabytes, and the server is let go', async () => {
    await using server = await UpstreamServer.start((response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(2 ** 31) });
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536, 32)));
      };
      response.on('drain', more);
      more();
    });
    using caller = callerOf(server.url);
    const arrived = server.next();
    const refusal = await laterRefusalOf(() => caller.send());
    assert.deepEqual([refusal.code, refusal.circumstances.reason], ['upstream.answer-refused', 'the answer is larger than 1000000 bytes']);
    await (await arrived).closed;
    assert.deepEqual(caller.upstream.health(), { kind: 'ready' });
  });

  test('is one byte longer than the bound, and not one byte shorter', async () => {
    await using server = await UpstreamServer.start((response, { body }) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('x'.repeat(Number(body))));
    using caller = callerOf(server.url, { maxAnswerBytes: 1_000 });
    assert.equal(textOf(await caller.send({ body: Buffer.from('1000') })).length, 1_000);
    assert.equal((await laterRefusalOf(() => caller.send({ body: Buffer.from('1001') }))).code, 'upstream.answer-refused');
  });
});

suite('A caller who leaves', () => {
  test('while the server works takes the request along: the server sees its end', async () => {
    await using server = await UpstreamServer.start(() => undefined);
    using caller = callerOf(server.url);
    const hangup = new Hangup();
    const arrived = server.next();
    const refusal = laterRefusalOf(() => caller.send({ hangup }));
    const { closed } = await arrived;
    hangup.abort();
    assert.equal((await refusal).code, 'client.gone');
    await closed;
  });

  test('before the call is sent sends none', async () => {
    await using server = await UpstreamServer.start((response) => answerJson(response, {}));
    using caller = callerOf(server.url);
    const hangup = new Hangup();
    hangup.abort();
    assert.equal((await laterRefusalOf(() => caller.send({ hangup }))).code, 'client.gone');
    await caller.send();
    assert.equal(server.asked.length, 1);
  });
});
