import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/model/json.ts';
import { META } from './mcp-requests.ts';
import { freePort } from './ports.ts';
import { startProcess, type RunningProcess } from './running-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { goodClaims, TestKey } from './token-issuer.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
export const main = join(root, 'src/main.ts');
export const crmServer = join(root, 'src/example/crm-server.ts');

export const ISSUER = 'https://idp.example';
export const API_KEY = 'two-ports-key-0123456789abcdef';

export interface Ports {
  readonly both: number;
  readonly tokens: number;
  readonly keys: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonObject;
}

/** A gateway process with three listeners (keys and tokens, tokens, keys) and an issuer whose keys are pinned. */
export class OAuthGateway implements AsyncDisposable {
  readonly ports: Ports;
  readonly configFile: string;
  readonly dataFolder: string;
  readonly process: RunningProcess;
  readonly key: TestKey;
  readonly #owned: AsyncDisposableStack;

  private constructor(parts: { readonly ports: Ports; readonly folder: string; readonly key: TestKey; readonly process: RunningProcess }, owned: AsyncDisposableStack) {
    this.ports = parts.ports;
    this.key = parts.key;
    this.process = parts.process;
    this.configFile = join(parts.folder, 'sallyport.yaml');
    this.dataFolder = join(parts.folder, 'data');
    this.#owned = owned;
  }

  /** @param more further sections of the configuration; `crm` of it the settings of its only server, `notices` those of its issuer, `env` further variables */
  static async start({ crm = {}, notices = {}, env = {}, ...more }: JsonObject & { readonly crm?: JsonObject; readonly notices?: JsonObject; readonly env?: Readonly<Record<string, string>> } = {}): Promise<OAuthGateway> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(await temporaryFolder('oauth'));
    const [ports, key] = [{ both: await freePort(), tokens: await freePort(), keys: await freePort() }, new TestKey('ES256', 'key-1')];
    const config = {
      listen: { port: ports.both, accept: ['api-key', 'oauth'] },
      listeners: [{ port: ports.tokens, accept: ['oauth'] }, { port: ports.keys, accept: ['api-key'] }],
      metrics: { enabled: false },
      issuers: { corp: { issuer: ISSUER, keys: { keys: [key.jwk] }, ...notices } },
      servers: { crm: { command: [process.execPath, crmServer], ...crm } },
      ...more,
    };
    const file = join(folder.path, 'sallyport.yaml');
    writeFileSync(file, JSON.stringify(config));
    const keys = JSON.stringify({ [API_KEY]: { name: 'key', userId: 'bob', permissions: ['crm:*'] } });
    const running = owned.use(startProcess([process.execPath, main, 'serve', '-c', file, '--data', join(folder.path, 'data'), '--quiet'], { env: { MCP_API_KEYS: keys, ...env }, cwd: root }));
    const gateway = new OAuthGateway({ ports, folder: folder.path, key, process: running }, owned);
    await until('the gateway is ready', async () => ((await fetch(`${gateway.origin('keys')}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 20_000, signal: running.gone });
    return new OAuthGateway({ ports, folder: folder.path, key, process: running }, owned.move());
  }

  origin(at: keyof Ports): string {
    return `http://127.0.0.1:${String(this.ports[at])}`;
  }

  /** A token for the listener that takes tokens alone, unless `aud` says another. */
  token(claims: JsonObject = {}): string {
    return this.key.sign(goodClaims(ISSUER, Date.now(), { aud: `${this.origin('tokens')}/mcp`, ...claims }));
  }

  async get(at: keyof Ports, path: string, init: RequestInit = {}): Promise<Reply> {
    const answer = await fetch(`${this.origin(at)}${path}`, { redirect: 'manual', ...init });
    const text = await answer.text();
    const isJson = (answer.headers.get('content-type') ?? '').includes('json') && text !== '';
    return { status: answer.status, headers: answer.headers, text, json: isJson ? (JSON.parse(text) as JsonObject) : {} }; // what we answer as JSON is an object
  }

  /** Calls a tool with the headers given. */
  call(at: keyof Ports, tool: string, { headers = {}, args = { id: 'cust_789' }, path = '/mcp' }: { readonly headers?: Readonly<Record<string, string>>; readonly args?: JsonObject; readonly path?: string } = {}): Promise<Reply> {
    return this.get(at, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool, ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args, _meta: META } }),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

/** The parameters of a challenge. */
export const challengeOf = ({ headers }: Reply): Readonly<Record<string, string>> =>
  Object.fromEntries([...(headers.get('www-authenticate') ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
