import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess } from '../../test/world/running-process.ts';
import { readResults } from './results.ts';
import type { Results } from './results.ts';
import { suitePackage } from './sets.ts';
import type { ConformanceSet } from './sets.ts';
import type { Target } from './targets.ts';

export type SuiteRun = {
  readonly set: ConformanceSet;
  readonly target: Target;
  readonly folder: string;
  readonly scenario?: string | undefined;
};

const boundMs = 120_000;
const injector = join(import.meta.dirname, 'inject-headers.mjs');

function suiteCommand({ set, target, folder, scenario }: SuiteRun): [string, ...string[]] {
  const what = scenario === undefined ? set.suiteArguments : ['--scenario', scenario, '--spec-version', set.revision];
  const suite = join(suitePackage, 'dist/index.js');
  return [process.execPath, '--import', injector, suite, 'server', '--url', target.url, ...what, '-o', folder];
}

/** Runs one set, or one scenario of it, against one server. The results count, not the suite's exit code. */
export async function runSuite(run: SuiteRun): Promise<Results> {
  await mkdir(run.folder, { recursive: true });
  const env = {
    CONFORMANCE_ORIGIN: new URL(run.target.url).origin,
    CONFORMANCE_HEADERS: JSON.stringify(run.target.headers),
  };
  await using suite = startProcess(suiteCommand(run), { env, cwd: run.folder });
  const bound = setTimeout(() => void suite.stop(), boundMs);
  const exit = await suite.exited;
  clearTimeout(bound);
  if (exit.signal !== null) throw new Error(`The suite did not end within ${boundMs} ms:\n${suite.stdout().slice(-2000)}`);
  const results = await readResults(run.folder);
  if (results.size === 0) throw new Error(`The suite ran nothing:\n${suite.stdout()}${suite.stderr()}`);
  return results;
}
