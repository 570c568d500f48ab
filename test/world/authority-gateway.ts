import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../../src/model/json.ts';
import { crmServer, main } from './oauth-gateway.ts';
import { META } from './mcp-requests.ts';
import { freePort } from './ports.ts';
import { startProcess, type RunningProcess } from './running-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');

/** The key that people sign in with; it may read and nothing else. */
export const PERSON_KEY = 'a-key-of-alice-0123456789abcdef';
export const REDIRECT = 'http://127.0.0.1:39099/callback';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonObject;
}

/** A pair for PKCE (RFC 7636 §4). */
export const pkce = () => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** A gateway process that is an authorization server. */
export class AuthorityGateway implements AsyncDisposable {
  readonly port: number;
  readonly dataFolder: string;
  readonly configFile: string;
  readonly #owned: AsyncDisposableStack;
  readonly #begin: () => RunningProcess;
  readonly #clockFile: string;
  #process: RunningProcess;
  #aheadMs = 0;

  private constructor(parts: { readonly port: number; readonly folder: string; readonly begin: () => RunningProcess }, owned: AsyncDisposableStack) {
    this.port = parts.port;
    this.#begin = parts.begin;
    this.#process = this.#begin();
    this.#clockFile = join(parts.folder, 'clock');
    this.dataFolder = join(parts.folder, 'data');
    this.configFile = join(parts.folder, 'sallyport.yaml');
    this.#owned = owned;
  }

