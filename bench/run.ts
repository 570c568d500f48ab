import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONNECTIONS, DAMAGED_KEY, inTurns, keyLine, median, ratioOf, requestFor, startGateway, tokenFor, warm, type Case, type Figures } from './cases.ts';
import { load } from './load.ts';
import { judge, report } from './report.ts';
import { start, stop, type Subject } from './subject.ts';

/**
 * `node bench/run.ts`: CPU per request and requests/s of a direct upstream, a bare undici forwarder, and the gateway, by turns in one run. CPU
 * per request of the process under test is the figure that survives a noisy machine; compare ratios inside one run only.
 */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 12);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 0.7);
const RATE = 1_000;
const RATE_SECONDS = 3;

const FORWARDER = 'bare undici forwarder';
const READ = 'gateway, read tool';
const WRITE = 'gateway, write tool (and its intent record)';
const TOKEN = 'gateway, read tool, by an access token';

const rowOf = (name: string, runs: readonly Figures[], bare: readonly Figures[]): readonly string[] => {
  const of = (pick: (figures: Figures) => number | undefined): number => median(runs.map((run) => pick(run) ?? 0));
  const failures = runs.reduce((sum, run) => sum + run.failures, 0);
  return [name, of((run) => run.cpu).toFixed(1), ratioOf(runs, bare).toFixed(2), of((run) => run.requests / run.seconds).toFixed(0), of((run) => run.rss).toFixed(0), String(failures)];
};

const casesOf = (upstream: Subject, forwarder: Subject, gateway: Subject): readonly Case[] => [
  { name: 'direct', subject: upstream, request: requestFor('echo') },
  { name: FORWARDER, subject: forwarder, request: requestFor('echo') },
  { name: READ, subject: gateway, request: requestFor('echo') },
  { name: TOKEN, subject: gateway, request: requestFor('echo', { credential: `Authorization: Bearer ${tokenFor()}` }) },
  { name: WRITE, subject: gateway, request: requestFor('write') },
  { name: 'gateway, bad checksum (401)', subject: gateway, request: requestFor('echo', { credential: keyLine(DAMAGED_KEY) }), status: '401' },
];

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
  const upstream = await start('upstream', [file('upstream.ts')], { core: 0 });
  const forwarder = await start('forwarder', [file('forwarder.ts'), `http://127.0.0.1:${String(upstream.port)}`], { core: 1 });
  const gateway = await startGateway(upstream, folder);
  try {
    const cases = casesOf(upstream, forwarder, gateway);
    for (const one of cases) await warm(one);
    const runs = await inTurns(cases, { rounds: ROUNDS, seconds: SECONDS });
    const of = (name: string): readonly Figures[] => runs.get(name) ?? [];
    report({
      title: 'A guarded call beside a bare forwarder',
      columns: ['subject', 'CPU µs per request', 'ratio', 'requests/s', 'RSS MB', 'failed'],
      rows: cases.map(({ name }) => rowOf(name, of(name), of(FORWARDER))),
      note: `CPU: user and system of the process under test and all its threads. ${String(ROUNDS)} rounds of ${String(SECONDS)} s, ${String(CONNECTIONS)} connections.`,
    });
    judge('whole path (key, policy, limits, audit) beside the bare forwarder', ratioOf(of(READ), of(FORWARDER)), { most: 1.1 });
    judge('bearer token beside key', ratioOf(of(TOKEN), of(READ)), { most: 1.05 });
    await atRate(cases.slice(0, 3));
  } finally {
    for (const subject of [gateway, forwarder, upstream]) await stop(subject);
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
