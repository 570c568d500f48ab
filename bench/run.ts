import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goodClaims, TestKey } from '../test/world/token-issuer.ts';
import { load, type LoadResult } from './load.ts';
import { cpuMicros, residentMb, start, startQuiet, stop, type Subject } from './subject.ts';

/**
 * `npm run bench`: CPU per request and requests/s of a direct upstream, a bare undici forwarder, and the gateway, interleaved in one
 * run. CPU per request of the process under test is the figure that survives a noisy machine; compare ratios inside one run only.
 */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
/** The JIT goes on compiling for seconds; what is wanted is what a gateway costs that has run for a while. */
const WARM_SECONDS = 4;
const CONNECTIONS = 32;
const KEY = 'bench-key-0123456789abcdef0123456789';

const body = (tool: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: tool, arguments: { text: 'hello' }, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
  });

/** Signs the token of the bench: it is verified once and then remembered, as in a session. */
const TOKEN_KEY = new TestKey('ES256', 'bench');
const tokenFor = (): string => TOKEN_KEY.sign(goodClaims('https://idp.example', Date.now(), { aud: 'bench', scope: 'bench:*' }));

/** One of our own keys whose checksum is wrong: refused before anything is looked up (K02). */
const DAMAGED_KEY = `sally_live_${'A'.repeat(43)}000000`;

const keyLine = (key: string): string => `X-API-Key: ${key}`;

const requestFor = (tool: string, credential: string = keyLine(KEY)): Buffer => {
  const text = body(tool);
  const head = [
    'POST /mcp HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2026-07-28',
    'Mcp-Method: tools/call',
    `Mcp-Name: ${tool}`,
    credential,
    'User-Agent: bench/1',
    `Content-Length: ${String(Buffer.byteLength(text))}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
};

interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly request: Buffer;
  readonly status?: string;
}

interface Figures extends LoadResult {
  readonly cpu: number | undefined;
  readonly rss: number | undefined;
}

const measure = async ({ subject, request, status }: Case, seconds: number): Promise<Figures> => {
  const before = cpuMicros(subject);
  const result = await load({ port: subject.port, request, ...(status === undefined ? {} : { status }) }, { connections: CONNECTIONS, seconds });
  const after = cpuMicros(subject);
  return { ...result, cpu: before === undefined || after === undefined ? undefined : (after - before) / result.requests, rss: residentMb(subject) };
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const config = (upstream: Subject, port: number): string => `servers:
  bench: { url: "http://127.0.0.1:${String(upstream.port)}/mcp", audience: [bench] }
issuers: { bench: ${JSON.stringify({ issuer: 'https://idp.example', keys: { keys: [TOKEN_KEY.jwk] } })} }
listen: { port: ${String(port)} }
metrics: { enabled: false }
limits:
  address: { perSecond: 1000000, burst: 10000000 }
  invalidCredentials: { perSecond: 1000000, burst: 10000000 }
  key: { perSecond: 1000000, burst: 10000000 }
  tool: { perSecond: 1000000, burst: 10000000 }
log: { level: error }
`;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const startGateway = async (upstream: Subject, folder: string): Promise<Subject> => {
  const port = await freePort();
  const path = join(folder, 'sallyport.yaml');
  writeFileSync(path, config(upstream, port));
  const keys = JSON.stringify({ [KEY]: { name: 'bench', userId: 'bench', role: 'user', permissions: ['bench:*'] } });
  // Quiet: what a terminal would cost is not the gateway's.
  const args = [file('../src/main.ts'), 'serve', '-c', path, '--data', join(folder, 'data'), '--quiet'];
  return startQuiet({ name: 'gateway', port }, args, { core: 1, env: { MCP_API_KEYS: keys } });
};

const print = (name: string, runs: readonly Figures[], bare: number): void => {
  const of = (pick: (figures: Figures) => number | undefined): number => median(runs.map((run) => pick(run) ?? 0));
  const cpu = of((run) => run.cpu);
  const failures = runs.reduce((sum, run) => sum + run.failures, 0);
  const cells = [name.padEnd(30), cpu.toFixed(1).padStart(8), (cpu / bare).toFixed(2).padStart(7), of((run) => run.requests / run.seconds).toFixed(0).padStart(9), of((run) => run.p50).toFixed(2).padStart(8), of((run) => run.p99).toFixed(2).padStart(8), of((run) => run.rss).toFixed(0).padStart(7), String(failures).padStart(6)];
  console.log(cells.join(' '));
};

const main = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
  const forwarder = await start('forwarder', [file('forwarder.ts'), `http://127.0.0.1:${String(upstream.port)}`], { core: 1 });
  const gateway = await startGateway(upstream, folder);
  const cases: readonly Case[] = [
    { name: 'direct', subject: upstream, request: requestFor('echo') },
    { name: 'bare undici forwarder', subject: forwarder, request: requestFor('echo') },
    { name: 'gateway, read tool', subject: gateway, request: requestFor('echo') },
    { name: 'gateway, read tool, token', subject: gateway, request: requestFor('echo', `Authorization: Bearer ${tokenFor()}`) },
    { name: 'gateway, write tool (+ intent)', subject: gateway, request: requestFor('write') },
    { name: 'gateway, bad checksum (401)', subject: gateway, request: requestFor('echo', keyLine(DAMAGED_KEY)), status: '401' },
  ];
  const runs = new Map<Case, Figures[]>(cases.map((one) => [one, []]));
  try {
    for (const one of cases) await measure(one, WARM_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) for (const one of cases) runs.get(one)?.push(await measure(one, SECONDS));
    const bare = median((runs.get(cases[1] ?? cases[0] as Case) ?? []).map((run) => run.cpu ?? 0)); // cases is a literal of four
    console.log(`${'subject'.padEnd(30)} ${'CPU µs'.padStart(8)} ${'ratio'.padStart(7)} ${'req/s'.padStart(9)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)} ${'RSS MB'.padStart(7)} ${'failed'.padStart(6)}`);
    for (const one of cases) print(one.name, runs.get(one) ?? [], bare);
    console.log(`\nCPU µs: user + system of the process under test, per request; ratio: to the bare forwarder in this run. ${String(ROUNDS)} rounds of ${String(SECONDS)} s, ${String(CONNECTIONS)} connections, Node ${process.version}.`);
  } finally {
    for (const subject of [gateway, forwarder, upstream]) await stop(subject);
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
