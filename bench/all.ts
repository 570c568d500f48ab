import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { withResults } from './page.ts';
import { planOf, type Plan } from './plan.ts';
import { readResults, resultsText, verdict, writeResults, type Results, type Table } from './report.ts';

/**
 * `npm run bench` (quick) and `npm run bench:full`: each benchmark in a process of its own, and what all of them found in one place with the machine, the day and
 * the commit. A quick run goes to bench/results/quick.md; a full one to bench/results.json, from which docs/performance.md is made; a run that was
 * shortened, or in which a benchmark failed, to bench/results/part.md.
 */

const here = import.meta.dirname;
const RESULTS = join(here, 'results.json');
const PAGE = join(here, '../docs/performance.md');

const machine = (): string => `${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${String(availableParallelism())} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB, kernel ${release()}, Node ${process.version}`;

/** A benchmark that hangs is one that has failed. */
const MOST_MS = 600_000;

const git = (...args: readonly string[]): string => spawnSync('git', args, { cwd: here, encoding: 'utf8' }).stdout.trim();

const commit = (): string => `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+changes'}`;

interface Took {
  readonly name: string;
  readonly seconds: number;
  readonly failed: boolean;
}

const runOne = (name: string, env: Readonly<Record<string, string>>): Took => {
  console.log(`\n── ${name} ──`);
  const begun = performance.now();
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(here, `${name}.ts`)], { stdio: 'inherit', timeout: MOST_MS, env: { ...process.env, ...env } });
  return { name, seconds: (performance.now() - begun) / 1000, failed: status !== 0 };
};

const timesOf = (took: readonly Took[]): Table => ({
  title: 'How long the run took',
  columns: ['benchmark', 'seconds', ''],
  rows: [...took.map(({ name, seconds, failed }) => [name, seconds.toFixed(0), failed ? 'failed' : 'done']), ['all', took.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0), '']],
});

/** Writes what was found. @returns where it is to be read */
const keep = (results: Results, into: Plan['into']): string => {
  if (into === 'docs') {
    writeResults(RESULTS, results);
    writeFileSync(PAGE, withResults(readFileSync(PAGE, 'utf8'), results));
    return 'docs/performance.md';
  }
  mkdirSync(join(here, 'results'), { recursive: true });
  writeResults(join(here, `results/${into}.json`), results);
  writeFileSync(join(here, `results/${into}.md`), `# A ${into === 'part' ? 'partial' : 'quick'} run of the benchmarks\n\n${resultsText(results)}\n`);
  return `bench/results/${into}.md`;
};

const main = (): void => {
  const plan = planOf(process.argv.slice(2), process.env);
  const about = { machine: machine(), date: new Date().toISOString().slice(0, 10), commit: commit() };
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-results-'));
  try {
    const gathered = join(folder, 'results.json');
    const took = plan.scripts.map((name) => runOne(name, { ...plan.env, BENCH_RESULTS: gathered }));
    const failed = took.some((one) => one.failed);
    const found = readResults(gathered);
    const where = keep({ ...about, goals: found.goals, tables: [...found.tables, timesOf(took)] }, failed ? 'part' : plan.into);
    for (const { name, seconds } of took) console.log(`${name.padEnd(12)} ${seconds.toFixed(0).padStart(4)} s`);
    for (const goal of found.goals) if (!goal.reached) console.log(`${verdict(goal).padEnd(6)} ${goal.what}: ${goal.measured} (${goal.goal})`);
    console.log(`\nThe results are in ${where}`);
    if (failed) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
