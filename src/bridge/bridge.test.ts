import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { suite, test } from 'node:test';
import { freePort } from '../../test/world/ports.ts';
import { until } from '../../test/world/until.ts';
import { Bridge } from './bridge.ts';
import { openWay } from './post.ts';
import type { JsonObject } from '../model/json.ts';
import type { Clock } from '../ports/world.ts';

/** Time that passes at once: whoever waits has waited. */
const HASTY: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  every: () => () => undefined,
  after: (_ms, work) => {
    const soon = setImmediate(work);
    return () => clearImmediate(soon);
  },
};

/** Time that passes when the test says so. */
class HeldClock implements Clock {
  readonly #waiting = new Set<() => void>();
  nowMs = (): number => 0;
  monotonicMs = (): number => 0;
  every = () => () => undefined;

  get isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  after(_ms: number, work: () => void): () => void {
    this.#waiting.add(work);
    return () => this.#waiting.delete(work);
  }

  pass(): void {
    for (const work of this.#waiting) work();
    this.#waiting.clear();
  }
}

interface Seen {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answering = (seen: Seen, response: ServerResponse, before: number) => void;

/** A gateway that answers as the test says, and remembers what it was asked. */
class Scripted implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly written: string[] = [];
  readonly told: string[] = [];
  readonly #server: Server;
  readonly port: number;
  bridge: Bridge;

  private constructor(server: Server, { port, clock }: { readonly port: number; readonly clock: Clock }) {
    this.#server = server;
    this.port = port;
    const way = openWay(new URL(`http://127.0.0.1:${String(port)}/mcp`), { apiKey: 'sally_live_x' }); // sallyport-scan: allow, it opens nothing
    this.bridge = new Bridge({ way: () => way, clock, write: (line) => void this.written.push(line), tell: (sentence) => void this.told.push(sentence) });
  }

