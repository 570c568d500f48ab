import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/world/ports.ts';
import { goodClaims, TestKey } from '../test/world/token-issuer.ts';
import { load, type LoadResult } from './load.ts';
import { setting } from './settings.ts';
import { cpuMicros, endedMicros, residentMb, startQuiet, type Subject } from './subject.ts';

/** What the benchmarks have in common: the gateway under test, the requests, and how one of them is measured. */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const CONNECTIONS = 32;
export const KEY = 'bench-key-0123456789abcdef0123456789';

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

const body = (tool: string, values: Readonly<Record<string, string>>, legacy: boolean): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: legacy ? { name: tool, arguments: values } : { name: tool, arguments: values, _meta: META },
  });

/** Signs the token of the bench: it is verified once and then remembered, as in a session. */
const TOKEN_KEY = new TestKey('ES256', 'bench');
export const tokenFor = (): string => TOKEN_KEY.sign(goodClaims('https://idp.example', Date.now(), { aud: 'bench', scope: 'bench:*' }));

/** One of our own keys whose checksum is wrong: refused before anything is looked up (K02). */
export const DAMAGED_KEY = `sally_live_${'A'.repeat(43)}000000`;

export const keyLine = (key: string): string => `X-API-Key: ${key}`;

/** How a request differs from the usual one. */
export interface Asking {
  readonly credential?: string;
  readonly path?: string;
  /** As clients of 2025-11-25 send it. */
  readonly legacy?: boolean;
  readonly values?: Readonly<Record<string, string>>;
}

export const requestFor = (tool: string, { credential = keyLine(KEY), path = '/mcp', legacy = false, values = { text: 'hello' } }: Asking = {}): Buffer => {
  const text = body(tool, values, legacy);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    ...(legacy ? ['MCP-Protocol-Version: 2025-11-25'] : ['MCP-Protocol-Version: 2026-07-28', 'Mcp-Method: tools/call', `Mcp-Name: ${tool}`]),
    credential,
    'User-Agent: bench/1',
    `Content-Length: ${String(Buffer.byteLength(text))}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
};

/** Asks for the list of tools. */
export const listRequest = (): Buffer => {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: META } });
  const head = ['POST /mcp HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json', 'Accept: application/json, text/event-stream', 'MCP-Protocol-Version: 2026-07-28', 'Mcp-Method: tools/list', keyLine(KEY), `Content-Length: ${String(text.length)}`];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
};

export interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly request: Buffer;
  readonly status?: string;
  /** Processes whose CPU belongs to it as well. */
  readonly with?: readonly Subject[];
  /** How many connections ask at once; 32 unless given. */
  readonly connections?: number;
  /** Whether it starts processes whose CPU belongs to it once they have ended. */
  readonly starts?: boolean;
}

export interface Figures extends LoadResult {
  readonly cpu: number | undefined;
  readonly rss: number | undefined;
}

const MOST_WARM_SECONDS = setting('BENCH_WARM', 12);
const WARM_REQUESTS = 40_000;

/** The JIT goes on compiling for tens of thousands of requests; what is wanted is what a process costs that has run for a while. */
export const warm = async (one: Case, mostSeconds = MOST_WARM_SECONDS): Promise<void> => {
  const begun = performance.now();
  for (let requests = 0; requests < WARM_REQUESTS && performance.now() - begun < Math.min(mostSeconds, MOST_WARM_SECONDS) * 1000; ) requests += (await measure(one, Math.min(1, MOST_WARM_SECONDS))).requests;
};

/** Each case in turn, round after round, so that a machine whose speed changes changes it for all of them. */
export const inTurns = async (cases: readonly Case[], { rounds, seconds }: { readonly rounds: number; readonly seconds: number }): Promise<ReadonlyMap<string, readonly Figures[]>> => {
  const runs = new Map(cases.map(({ name }) => [name, [] as Figures[]]));
  for (let round = 0; round < rounds; round += 1) for (const one of cases) runs.get(one.name)?.push(await measure(one, seconds));
  return runs;
};

/** The median over the rounds of what a case costs beside another one in the same round. */
export const ratioOf = (own: readonly Figures[], other: readonly Figures[]): number => median(own.map(({ cpu }, round) => (cpu ?? 0) / (other[round]?.cpu ?? 1)));

/** Of all its processes; undefined where the operating system does not say. */
const cpuOf = ({ subject, with: more = [], starts = false }: Case): number | undefined => {
  const each = [subject, ...more].map(cpuMicros);
  return each.includes(undefined) ? undefined : each.reduce<number>((sum, one) => sum + (one ?? 0), starts ? endedMicros(subject) : 0);
};

export const measure = async (one: Case, seconds: number): Promise<Figures> => {
  const { subject, request, status, connections = CONNECTIONS } = one;
  const before = cpuOf(one);
  const result = await load({ port: subject.port, request, ...(status === undefined ? {} : { status }) }, { connections, seconds });
  const after = cpuOf(one);
  return { ...result, cpu: before === undefined || after === undefined ? undefined : (after - before) / result.requests, rss: residentMb(subject) };
};

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const serverOf = ({ port }: Subject, command: readonly string[] | undefined): string => (command === undefined ? `{ url: "http://127.0.0.1:${String(port)}/mcp", audience: [bench] }` : `{ command: ${JSON.stringify(command)}, audience: [bench] }`);

const config = (upstream: Subject, port: number, { servers: more = [], rules = [], command }: Different): string => `servers:
  bench: ${serverOf(upstream, command)}
${more.map((name) => `  ${name}: { url: "http://127.0.0.1:${String(upstream.port)}/${name}" }\n`).join('')}issuers: { bench: ${JSON.stringify({ issuer: 'https://idp.example', keys: { keys: [TOKEN_KEY.jwk] } })} }
listen: { port: ${String(port)} }
rules: ${JSON.stringify(rules)}
roles: { user: ["bench:nothing"] }
metrics: { enabled: false }
limits:
  address: { perSecond: 1000000, burst: 10000000 }
  invalidCredentials: { perSecond: 1000000, burst: 10000000 }
  key: { perSecond: 1000000, burst: 10000000 }
  tool: { perSecond: 1000000, burst: 10000000 }
  streamsPerKey: 100000
log: { level: error }
`;

/** How a gateway differs from the usual one. */
export interface Different {
  /** Of Node, before the program. */
  readonly flags?: readonly string[];
  /** Names of servers besides `bench`. */
  readonly servers?: readonly string[];
  /** A stdio server in place of the upstream. */
  readonly command?: readonly string[];
  readonly rules?: readonly object[];
  /** Of the key; everything unless given. */
  readonly permissions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly core?: number;
}

/** A gateway in which some rooms are left empty (`bench/without.ts`). */
export const without = (rooms: readonly string[]): Different => (rooms.length === 0 ? {} : { flags: ['--import', file('without.ts')], env: { BENCH_WITHOUT: rooms.join(',') } });

export const startGateway = async (upstream: Subject, folder: string, different: Different = {}): Promise<Subject> => {
  const port = await freePort();
  const path = join(folder, 'sallyport.yaml');
  writeFileSync(path, config(upstream, port, different));
  const keys = JSON.stringify({ [KEY]: { name: 'bench', userId: 'bench', role: 'user', permissions: different.permissions ?? ['bench:*'] } });
  // Quiet: what a terminal would cost is not the gateway's.
  const args = [...(different.flags ?? []), file('../src/main.ts'), 'serve', '-c', path, '--data', join(folder, 'data'), '--quiet'];
  return startQuiet({ name: 'gateway', port }, args, { core: different.core ?? 1, env: { ...different.env, MCP_API_KEYS: keys } });
};
