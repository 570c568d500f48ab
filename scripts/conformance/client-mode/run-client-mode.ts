import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess } from '../../../test/world/running-process.ts';
import { failures } from '../difference.ts';
import { pool } from '../pool.ts';
import { readResults, tally } from '../results.ts';
import type { Results } from '../results.ts';
import { suitePackage, type Tally } from '../sets.ts';

/** A scenario of client mode that says something of a gateway, and the checks that its client passes without one; docs/authorization-server.md has the others, and why. */
interface Scenario {
  readonly revision: string;
  readonly name: string;
  /** What @modelcontextprotocol/conformance 0.2.0-alpha.12 counts for the client of SDK v2; `--only direct` counts it again. */
  readonly passes: number;
}

const of = (revision: string, passes: Readonly<Record<string, number>>): readonly Scenario[] => Object.entries(passes).map(([name, count]) => ({ revision, name, passes: count }));

const SCENARIOS: readonly Scenario[] = [
  ...of('2026-07-28', {
    tools_call: 2, 'request-metadata': 8, 'sep-2322-client-request-state': 5, 'http-standard-headers': 9, 'http-custom-headers': 18, 'http-invalid-tool-headers': 12,
    'json-schema-ref-no-deref': 1, 'json-schema-2020-12-preservation': 9,
  }),
  ...of('2025-11-25', { initialize: 1, tools_call: 2, 'elicitation-sep1034-client-defaults': 5, 'sse-retry': 3 }),
];

/** Without us, or with a gateway in front of the scenario's server. */
export type Way = 'direct' | 'gateway';

const boundMs = 30_000;
const client = join(import.meta.dirname, 'sdk-client.ts');

/** Has the suite judge the client of SDK v2 in one scenario. */
const runOne = async ({ revision, name }: Scenario, way: Way, output: string): Promise<Results> => {
  const folder = join(output, 'client', way, revision, name);
  await mkdir(folder, { recursive: true });
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', client, ...(way === 'gateway' ? ['--gateway'] : [])].join(' ');
  await using suite = startProcess([process.execPath, join(suitePackage, 'dist/index.js'), 'client', '--command', command, '--scenario', name, '--spec-version', revision, '-o', folder], { cwd: folder });
  const bound = setTimeout(() => void suite.stop(), boundMs);
  await suite.exited;
  clearTimeout(bound);
  const results = await readResults(folder, '');
  if (results.size === 0) throw new Error(`The suite ran nothing of ${name}:\n${suite.stdout().slice(-2000)}${suite.stderr().slice(-2000)}`);
  return results;
};

const shown = ({ passed, failed }: Tally): string => `${String(passed)}/${String(failed)}`;

const tallyOf = (results: Results): Tally => tally([...results.values()].flat());

/** What is wrong with a run; what a gateway asks by itself when it starts may be judged besides, and passes. */
const faultsOf = ({ revision, name, passes }: Scenario, outcome: PromiseSettledResult<Results>): readonly string[] => {
  if (outcome.status === 'rejected') return [`${revision} ${name}: ${String(outcome.reason)}`];
  const { passed, failed } = tallyOf(outcome.value);
  if (failed === 0 && passed >= passes) return [];
  return [`${revision} ${name}: ${shown({ passed, failed })}, the baseline is ${shown({ passed: passes, failed: 0 })}`, ...failures(outcome.value)];
};

/** What is run: these revisions, this scenario alone, so many at once. */
export interface ClientMode {
  readonly way: Way;
  readonly output: string;
  readonly runsAtOnce: number;
  readonly revisions: ReadonlySet<string>;
  readonly scenario?: string | undefined;
}

/** Runs the scenarios of client mode: the client of SDK v2 must be found to do through a gateway what it does without one. */
export const runClientMode = async ({ way, output, runsAtOnce, revisions, scenario }: ClientMode): Promise<{ readonly wrong: boolean; readonly lines: readonly string[] }> => {
  const chosen = SCENARIOS.filter(({ revision, name }) => revisions.has(revision) && (scenario === undefined || scenario === name));
  if (chosen.length === 0) return { wrong: false, lines: [] };
  const outcomes = await pool(runsAtOnce, chosen.map((one) => () => runOne(one, way, output)));
  const faults = chosen.flatMap((one, at) => (outcomes[at] === undefined ? [] : faultsOf(one, outcomes[at])));
  const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [...outcome.value.values()].flat() : []));
  const heading = `\nThe client of SDK v2 in ${String(chosen.length)} scenarios, ${way === 'direct' ? 'directly' : 'through a gateway'}: ${shown(tally(found))}`;
  return { wrong: faults.length > 0, lines: [heading, ...faults.map((line) => `  ${line}`)] };
};
