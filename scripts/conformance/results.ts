import { glob, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { ConformanceSet, Tally } from './sets.ts';

const checks = z.array(
  z.object({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
  }),
);

export type Check = z.infer<typeof checks>[number];
export type Results = ReadonlyMap<string, readonly Check[]>;

/** The suite names a result folder by the scenario and the time; in server mode with `server-` before it. */
const folderName = /^(?<scenario>.+)-\d{4}-\d{2}-\d{2}T[\dA-Z-]+$/;

export async function readResults(folder: string, prefix = 'server-'): Promise<Results> {
  const results = new Map<string, readonly Check[]>();
  for await (const file of glob('*/checks.json', { cwd: folder })) {
    const name = basename(dirname(file));
    const scenario = name.startsWith(prefix) ? folderName.exec(name.slice(prefix.length))?.groups?.['scenario'] : undefined;
    if (scenario === undefined) throw new Error(`This is no result of the conformance suite: ${file}`);
    results.set(scenario, checks.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))));
  }
  return results;
}

const count = (all: readonly Check[], status: Check['status']): number => all.filter((check) => check.status === status).length;

export function tally(all: readonly Check[]): Tally {
  return { passed: count(all, 'SUCCESS'), failed: count(all, 'FAILURE') };
}

export function scoredTally(set: ConformanceSet, results: Results): Tally {
  return tally([...results].flatMap(([scenario, found]) => (set.isScored(scenario) ? found : [])));
}

export function unscoredTally(set: ConformanceSet, results: Results): Tally {
  return tally([...results].flatMap(([scenario, found]) => (set.isScored(scenario) ? [] : found)));
}

export const sameTally = (a: Tally, b: Tally): boolean => a.passed === b.passed && a.failed === b.failed;
