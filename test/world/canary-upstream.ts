import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isJsonObject } from '../../src/model/json.ts';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';

/** One request as it reached the canary. */
export type Seen = {
  readonly method: string;
  readonly target: string;
  /** Header lines as they came: name, value, name, value. */
  readonly headers: readonly string[];
  readonly body: string;
  /** The JSON-RPC message in the body; empty when there is none. */
  readonly message: JsonObject;
};

/** Answers one request, well or badly. */
export type Answer = (seen: Seen, response: ServerResponse) => void;

const TOOLS: readonly JsonObject[] = [
  { name: 'get_thing', description: 'reads', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'get_other', description: 'reads too', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'delete_thing', description: 'writes', inputSchema: { type: 'object' } },
];

const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {} };
const rest: JsonObject = { resultType: 'complete', ttlMs: 0, cacheScope: 'public' };

const RESULTS: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ['server/discover', { ...rest, supportedVersions: ['2026-07-28'], capabilities }],
  ['initialize', { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'canary', version: '1' } }],
  ['tools/list', { ...rest, tools: TOOLS }],
  ['prompts/list', { ...rest, prompts: [{ name: 'greet' }, { name: 'secret_prompt' }] }],
  ['resources/list', { ...rest, resources: [{ uri: 'doc://open/1', name: 'open' }, { uri: 'doc://closed/1', name: 'closed' }] }],
  ['resources/templates/list', { ...rest, resourceTemplates: [{ uriTemplate: 'doc://open/{id}', name: 'open' }, { uriTemplate: 'doc://closed/{id}', name: 'closed' }] }],
]);

/** What a canary that was told nothing says. */
export function resultOf({ message }: Seen): JsonObject {
  const { method } = message;
  const known = typeof method === 'string' ? RESULTS.get(method) : undefined;
  return known ?? { resultType: 'complete', content: [{ type: 'text', text: 'chirp' }] };
}

/** The JSON-RPC answer to a request, with this result or the usual one. */
export const answerTo = (seen: Seen, result: JsonValue = resultOf(seen)): JsonObject => ({ jsonrpc: '2.0', id: seen.message['id'] ?? null, result });

/** Answers with this text under these headers. */
export const saying = (status: number, headers: Readonly<Record<string, string | readonly string[]>>, text: (seen: Seen) => string | Buffer): Answer =>
  (seen, response) => void response.writeHead(status, Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]))).end(text(seen));

export const sayingJson = (result: JsonValue | ((seen: Seen) => JsonValue)): Answer =>
  saying(200, { 'Content-Type': 'application/json' }, (seen) => JSON.stringify(typeof result === 'function' ? result(seen) : answerTo(seen, result)));

/** Answers with these bytes in place of HTTP. */
export const sayingRaw = (bytes: (seen: Seen) => string): Answer =>
  (seen, response) => void response.socket?.end(bytes(seen));

export const sayingEvents = (text: (seen: Seen) => string): Answer => saying(200, { 'Content-Type': 'text/event-stream' }, text);

function usual(seen: Seen, response: ServerResponse): void {
  if (seen.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    response.write(': open\n\n');
    return;
  }
  if (seen.method !== 'POST' || seen.message['id'] === undefined) {
    response.writeHead(202).end();
    return;
  }
  sayingJson((asked) => answerTo(asked))(seen, response);
}

function messageIn(body: string): JsonObject {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** What may be said for a request: by the tool, prompt or resource it names, by its method, or for all. */
function namesOf({ method, message }: Seen): readonly string[] {
  const params = isJsonObject(message['params']) ? message['params'] : {};
  return [params['name'], params['uri'], message['method'], method, '*'].filter((name) => typeof name === 'string');
}

/** An MCP server that keeps every byte it receives, so that a test can say that there was none. */
export class CanaryUpstream implements AsyncDisposable {
  readonly requests: Seen[] = [];
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #answers = new Map<string, Answer>();
  readonly #open = new Set<Socket>();
  #capture: Buffer[] = [];

  private constructor() {
    this.#server.on('connection', (socket: Socket) => {
      socket.on('data', (chunk: Buffer) => this.#capture.push(chunk));
      this.#open.add(socket.on('error', () => undefined).once('close', () => this.#open.delete(socket)));
    });
  }

  static async start(): Promise<CanaryUpstream> {
    const canary = new CanaryUpstream();
    canary.#server.listen(0, '127.0.0.1');
    await once(canary.#server, 'listening');
    return canary;
  }

  get port(): number {
    // `address()` is a string only for pipes; this server listens on a port.
    return (this.#server.address() as AddressInfo).port;
  }

  url(server: string): string {
    return `http://127.0.0.1:${String(this.port)}/${server}`;
  }

  /** Everything that came over every connection, head and body. */
  get capture(): Buffer {
    this.#capture = [Buffer.concat(this.#capture)];
    return this.#capture[0] ?? Buffer.alloc(0);
  }

  /** How many connections are open to it. */
  get connections(): number {
    return this.#open.size;
  }

  /** From now on, until disposed of, says this to what names `name`: a tool, prompt, resource, method, or `*`. */
  when(name: string, answer: Answer): Disposable {
    this.#answers.set(name, answer);
    return { [Symbol.dispose]: () => void this.#answers.delete(name) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set, so pieces are buffers
    } catch {
      return;
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const seen = { method: request.method ?? '', target: request.url ?? '', headers: request.rawHeaders, body, message: messageIn(body) };
    this.requests.push(seen);
    const name = namesOf(seen).find((candidate) => this.#answers.has(candidate));
    const answer = name === undefined ? undefined : this.#answers.get(name);
    (answer ?? usual)(seen, response);
  }
}
