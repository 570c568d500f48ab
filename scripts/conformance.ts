import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../test/world/temporary-folder.ts';
import { runClientMode } from './conformance/client-mode/run-client-mode.ts';
import { pool } from './conformance/pool.ts';
import { table, verdict } from './conformance/report.ts';
import type { Cell } from './conformance/report.ts';
import { runSuite } from './conformance/run-suite.ts';
import { sets } from './conformance/sets.ts';
import { columns, startTargets } from './conformance/targets.ts';

const usage = `node scripts/conformance.ts [options]
Runs the MCP conformance suite against the fixture: directly, and through the gateway over HTTP and over stdio;
and the client of SDK v2 against the suite's servers, through the gateway, or with --only direct without it.
  --only direct|http|stdio   only this way (the direct way is run in any case, to compare with)
  --set REVISION             only this set: ${sets.map(({ revision }) => revision).join(', ')}
  --scenario NAME            only this scenario
  --keep                     keep the suite's output and print where it is`;

/** The suite waits more than it works, but two runs are what a small machine carries. */
const runsAtOnce = 2;

type Plan = { readonly set: (typeof sets)[number]; readonly column: (typeof columns)[number] };

function choose<Choice>(all: readonly Choice[], wanted: string | undefined, name: (choice: Choice) => string): readonly Choice[] {
  const chosen = all.filter((choice) => wanted === undefined || name(choice) === wanted);
  if (chosen.length > 0) return chosen;
  throw new TypeError(`There is no "${wanted}"; choose one of ${all.map(name).join(', ')}.`);
}

function readArguments() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { only: text, set: text, scenario: text, keep: { type: 'boolean', default: false } } });
  const wanted = choose(columns, values.only, String);
  return {
    sets: choose(sets, values.set, ({ revision }) => revision),
    columns: columns.filter((column) => column === 'direct' || wanted.includes(column)),
    scenario: values.scenario,
    keep: values.keep,
  };
}

async function keptFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-conformance-kept-'));
  console.log(`The output is kept in ${folder}`);
  return folder;
}

async function run(options: ReturnType<typeof readArguments>, owned: AsyncDisposableStack): Promise<boolean> {
  const output = options.keep ? await keptFolder() : owned.use(await temporaryFolder('conformance')).path;
  const targets = startTargets(owned, options.columns);
  const plans = options.sets.flatMap((set) => options.columns.map((column): Plan => ({ set, column })));
  const work = plans.map(({ set, column }) => async () => {
    const target = await targets.get(column);
    if (target === undefined) throw new Error(`Nobody started a target for ${column}.`);
    const folder = join(output, column, set.revision);
    return runSuite({ set, target, folder, scenario: options.scenario });
  });
  const outcomes = await pool(runsAtOnce, work);
  const cells = plans.flatMap((plan, index): Cell[] => (outcomes[index] ? [{ ...plan, outcome: outcomes[index] }] : []));
  const { wrong, lines } = verdict(cells, options.scenario === undefined);
  console.log([table(cells), 'passed/failed, in brackets what is run but not scored', ...lines].join('\n'));
  const way = options.columns.includes('http') ? 'gateway' : options.columns.length === 1 ? 'direct' : undefined;
  if (way === undefined) return !wrong;
  const clients = await runClientMode({ way, output, runsAtOnce, revisions: new Set(options.sets.map(({ revision }) => revision)), scenario: options.scenario });
  console.log(clients.lines.join('\n'));
  return !wrong && !clients.wrong;
}

async function main(): Promise<number> {
  let options;
  try {
    options = readArguments();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  await using owned = new AsyncDisposableStack();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(130));
  });
  const finished = run(options, owned).then((right) => (right ? 0 : 1));
  return await Promise.race([finished, interrupted]);
}

// Said outright, because after an interruption there are suites that still run; what they hold is ended on exit.
process.exit(await main());
