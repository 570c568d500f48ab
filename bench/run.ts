import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONNECTIONS, DAMAGED_KEY, keyLine, requestFor, startGateway, tokenFor, type Case } from './cases.ts';
import { adder, attempt, compare, type Add, type Comparison, type Entry } from './compare.ts';
import { load } from './load.ts';
import { nameOf, startHaproxy, startNginx } from './proxies.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';
import { start, stop, type Subject } from './subject.ts';

/**
 * `node bench/run.ts`: CPU per request and requests/s of a direct upstream, a bare undici forwarder, and the gateway, by turns in one run. CPU
 * per request of the process under test is the figure that survives a noisy machine; compare ratios inside one run only.
 */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ROUNDS = setting('BENCH_ROUNDS', 12);
const SECONDS = setting('BENCH_SECONDS', 0.7);
const RATE = 1_000;
const RATE_SECONDS = 3;

const FORWARDER = 'bare undici forwarder';
const READ = 'gateway, read tool';
const WRITE = 'gateway, write tool (and its intent record)';
const TOKEN = 'gateway, read tool, by an access token';

const OF = { beside: FORWARDER };

const gatewayCases = (subject: Subject): readonly Comparison[] => [
  { ...OF, name: READ, subject, request: requestFor('echo') },
  { ...OF, name: TOKEN, subject, request: requestFor('echo', { credential: `Authorization: Bearer ${tokenFor()}` }) },
  { ...OF, name: WRITE, subject, request: requestFor('write') },
  { ...OF, name: 'gateway, bad checksum (401)', subject, request: requestFor('echo', { credential: keyLine(DAMAGED_KEY) }), status: '401' },
];

const startAll = async (folder: string, add: Add): Promise<{ readonly measured: readonly Comparison[]; readonly others: readonly Entry[] }> => {
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0 }));
  const forwarder = add(await start('forwarder', [file('forwarder.ts'), `http://127.0.0.1:${String(upstream.port)}`], { core: 1 }));
  const request = requestFor('echo');
  const others = [
    await attempt(`${nameOf('nginx')}, bare`, async () => ({ ...OF, subject: add(await startNginx(folder, 'nginx', { upstream })), request })),
    await attempt(`${nameOf('haproxy')}, bare`, async () => ({ ...OF, subject: add(await startHaproxy(folder, 'haproxy', { upstream })), request })),
  ];
  const gateway = add(await startGateway(upstream, folder));
  return { measured: [{ ...OF, name: 'direct', subject: upstream, request }, { ...OF, name: FORWARDER, subject: forwarder, request }, ...gatewayCases(gateway)], others };
};

/** How long an answer takes when requests come at a rate that is far from the most. */
const atRate = async (cases: readonly Case[]): Promise<void> => {
  const p50 = new Map<string, number>();
  const rows: string[][] = [];
  for (const { name, subject, request } of cases) {
    const found = await load({ port: subject.port, request }, { connections: CONNECTIONS, seconds: RATE_SECONDS, perSecond: RATE });
    p50.set(name, found.p50);
    rows.push([name, (found.requests / found.seconds).toFixed(0), found.p50.toFixed(2), found.p99.toFixed(2)]);
  }
  report({ title: `Time of an answer at ${String(RATE)} requests a second`, columns: ['subject', 'requests/s', 'p50 ms', 'p99 ms'], rows, note: 'From when a request was due, to the millisecond at which the load is given out.' });
  judge(`p50 that the gateway adds to a direct call at ${String(RATE)} requests a second`, (p50.get(READ) ?? 0) - (p50.get('direct') ?? 0), { most: 0.3 }, ' ms');
};

const main = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const subjects: Subject[] = [];
  try {
    const { measured, others } = await startAll(folder, adder(subjects));
    const ratio = await compare([...measured, ...others], { title: 'A guarded call beside a bare forwarder', rounds: ROUNDS, seconds: SECONDS });
    judge('whole path (key, policy, limits, audit) beside the bare forwarder', ratio(READ, FORWARDER), { most: 1.1 });
    judge('bearer token beside key', ratio(TOKEN, READ), { most: 1.05 });
    await atRate(measured.slice(0, 3));
  } finally {
    for (const subject of subjects.toReversed()) await stop(subject);
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
