import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/world/ports.ts';
import { KEY, measure, median, requestFor, startGateway, type Case } from './cases.ts';
import { cpuMicros, start, startListening, stop, type Subject } from './subject.ts';

/**
 * `npm run bench:full`: the gateway beside what others run for a part of its work, each in front of the same server, by turns in one run. The
 * peers are installed into bench/peers, apart from the product.
 */

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PEERS = file('peers');
const CRM = [process.execPath, file('../src/example/crm-server.ts')];

const install = (): void => {
  if (existsSync(join(PEERS, 'node_modules'))) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: PEERS, stdio: 'inherit' });
  if (status !== 0) throw new Error('the peers cannot be installed: see above');
};

const inFolder = (folder: string, name: string): string => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

/** What is compared: each with the one it is measured by. */
interface Comparison extends Case {
  readonly beside: string;
  /** A process whose CPU belongs to it. */
  readonly with?: Subject;
}

type Figures = Awaited<ReturnType<typeof measure>>;

const measureAll = async (one: Comparison, seconds: number): Promise<Figures> => {
  const before = one.with === undefined ? 0 : (cpuMicros(one.with) ?? 0);
  const figures = await measure(one, seconds);
  if (one.with === undefined || figures.cpu === undefined) return figures;
  return { ...figures, cpu: figures.cpu + ((cpuMicros(one.with) ?? 0) - before) / figures.requests };
};

const CUSTOMER = { values: { id: 'cust_001' } };
const BEARER = { credential: `Authorization: Bearer ${KEY}` };

const startAll = async (folder: string, add: (subject: Subject) => Subject): Promise<readonly Comparison[]> => {
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0 }));
  const at = `http://127.0.0.1:${String(upstream.port)}`;
  const forwarder = add(await start('forwarder', [file('forwarder.ts'), at], { core: 1 }));
  const fastify = add(await start('fastify', [join(PEERS, 'fastify-proxy.mjs'), at], { core: 1 }));
  const gateway = add(await startGateway(upstream, inFolder(folder, 'http')));
  const port = await freePort();
  const peer = add(await startListening({ name: 'mcp-proxy', port }, [join(PEERS, 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs'), '--host', '127.0.0.1', '--port', String(port), '--server', 'stream', '--stateless', '--apiKey', KEY, '--', ...CRM], { core: 1 }));
  const overStdio = add(await startGateway(upstream, inFolder(folder, 'stdio'), { command: CRM }));
  const guarded = add(await start('sdk server', [join(PEERS, 'sdk-server.mjs'), '--auth', KEY], { core: 1 }));
  const open = add(await start('sdk server', [join(PEERS, 'sdk-server.mjs')], { core: 0 }));
  const beforeSdk = add(await startGateway(open, inFolder(folder, 'sdk')));
  return [
    { name: 'bare undici forwarder', subject: forwarder, request: requestFor('echo'), beside: 'bare undici forwarder' },
    { name: '@fastify/http-proxy, bare', subject: fastify, request: requestFor('echo'), beside: 'bare undici forwarder' },
    { name: 'gateway, whole path', subject: gateway, request: requestFor('echo'), beside: 'bare undici forwarder' },
    { name: 'gateway, stdio server', subject: overStdio, request: requestFor('get_customer', CUSTOMER), beside: 'gateway, stdio server' },
    { name: 'mcp-proxy --apiKey, same server', subject: peer, request: requestFor('get_customer', CUSTOMER), beside: 'gateway, stdio server' },
    { name: 'gateway and a server of SDK v1', subject: beforeSdk, with: open, request: requestFor('echo', { legacy: true }), beside: 'gateway and a server of SDK v1' },
    { name: 'server of SDK v1 with bearer', subject: guarded, request: requestFor('echo', { legacy: true, ...BEARER }), beside: 'gateway and a server of SDK v1' },
  ];
};

const print = (cases: readonly Comparison[], runs: ReadonlyMap<string, readonly Figures[]>): void => {
  console.log(`${'subject'.padEnd(34)} ${'CPU µs'.padStart(8)} ${'ratio'.padStart(7)} ${'req/s'.padStart(8)} ${'failed'.padStart(7)}   beside`);
  for (const { name, beside } of cases) {
    const [own, other] = [runs.get(name) ?? [], runs.get(beside) ?? []];
    const ratio = median(own.map(({ cpu }, round) => (cpu ?? 0) / (other[round]?.cpu ?? 1)));
    console.log(`${name.padEnd(34)} ${median(own.map(({ cpu }) => cpu ?? 0)).toFixed(1).padStart(8)} ${ratio.toFixed(2).padStart(7)} ${median(own.map(({ requests, seconds }) => requests / seconds)).toFixed(0).padStart(8)} ${String(own.reduce((sum, { failures }) => sum + failures, 0)).padStart(7)}   ${beside}`);
  }
};

install();
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const subjects: Subject[] = [];
try {
  const cases = await startAll(folder, (subject) => {
    subjects.push(subject);
    return subject;
  });
  for (const one of cases) await measureAll(one, 4);
  const runs = new Map(cases.map(({ name }) => [name, [] as Figures[]]));
  for (let round = 0; round < ROUNDS; round += 1) for (const one of cases) runs.get(one.name)?.push(await measureAll(one, SECONDS));
  print(cases, runs);
} finally {
  for (const subject of subjects) await stop(subject);
  rmSync(folder, { recursive: true, force: true });
}
