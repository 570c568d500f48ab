import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Which connection it came on, from 1. */
  readonly connection: number;
  /** Resolves when the exchange is over, well or not. */
  readonly closed: Promise<unknown>;
}

type Handler = (response: ServerResponse, asked: Asked) => void;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
};

/** A real server of Node's behind the gateway, and what it has seen. */
export class UpstreamServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #connections: Socket[] = [];
  #waiting: ((asked: Asked) => void)[] = [];

  private constructor(handler: Handler, options: ServerOptions) {
    this.#server = createServer(options, (request, response) => void this.#answer(request, response, handler));
    this.#server.on('connection', (socket) => void this.#connections.push(socket));
  }

  static async start(handler: Handler, options: ServerOptions = {}): Promise<UpstreamServer> {
    const upstream = new UpstreamServer(handler, options);
    await once(upstream.#server.listen(0, '127.0.0.1'), 'listening');
    return upstream;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/mcp?a=b`);
  }

  get connections(): number {
    return this.#connections.length;
  }

  /** How many connections are open now. */
  connectionsNow(tell: (error: Error | null, count: number) => void): void {
    this.#server.getConnections(tell);
  }

  /** The next request, as soon as it has come. */
  next(): Promise<Asked> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Closes every connection from this side, and waits until all are gone. */
  async hangUp(): Promise<void> {
    const closed = this.#connections.filter((socket) => !socket.closed).map((socket) => once(socket, 'close'));
    this.#server.closeAllConnections();
    await Promise.all(closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
    const { method = '', url = '', headers, socket } = request;
    const asked: Asked = { method, url, headers, body: await bodyOf(request), connection: this.#connections.indexOf(socket) + 1, closed: once(response, 'close') };
    this.asked.push(asked);
    for (const tell of this.#waiting.splice(0)) tell(asked);
    handler(response, asked);
  }
}

/** A server's answer in JSON. */
export const answerJson = (response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};
