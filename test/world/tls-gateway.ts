import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import { dirname, join } from 'node:path';
import { readTrail } from '../../src/cli/read-trail.ts';
import { openHome } from '../../src/cli/home.ts';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { AuditReader } from '../../src/ports/audit-sink.ts';
import { META } from './mcp-requests.ts';
import { crmServer, ISSUER, main } from './oauth-gateway.ts';
import { freePort } from './ports.ts';
import { startProcess, type RunningProcess } from './running-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { TestAuthority, type Issued } from './test-pki.ts';
import { goodClaims, TestKey } from './token-issuer.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');

export const TLS_KEY = 'tls-gateway-key-0123456789abcdef';

export interface TlsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly json: JsonObject;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The certificate that is shown. */
  readonly as?: Pick<Issued, 'cert' | 'key'> | undefined;
  readonly agent?: Agent | false;
  readonly tls?: RequestOptions;
}

const asJson = (type: string | undefined, text: string): JsonObject => ((type ?? '').includes('json') && text !== '' ? (JSON.parse(text) as JsonObject) : {}); // what we answer as JSON is an object

export interface TlsGatewayOptions {
  /** The members of `listen.tls` besides certificate and key. */
  readonly tls?: JsonObject;
  readonly accept?: readonly string[];
  /** Further members of `listen`. */
  readonly listen?: JsonObject;
  /** Settings of the only server. */
  readonly crm?: JsonObject;
  /** Further servers. */
  readonly servers?: JsonObject;
  /** Further sections. */
  readonly more?: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
  /** Files that must be there when it starts, by their names in its folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Writes what the files are to hold. */
  readonly prepare?: (folder: string, write: (name: string, content: string | Buffer) => void) => Promise<void>;
}

/** A gateway process whose one listener speaks TLS, with the authority that vouches for its clients, and an issuer of tokens. */
export class TlsGateway implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly process: RunningProcess;
  readonly servers: TestAuthority;
  readonly clients: TestAuthority;
  readonly key: TestKey;
  readonly #trail: AuditReader;
  readonly #records: AuditEvent[] = [];
  #position = 0;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: Pick<TlsGateway, 'port' | 'folder' | 'process' | 'servers' | 'clients' | 'key'> & { readonly trail: AuditReader }, owned: AsyncDisposableStack) {
    ({ port: this.port, folder: this.folder, process: this.process, servers: this.servers, clients: this.clients, key: this.key } = parts);
    this.#trail = parts.trail;
    this.#owned = owned;
  }

  static async start({ tls = {}, accept = ['api-key'], crm = {}, more = {}, env = {}, files = {}, prepare, listen = {}, servers: further = {} }: TlsGatewayOptions = {}): Promise<TlsGateway> {
    await using owned = new AsyncDisposableStack();
    const { path: folder } = owned.use(await temporaryFolder('tls-gateway'));
    const [port, key, servers, clients] = [await freePort(), new TestKey('ES256', 'key-1'), TestAuthority.root('Server Root'), TestAuthority.root('Client Root')];
    const home = openHome(join(folder, 'data'));
    owned.defer(() => home.database.close());
    const own = servers.forServer();
    writeFileSync(join(folder, 'server.crt'), own.cert);
    writeFileSync(join(folder, 'server.key'), own.key, { mode: 0o600 });
    writeFileSync(join(folder, 'clients.crt'), clients.cert);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    await prepare?.(folder, (name, content) => writeFileSync(join(folder, name), content));
    const config = {
      listen: { port, accept, tls: { cert: 'server.crt', key: 'server.key', ...tls }, ...listen },
      metrics: { enabled: false },
      ...(accept.includes('oauth') ? { issuers: { corp: { issuer: ISSUER, keys: { keys: [key.jwk] } } } } : {}),
      servers: { crm: { ...(crm['url'] === undefined ? { command: [process.execPath, crmServer] } : {}), ...crm }, ...further },
      ...more,
    };
    writeFileSync(join(folder, 'sallyport.yaml'), JSON.stringify(config));
    const keys = JSON.stringify({ [TLS_KEY]: { name: 'key', userId: 'bob', permissions: ['crm:*', 'admin:*'] } });
    const running = owned.use(startProcess([process.execPath, main, 'serve', '-c', join(folder, 'sallyport.yaml'), '--data', join(folder, 'data'), '--json'], { env: { MCP_API_KEYS: keys, ...env }, cwd: root }));
    await running.says(/"event":"listening"/, 20_000);
    return new TlsGateway({ port, folder, process: running, servers, clients, key, trail: readTrail(home) }, owned.move());
  }

  get origin(): string {
    return `https://127.0.0.1:${String(this.port)}`;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A token for the server, unless `aud` says another. */
  token(claims: JsonObject = {}): string {
    return this.key.sign(goodClaims(ISSUER, Date.now(), { aud: `${this.origin}/mcp`, scope: 'crm:get_*', ...claims }));
  }

  /** One request, on a connection of its own unless an agent is given. */
  async ask(path: string, { method = 'GET', headers = {}, body, as, agent = false, tls = {} }: Asking = {}): Promise<TlsReply> {
    const shown = as === undefined ? {} : { cert: as.cert, key: as.key };
    const asked = request({ host: '127.0.0.1', port: this.port, path, method, headers, agent, ca: this.servers.cert, ...shown, ...tls });
    asked.end(body);
    const [answer] = await once(asked, 'response');
    let text = '';
    for await (const part of answer) text += String(part);
    return { status: answer.statusCode, headers: answer.headers, text, json: asJson(answer.headers['content-type'], text) };
  }

  /** Calls a tool. */
  call(tool: string, { headers = {}, args = { id: 'cust_789' }, ...asking }: Asking & { readonly args?: JsonObject } = {}): Promise<TlsReply> {
    return this.ask('/mcp', {
      ...asking,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool, ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args, _meta: META } }),
    });
  }

  /** The whole trail. */
  records(): readonly AuditEvent[] {
    for (const { position, event } of this.#trail.after(this.#position, 100_000)) {
      this.#position = position;
      this.#records.push(event);
    }
    return this.#records;
  }

  /** The first record that fits, as soon as there is one. */
  record(what: string, fits: (record: AuditEvent) => boolean): Promise<AuditEvent> {
    return until(what, async () => this.records().find(fits), { withinMs: 10_000, signal: this.process.gone });
  }

  /** Writes a file of the gateway anew. */
  write(name: string, content: string | Buffer): void {
    writeFileSync(this.path(name), content, { mode: 0o600 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