  static async start(answer: Answering, { listens = true, clock = HASTY }: { readonly listens?: boolean; readonly clock?: Clock } = {}): Promise<Scripted> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const seen = { method: request.method ?? '', headers: request.headers, body };
        const before = scripted.seen.filter((earlier) => earlier.method === seen.method && earlier.body === seen.body).length;
        scripted.seen.push(seen);
        answer(seen, response, before);
      });
    });
    const port = await freePort();
    const scripted = new Scripted(server, { port, clock });
    if (listens) await scripted.listen();
    return scripted;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  ask(message: JsonObject): void {
    this.bridge.take(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  /** What was written about a request. */
  answerTo(id: number): Promise<JsonObject> {
    return until(`an answer to ${String(id)}`, async () => this.written.map((line) => JSON.parse(line) as JsonObject).find((message) => message['id'] === id), { withinMs: 10_000 });
  }

  posts(method: string): readonly Seen[] {
    return this.seen.filter(({ body }) => body.includes(`"${method}"`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bridge.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const idIn = ({ body }: Seen): unknown => (JSON.parse(body) as { id: unknown }).id;
const json = (response: ServerResponse, body: unknown, more: Readonly<Record<string, string>> = {}): void => void response.writeHead(200, { 'Content-Type': 'application/json', ...more }).end(typeof body === 'string' ? body : JSON.stringify(body));
const result = (seen: Seen, value: unknown = {}): JsonObject => ({ jsonrpc: '2.0', id: idIn(seen), result: value }) as JsonObject; // any JSON will do

const META = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };

/** A server of the older era; `forgets` says which of its requests find the session gone. */
const legacy = (answer: Answering, forgets: (seen: Seen) => boolean = () => false): Answering => {
  let session = 0;
  return (seen, response, before) => {
    if (seen.method !== 'POST') return void response.writeHead(405).end();
    if (seen.body.includes('"initialize"')) return json(response, result(seen, { protocolVersion: '2025-11-25' }), { 'Mcp-Session-Id': `s${String((session += 1))}` });
    if (seen.headers['mcp-session-id'] !== `s${String(session)}` || forgets(seen)) return void response.writeHead(404).end();
    if (!seen.body.includes('"id"')) return void response.writeHead(202).end();
    answer(seen, response, before);
  };
};

const begin = async (scripted: Scripted): Promise<void> => {
  scripted.ask({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
  await scripted.answerTo(0);
  scripted.ask({ method: 'notifications/initialized' });
};

suite('A message through the bridge', () => {
  test('goes on as it was written, with the key, and its answer is one line as it came', async () => {
    await using scripted = await Scripted.start((_seen, response) => json(response, `{\n  "jsonrpc": "2.0",\r\n  "id": 7,\n  "result": { "big": 12345678901234567890, "text": "a\u2028b" }\n}`));
    const line = '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"n":12345678901234567890}}';
    scripted.bridge.take(line);
    await scripted.answerTo(7);
    assert.equal(scripted.seen[0]?.body, line);
    assert.equal(scripted.seen[0]?.headers['x-api-key'], 'sally_live_x');
    assert.equal(scripted.written.length, 1);
    assert.ok(!/[\r\n]/.test(scripted.written[0] ?? ''));
    assert.match(scripted.written[0] ?? '', /12345678901234567890.*a\u2028b/);
  });

  test('of the newer era is repeated in its headers, arguments included once the tools were listed (TR-3, TR-5, CL-14)', async () => {
    const tools = [{ name: 'süd', inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } } } } }];
    await using scripted = await Scripted.start((seen, response) => json(response, result(seen, { tools })));
    scripted.ask({ id: 1, method: 'tools/list', params: META });
    await scripted.answerTo(1);
    scripted.ask({ id: 2, method: 'tools/call', params: { name: 'süd', arguments: { region: ' west', deep: { n: 5 } }, ...META } });
    await scripted.answerTo(2);
    const { headers } = scripted.seen[1] ?? assert.fail();
    assert.equal(headers['mcp-protocol-version'], '2026-07-28');
    assert.equal(headers['mcp-method'], 'tools/call');
    assert.equal(headers['mcp-name'], `=?base64?${Buffer.from('süd').toString('base64')}?=`);
    assert.equal(headers['mcp-param-region'], `=?base64?${Buffer.from(' west').toString('base64')}?=`);
    assert.equal(headers['mcp-param-n'], '5');
    assert.equal(scripted.seen[0]?.headers['mcp-name'], undefined);
  });

  test('that is none is answered by the bridge, and the gateway hears nothing of it', async () => {
    await using scripted = await Scripted.start((seen, response) => json(response, result(seen)));
    for (const line of ['{', '[]', '"text"', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]']) scripted.bridge.take(line);
    assert.deepEqual(scripted.written.map((line) => (JSON.parse(line) as { error: { code: number } }).error.code), [-32700, -32600, -32600, -32600]);
    assert.equal(scripted.seen.length, 0);
  });

  test('that is refused is answered with what is wrong and what to do, never twice', async () => {
    const problem = { title: 'Not permitted', detail: 'no permission covers crm:delete_customer', hint: 'sallyport explain req_1', code: 'permission.denied', request_id: 'req_1' };
    await using scripted = await Scripted.start((_seen, response) => void response.writeHead(403, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(problem)));
    scripted.ask({ id: 1, method: 'tools/call', params: { name: 'delete_customer', ...META } });
    const { error } = (await scripted.answerTo(1)) as { error: { message: string; data: unknown } };
    assert.equal(error.message, 'Not permitted. no permission covers crm:delete_customer. sallyport explain req_1');
    assert.deepEqual(error.data, { status: 403, code: 'permission.denied', request_id: 'req_1' });
    assert.equal(scripted.seen.length, 1);
  });

  test('whose error the server wrote gets that error, with its own id where the server knew none', async () => {
    await using scripted = await Scripted.start((seen, response) => void response.writeHead(400, { 'Content-Type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: idIn(seen) === 1 ? 1 : null, error: { code: -32020, message: 'differs' } })));
    for (const id of [1, 2]) {
      scripted.ask({ id, method: 'ping', params: META });
      assert.deepEqual(await scripted.answerTo(id), { jsonrpc: '2.0', id, error: { code: -32020, message: 'differs' } });
    }
  });

  test('that the client cancels in the newer era is given up, and has no answer (TR-9, IO-3)', async () => {
    const left = Promise.withResolvers<void>();
    await using scripted = await Scripted.start((seen, response) => (idIn(seen) === 1 ? void response.on('close', left.resolve) : json(response, result(seen))));
    scripted.ask({ id: 1, method: 'tools/call', params: { name: 'slow', ...META } });
    await until('it is asked', async () => (scripted.seen.length === 1 ? true : undefined), { withinMs: 10_000 });
    scripted.ask({ method: 'notifications/cancelled', params: { requestId: 1, ...META } });
    await left.promise;
    scripted.ask({ id: 2, method: 'ping', params: META });
    await scripted.answerTo(2);
    assert.equal(scripted.written.length, 1);
    assert.equal(scripted.posts('notifications/cancelled').length, 0);
  });
});

suite('A gateway that is away', () => {
  test('is waited for, and what nobody has heard is sent once it is back', async () => {
    const clock = new HeldClock();
    await using scripted = await Scripted.start((seen, response) => json(response, result(seen)), { listens: false, clock });
    scripted.ask({ id: 1, method: 'ping', params: META });
    await until('it has been tried in vain', async () => (clock.isWaitedFor ? true : undefined), { withinMs: 10_000 });
    await scripted.listen();
    clock.pass();
    assert.ok((await scripted.answerTo(1))['result']);
    assert.equal(scripted.seen.length, 1);
  });

  test('for too long is told to the client in words', async () => {
    await using scripted = await Scripted.start((seen, response) => json(response, result(seen)), { listens: false });
    scripted.ask({ id: 1, method: 'ping', params: META });
    assert.match(JSON.stringify(await scripted.answerTo(1)), /not reached \(ECONNREFUSED\): nothing listens there/);
    assert.equal(scripted.written.length, 1);
    await scripted.listen();
  });

  test('in the middle of a call is not asked again: the call may have been carried out', async () => {
    await using scripted = await Scripted.start((_seen, response) => void response.destroy());
    scripted.ask({ id: 1, method: 'tools/call', params: { name: 'delete_customer', ...META } });
    assert.match(JSON.stringify(await scripted.answerTo(1)), /may or may not have been carried out/);
    assert.equal(scripted.seen.length, 1);
  });
});

suite('A session of the older era', () => {
  test('is named in what follows, with its revision', async () => {
    await using scripted = await Scripted.start(legacy((seen, response) => json(response, result(seen))));
    await begin(scripted);
    scripted.ask({ id: 1, method: 'tools/list' });
    await scripted.answerTo(1);
    const { headers } = scripted.posts('tools/list')[0] ?? assert.fail();
    assert.equal(headers['mcp-session-id'], 's1');
    assert.equal(headers['mcp-protocol-version'], '2025-11-25');
    assert.equal(headers['mcp-method'], undefined);
  });

  test('that was forgotten is begun anew once for all who find it lost, and each is answered', async () => {
    await using scripted = await Scripted.start(legacy((seen, response) => json(response, result(seen)), ({ headers }) => headers['mcp-session-id'] === 's1'));
    scripted.ask({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
    await scripted.answerTo(0);
    for (const id of [1, 2, 3, 4, 5]) scripted.ask({ id, method: 'tools/call', params: { name: 'n' } });
    for (const id of [1, 2, 3, 4, 5]) assert.ok((await scripted.answerTo(id))['result']);
    assert.equal(scripted.posts('initialize').length, 2);
    assert.equal(scripted.written.length, 6, 'the client hears of one initialize alone');
  });

  test('that the gateway will not begin again is told', async () => {
    await using scripted = await Scripted.start((seen, response, before) => {
      if (!seen.body.includes('"initialize"')) return void response.writeHead(404).end();
      if (before > 0) return void response.writeHead(401).end();
      json(response, result(seen, { protocolVersion: '2025-11-25' }), { 'Mcp-Session-Id': 's1' });
    });
    scripted.ask({ id: 0, method: 'initialize', params: {} });
    await scripted.answerTo(0);
    scripted.ask({ id: 1, method: 'ping' });
    assert.match(JSON.stringify(await scripted.answerTo(1)), /the session was lost/);
  });

  test('whose stream breaks is gone on with where it broke', async () => {
    await using scripted = await Scripted.start((seen, response) => {
      if (seen.method === 'GET' && seen.headers['last-event-id'] === '7') return void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n');
      if (seen.body.includes('"initialize"')) return json(response, result(seen, { protocolVersion: '2025-11-25' }), { 'Mcp-Session-Id': 's1' });
      return void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('id: 7\nretry: 10\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n');
    });
    scripted.ask({ id: 0, method: 'initialize', params: {} });
    await scripted.answerTo(0);
    scripted.ask({ id: 1, method: 'tools/call', params: { name: 'slow' } });
    assert.deepEqual(await scripted.answerTo(1), { jsonrpc: '2.0', id: 1, result: {} });
    assert.equal(scripted.posts('tools/call').length, 1);
    assert.ok(scripted.written.some((line) => line.includes('notifications/progress')));
  });

  test('has the stream on which the server speaks first, and ends with the client', async () => {
    await using scripted = await Scripted.start((seen, response, before) => {
      if (seen.method === 'GET') return before === 0 ? void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end('data: {"jsonrpc":"2.0","id":"q","method":"roots/list"}\n\n') : void response.writeHead(405).end();
      if (seen.method === 'DELETE') return void response.writeHead(200).end();
      legacyPost(seen, response, before);
    }, { clock: new HeldClock() });
    await begin(scripted);
    await until('the server has asked', async () => (scripted.written.some((line) => line.includes('roots/list')) ? true : undefined), { withinMs: 10_000 });
    scripted.bridge.take('{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}');
    await scripted.bridge.end();
    assert.equal(scripted.seen.filter(({ body }) => body.includes('"roots":[]')).length, 1);
    assert.equal(scripted.seen.at(-1)?.method, 'DELETE');
  });
});

const legacyPost = legacy((seen, response) => json(response, result(seen)));
