import { Client, StreamableHTTPClientTransport, type FetchLike, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { FetchError, type FetchedAnswer, type Network } from '../../ports/network.ts';

/** What a server told of itself. */
export interface ServerLists {
  readonly server: unknown;
  readonly instructions: string | undefined;
  readonly tools: readonly unknown[];
  readonly resources: readonly unknown[];
  readonly templates: readonly unknown[];
  readonly prompts: readonly unknown[];
}

/** A server that lists no further is not asked for ever. */
const MOST_PAGES = 50;
const MOST_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 15_000;

interface Page {
  readonly nextCursor?: string | undefined;
}

const allPages = async <Each extends Page>(ask: (params: { readonly cursor?: string }) => Promise<Each>, entriesOf: (page: Each) => readonly unknown[]): Promise<readonly unknown[]> => {
  const entries: unknown[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await ask(cursor === undefined ? {} : { cursor });
    entries.push(...entriesOf(page));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return entries;
};

/** Asks for every list that the server says it has. No tool is called, no resource read, no prompt filled in. */
const listOver = async (transport: Transport, signal: AbortSignal): Promise<ServerLists> => {
  const client = new Client({ name: 'sallyport-scan', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const options = { signal, timeout: TIMEOUT_MS };
  try {
    await client.connect(transport, options);
    const has = client.getServerCapabilities() ?? {};
    return {
      server: client.getServerVersion(),
      instructions: client.getInstructions(),
      tools: has.tools === undefined ? [] : await allPages((params) => client.listTools(params, options), ({ tools }) => tools),
      resources: has.resources === undefined ? [] : await allPages((params) => client.listResources(params, options), ({ resources }) => resources),
      templates: has.resources === undefined ? [] : await allPages((params) => client.listResourceTemplates(params, options), ({ resourceTemplates }) => resourceTemplates),
      prompts: has.prompts === undefined ? [] : await allPages((params) => client.listPrompts(params, options), ({ prompts }) => prompts),
    };
  } finally {
    await client.close().catch(() => undefined);
  }
};

/** Headers that the network sets, or that are no longer true of what it hands on. */
const NETWORKS_OWN = new Set(['accept', 'host', 'content-length', 'content-encoding', 'transfer-encoding', 'connection']);

const without = (headers: Iterable<readonly [string, string]>): Record<string, string> => Object.fromEntries([...headers].filter(([name]) => !NETWORKS_OWN.has(name.toLowerCase())));

const responseOf = ({ status, headers, body }: FetchedAnswer): Response => {
  const empty = status === 202 || status === 204 || status === 205 || status === 304;
  return new Response(empty ? null : new Uint8Array(body), { status, headers: without(Object.entries(headers)) });
};

/** The network as the SDK asks for it: questions alone, each with its bounds, and no stream that stays open. */
const fetchOver = (network: Network, credential: Readonly<Record<string, string>>): FetchLike => async (url, init) => {
  if (init?.method !== 'POST' || typeof init.body !== 'string') return new Response(null, { status: 405 });
  const bounds = { maxBytes: MOST_BYTES, timeoutMs: TIMEOUT_MS, ...(init.signal instanceof AbortSignal ? { signal: init.signal } : {}) };
  try {
    return responseOf(await network.send({ url: String(url), method: 'POST', headers: { ...without(new Headers(init.headers)), ...credential }, body: init.body, accept: ['application/json', 'text/event-stream'], ...bounds }));
  } catch (error) {
    // What answers a notification is nobody's, and has no type to be judged by.
    if (error instanceof FetchError && error.kind === 'unfit' && !/"id"\s*:/.test(init.body)) return new Response(null, { status: 202 });
    throw error;
  }
};

/** What a server over HTTP lists. @throws what the network or the SDK met */
export const listOverHttp = (url: URL, credential: Readonly<Record<string, string>>, { network, signal }: { readonly network: Network; readonly signal: AbortSignal }): Promise<ServerLists> =>
  listOver(new StreamableHTTPClientTransport(url, { fetch: fetchOver(network, credential) }), signal);

/** What a server over stdio lists: it is started with nothing of the environment but what a program needs. @throws what the SDK met */
export const listOverStdio = ([command = '', ...args]: readonly string[], signal: AbortSignal): Promise<ServerLists> =>
  listOver(new StdioClientTransport({ command, args, stderr: 'ignore' }), signal);
