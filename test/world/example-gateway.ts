import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from './ports.ts';
import { META } from './mcp-requests.ts';
import { startProcess } from './running-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';
import type { JsonObject } from '../../src/model/json.ts';

export const root = join(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');
const clock = pathToFileURL(join(root, 'test/fixtures/stepped-clock.ts')).href;

export type Entry = { readonly name: string; readonly userId: string; readonly role?: string; readonly group?: string; readonly permissions: readonly string[] };

export type Answer = { readonly status: number; readonly text: string; readonly json: JsonObject };

/** A configuration of `examples/`, started as it stands but for the port, with a wall clock that can be set. */
export class ExampleGateway implements AsyncDisposable {
  readonly dataFolder: string;
  readonly configFile: string;
  readonly origin: string;
  readonly #clockFile: string;
  readonly #owned: AsyncDisposableStack;
  #stop: () => Promise<unknown> = () => Promise.resolve();

  private constructor(parts: { readonly origin: string; readonly folder: string }, owned: AsyncDisposableStack) {
    this.dataFolder = join(parts.folder, 'data');
    this.configFile = join(parts.folder, 'sallyport.yaml');
    this.origin = parts.origin;
    this.#clockFile = join(parts.folder, 'clock');
    this.#owned = owned;
  }

  /**
   * @param example a file of `examples/`, or the text of a configuration
   * @param keys what `MCP_API_KEYS` holds
   */
  static async start(example: string, keys: Readonly<Record<string, Entry>>): Promise<ExampleGateway> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(await temporaryFolder('example'));
    const port = await freePort();
    const text = example.includes('\n') ? example : readFileSync(join(root, 'examples', example), 'utf8');
    const gateway = new ExampleGateway({ origin: `http://127.0.0.1:${String(port)}`, folder: folder.path }, owned);
    writeFileSync(gateway.configFile, `listen: { port: ${String(port)} }\n${/^metrics:/m.test(text) ? '' : 'metrics: { enabled: false }\n'}${text}`);
    writeFileSync(gateway.#clockFile, '');
    const command = [process.execPath, '--import', clock, main, 'serve', '-c', gateway.configFile, '--data', gateway.dataFolder, '--quiet'] as const;
    const running = owned.use(startProcess(command, { env: { MCP_API_KEYS: JSON.stringify(keys), STEPPED_CLOCK: gateway.#clockFile }, cwd: root }));
    await until('the gateway is ready', async () => ((await fetch(`${gateway.origin}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 20_000, signal: running.gone });
    const started = new ExampleGateway({ origin: gateway.origin, folder: folder.path }, owned.move());
    started.#stop = () => running.stop();
    return started;
  }

  /** Ends the gateway politely; what it has written stays until it is disposed of. */
  async stop(): Promise<void> {
    await this.#stop();
  }

  /** Sets the gateway's wall clock. */
  setClock(at: string): void {
    writeFileSync(this.#clockFile, at);
  }

  /** One request of the newest revision. */
  async send(key: string, method: string, params: JsonObject): Promise<Answer> {
    const name = params['name'] ?? params['uri'];
    const headers = { 'x-api-key': key, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, ...(typeof name === 'string' ? { 'mcp-name': name } : {}) };
    const response = await fetch(`${this.origin}/crm/mcp`, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }) });
    const text = await response.text();
    const body = text.startsWith('event:') || text.startsWith('data:') || text.startsWith(':') ? (/^data: ?(\{.*)$/m.exec(text)?.[1] ?? '{}') : text;
    return { status: response.status, text, json: JSON.parse(body === '' ? '{}' : body) as JsonObject }; // any JSON object; a wrong shape fails the assertions
  }

  call(key: string, tool: string, values: JsonObject = {}): Promise<Answer> {
    return this.send(key, 'tools/call', { name: tool, arguments: values });
  }

  /** The names of the tools that a key is shown, in alphabetical order. */
  async tools(key: string): Promise<readonly string[]> {
    const { status, json } = await this.send(key, 'tools/list', {});
    const result = json['result'] as { tools?: readonly { name: string }[] } | undefined; // of the example server
    return status === 200 ? (result?.tools ?? []).map(({ name }) => name).toSorted() : [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
