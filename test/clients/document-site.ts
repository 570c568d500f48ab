import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import type { JsonObject } from '../../src/model/json.ts';

const tls = join(import.meta.dirname, '../fixtures/tls');

/** Serves the documents of clients in place of their own sites: the paths are theirs, the host is this one. */
export class DocumentSite implements AsyncDisposable {
  /** What a gateway is told so that it takes the documents from here. */
  readonly forGateway: { readonly fetch: { readonly allow: readonly string[] }; readonly env: Readonly<Record<string, string>> };
  readonly #documents = new Map<string, string>();
  readonly #server: Server;
  readonly #origin: string;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#origin = `https://localhost:${String(port)}`;
    this.forGateway = { fetch: { allow: [`localhost:${String(port)}`] }, env: { NODE_EXTRA_CA_CERTS: join(tls, 'server.crt') } };
    server.on('request', (request, response) => {
      const document = this.#documents.get(request.url ?? '');
      response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(document ?? '{}');
    });
  }

  static async start(): Promise<DocumentSite> {
    const server = createServer({ cert: readFileSync(join(tls, 'server.crt')), key: readFileSync(join(tls, 'server.key')) }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new DocumentSite(server, typeof address === 'object' && address !== null ? address.port : 0);
  }

  /** Publishes a document. @param url where it really is @returns its client id here */
  publish(url: string, body: JsonObject): string {
    const { pathname } = new URL(url);
    const id = `${this.#origin}${pathname}`;
    this.#documents.set(pathname, JSON.stringify({ ...body, client_id: id }));
    return id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
