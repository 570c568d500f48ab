import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONNECTIONS, DAMAGED_KEY, keyLine, measure, median, requestFor, startGateway, tokenFor, type Case, type Figures } from './cases.ts';
import { start, stop } from './subject.ts';

/**
 * `npm run bench`: CPU per request and requests/s of a direct upstream, a bare undici forwarder, and the gateway, interleaved in one
 * run. CPU per request of the process under test is the figure that survives a noisy machine; compare ratios inside one run only.
 */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
/** The JIT goes on compiling for seconds; what is wanted is what a gateway costs that has run for a while. */
const WARM_SECONDS = 4;
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
    { name: 'gateway, read tool, token', subject: gateway, request: requestFor('echo', { credential: `Authorization: Bearer ${tokenFor()}` }) },
    { name: 'gateway, write tool (+ intent)', subject: gateway, request: requestFor('write') },
    { name: 'gateway, bad checksum (401)', subject: gateway, request: requestFor('echo', { credential: keyLine(DAMAGED_KEY) }), status: '401' },
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