  /**
   * @param more further sections of the configuration; `authority` of it what is said besides that it is on
   * @param wanted the port, where somebody has to know it before
   */
  static async start({ authority = {}, listen = {}, servers = { crm: { command: [process.execPath, crmServer] } }, env = {}, ...more }: JsonObject & { readonly authority?: JsonObject; readonly listen?: JsonObject; readonly servers?: JsonObject; readonly env?: Readonly<Record<string, string>> } = {}, wanted?: number): Promise<AuthorityGateway> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(await temporaryFolder('authority'));
    const port = wanted ?? (await freePort());
    const file = join(folder.path, 'sallyport.yaml');
    writeFileSync(file, JSON.stringify({ listen: { port, ...listen }, metrics: { enabled: false }, authority: { enabled: true, ...authority }, servers, ...more }));
    const keys = JSON.stringify({ [PERSON_KEY]: { name: 'laptop', userId: 'alice', permissions: ['crm:get_*', 'crm:list_*'] } });
    const clock = { STEPPED_CLOCK: join(folder.path, 'clock'), NODE_OPTIONS: `--import=${pathToFileURL(join(root, 'test/fixtures/stepped-clock.ts')).href}` };
    writeFileSync(clock.STEPPED_CLOCK, '');
    const begin = () => startProcess([process.execPath, main, 'serve', '-c', file, '--data', join(folder.path, 'data'), '--quiet'], { env: { MCP_API_KEYS: keys, ...clock, ...env }, cwd: root });
    const gateway = new AuthorityGateway({ port, folder: folder.path, begin }, owned.move());
    try {
      await gateway.#ready();
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  get process(): RunningProcess {
    return this.#process;
  }

  /** Lets so much time pass on the wall clock of the gateway, and for whoever reads it there. */
  sleep(ms: number): void {
    this.#aheadMs += ms;
    writeFileSync(this.#clockFile, new Date(Date.now() + this.#aheadMs).toISOString());
  }

  /** Kills the gateway where it stands, and starts another on what it has left. */
  async killAndRestart(): Promise<void> {
    this.#process.signal('SIGKILL');
    await this.#process.exited;
    this.#process = this.#begin();
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await until('the gateway is ready', async () => ((await fetch(`${this.origin}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 20_000, signal: this.#process.gone });
  }

  get origin(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get resource(): string {
    return `${this.origin}/mcp`;
  }

  async get(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await fetch(new URL(path, this.origin), { redirect: 'manual', ...init });
    const text = await answer.text();
    const isJson = (answer.headers.get('content-type') ?? '').includes('json') && text !== '';
    return { status: answer.status, headers: answer.headers, text, json: isJson ? (JSON.parse(text) as JsonObject) : {} }; // what we answer as JSON is an object
  }

  post(path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.get(path, { method: 'POST', headers, body: new URLSearchParams(form) });
  }

  async register(metadata: JsonObject = {}): Promise<Answer> {
    return this.get('/oauth/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ client_name: 'test client', redirect_uris: [REDIRECT], ...metadata }) });
  }

  /** Calls a tool with a token. */
  call(token: string, tool = 'get_customer', path = '/mcp'): Promise<Answer> {
    return this.get(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: { id: 'cust_789' }, _meta: META } }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await this.#owned.disposeAsync();
  }
}

/** A browser without JavaScript: it keeps cookies, follows redirects of the gateway and submits the forms it is shown. */
export class Browser {
  readonly #gateway: AuthorityGateway;
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>();

  constructor(gateway: AuthorityGateway) {
    this.#gateway = gateway;
  }

  /** The cookies there are, by name and path. */
  get cookies(): readonly string[] {
    return [...this.#cookies.keys()];
  }

  /** Opens a URL, and follows where it leads as long as that is the gateway. */
  async open(url: string, init: RequestInit = {}): Promise<Answer & { readonly url: string }> {
    const at = new URL(url, this.#gateway.origin);
    const cookie = [...this.#cookies].filter(([, { path }]) => at.pathname === path || at.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)).map(([name, { value }]) => `${name.split(' ')[0] ?? ''}=${value}`).join('; ');
    const answer = await this.#gateway.get(at.href, { ...init, headers: { ...(cookie === '' ? {} : { cookie }), accept: 'text/html', ...init.headers } });
    for (const set of answer.headers.getSetCookie()) this.#keep(set);
    const location = answer.headers.get('location');
    if (location === null || answer.status < 300 || answer.status > 399) return { ...answer, url: at.href };
    const next = new URL(location, at);
    return next.origin === this.#gateway.origin ? this.open(next.href) : { ...answer, url: next.href };
  }

  /** Submits the form of a page that has a button of this name and value. */
  submit(page: Answer & { readonly url: string }, fields: Readonly<Record<string, string>>): Promise<Answer & { readonly url: string }> {
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? page.url;
    const hidden = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
    return this.open(action, { method: 'POST', headers: { origin: this.#gateway.origin }, body: new URLSearchParams({ ...hidden, ...fields }) });
  }

  #keep(set: string): void {
    const [pair = '', ...attributes] = set.split(/; */);
    const mark = pair.indexOf('=');
    const path = attributes.find((one) => one.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
    const [name, value] = [`${pair.slice(0, mark)} ${path}`, pair.slice(mark + 1)];
    if (value === '' || /expires=thu, 01 jan 1970/i.test(set)) this.#cookies.delete(name);
    else this.#cookies.set(name, { value, path });
  }
}

/** What a client got. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string;
  readonly body: JsonObject;
}

/** Signs in with a key and gives the tokens: the whole way, as a client and a person walk it. */
export const signIn = async (gateway: AuthorityGateway, { clientId, browser = new Browser(gateway), key = PERSON_KEY, parameters = {} }: { readonly clientId: string; readonly browser?: Browser; readonly key?: string; readonly parameters?: Readonly<Record<string, string>> }): Promise<Tokens> => {
  const { verifier, challenge } = pkce();
  const query = new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'state-1', code_challenge: challenge, code_challenge_method: 'S256', resource: gateway.resource, ...parameters });
  const page = await browser.open(`/oauth/authorize?${query.toString()}`);
  const back = await browser.submit(page, page.text.includes('name="key"') ? { do: 'key', key } : { do: 'allow' });
  const code = new URL(back.url).searchParams.get('code');
  if (code === null) throw new Error(`no code: ${String(back.status)} ${back.url} ${back.text.slice(0, 600)}`);
  const answer = await gateway.post('/oauth/token', { grant_type: 'authorization_code', code, redirect_uri: query.get('redirect_uri') ?? '', client_id: clientId, code_verifier: verifier });
  return { access: String(answer.json['access_token']), refresh: String(answer.json['refresh_token']), body: answer.json };
};
