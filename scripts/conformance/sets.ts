import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export type Tally = { readonly passed: number; readonly failed: number };

export type ConformanceSet = {
  /** A protocol revision, and what the suite is told to run of it. */
  readonly revision: string;
  readonly suiteArguments: readonly string[];
  readonly isScored: (scenario: string) => boolean;
  /** What @modelcontextprotocol/conformance 0.2.0-alpha.12 counts for a server that conforms. */
  readonly baseline: Tally;
};

export const suitePackage = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/conformance');

const requirementsFile = z.object({ server: z.array(z.string()) });

/** A revision with frozen requirements: the suite also runs newer and optional scenarios, which do not count. */
function required(revision: string, baseline: Tally): ConformanceSet {
  const file = join(suitePackage, 'requirements', `${revision}.yaml`);
  const scored = new Set(requirementsFile.parse(parse(readFileSync(file, 'utf8'))).server);
  const isScored = (scenario: string): boolean => scored.has(scenario);
  return { revision, suiteArguments: ['--requirements', revision], isScored, baseline };
}

/** There are no frozen requirements for this revision, so all scenarios that apply to it are run, and all count. */
function whole(revision: string, baseline: Tally): ConformanceSet {
  const suiteArguments = ['--suite', 'all', '--spec-version', revision];
  return { revision, suiteArguments, isScored: () => true, baseline };
}

export const sets: readonly ConformanceSet[] = [
  required('2026-07-28', { passed: 120, failed: 0 }),
  required('2025-11-25', { passed: 70, failed: 0 }),
  whole('2025-06-18', { passed: 56, failed: 0 }),
];
