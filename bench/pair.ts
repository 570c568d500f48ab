import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, median, requestFor, startGateway, warm, type Figures } from './cases.ts';
import { adder } from './compare.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';
import { start, stop, type Subject } from './subject.ts';

/** `node bench/pair.ts`: two gateways at once, each on a core of its own, beside one alone: what both answer together. */

const ROUNDS = setting('BENCH_ROUNDS', 6);
const SECONDS = setting('BENCH_SECONDS', 1);
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const rate = (all: readonly Figures[]): number => all.reduce((sum, { requests, seconds }) => sum + requests / seconds, 0);

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const subjects: Subject[] = [];
try {
  const add = adder(subjects);
  const upstream = add(await start('upstream', [file('upstream.ts')], { core: 0 }));
  const cases = [];
  for (const core of [1, 0]) {
    mkdirSync(join(folder, String(core)));
    cases.push({ name: String(core), subject: add(await startGateway(upstream, join(folder, String(core)), { core })), request: requestFor('echo') });
  }
  for (const one of cases) await warm(one, 8);
  const rounds: { readonly one: number; readonly two: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = rate(await Promise.all(cases.slice(0, 1).map((one) => measure(one, SECONDS))));
    rounds.push({ one: alone, two: rate(await Promise.all(cases.map((one) => measure(one, SECONDS)))) });
  }
  const cells = [median(rounds.map(({ one }) => one)).toFixed(0), median(rounds.map(({ two }) => two)).toFixed(0), median(rounds.map(({ one, two }) => two / one)).toFixed(2)];
  const note = `The load and the server behind take their part of the same ${String(availableParallelism())} cores, so that on two cores this says little of what two processes could do with the load elsewhere; the goal of 1.7 is not judged here.`;
  report({ title: 'Two processes on two cores', columns: ['one, requests/s', 'two together', 'ratio'], rows: [cells], note });
  judge('two processes beside one, with the load elsewhere', undefined, { least: 1.7 }, ' times');
} finally {
  for (const subject of subjects.toReversed()) await stop(subject);
  rmSync(folder, { recursive: true, force: true });
}
