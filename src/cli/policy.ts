import { existsSync, readFileSync } from 'node:fs';
import { buildSqliteStore } from '../adapters/store/sqlite/sqlite-store.ts';
import { buildLog } from '../adapters/world/log.ts';
import { realWorld } from '../adapters/world/world.ts';
import { parseCases } from '../config/parse-config.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import { counted } from '../model/counted.ts';
import { printable } from '../model/redaction.ts';
import type { AuditReader } from '../ports/audit-sink.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { findConfig } from './find-config.ts';
import { recordLookAt } from './audit/record-look.ts';
import { findDirectory, openHome } from './home.ts';
import { readTrail } from './read-trail.ts';
import { sinceMsOf } from './since.ts';
import { ownPermissions } from './policy/own-permissions.ts';
import { judgeBy, type OwnPermissions } from './policy/past-call.ts';
import { currentPolicy, readDraft } from './policy/read-policy.ts';
import { ReplayTally, shadowTally, type Difference, type Replay } from './policy/replay.ts';
import { runCase, type CaseResult } from './policy/run-cases.ts';
import { readConfiguredKeys } from './read-config.ts';
import { writeJson, type CommonOptions, type Terminal } from './terminal.ts';

export interface PolicyTestOptions extends CommonOptions {
  readonly config?: string;
}

export interface ReplayOptions extends CommonOptions {
  readonly config?: string;
  readonly data?: string;
  readonly since: string;
}

/** `sallyport.cases.yaml` beside `sallyport.yaml`. */
const casesBeside = (config: string): string => config.replace(/(\.(?:ya?ml|json))?$/, '.cases.yaml');

const readCases = (path: string): ReturnType<typeof parseCases> => {
  if (!existsSync(path)) throw new CliError(`there are no cases at ${path}`, { exitCode: EXIT.config, cure: 'write some there (docs/rules.md shows how), or name their file: sallyport policy test FILE' });
  return parseCases(readFileSync(path, 'utf8'), path);
};

const printCase = (result: CaseResult, options: CommonOptions, terminal: Terminal): void => {
  if (options.json === true) writeJson(terminal, result);
  else if (!result.passed) terminal.stdout.write(`✗ ${printable(result.name)}: ${printable(result.fault ?? '')}\n`);
  else if (options.quiet !== true) terminal.stdout.write(`✓ ${printable(result.name)}\n`);
};

/** `sallyport policy test [CASES]`: judges the cases beside a policy; code 7 when one comes out otherwise than it says. */
export const policyTest = (cases: string | undefined, options: PolicyTestOptions, terminal: Terminal): ExitCode => {
  const file = findConfig(options.config, terminal.env);
  const source = readDraft(file, undefined);
  const judge = judgeBy(source.policy, source);
  const results = readCases(cases ?? casesBeside(file)).map((one) => runCase(one, judge));
  for (const result of results) printCase(result, options, terminal);
  const failed = results.filter(({ passed }) => !passed).length;
  if (options.json !== true && options.quiet !== true) terminal.stdout.write(`${String(results.length - failed)} of ${counted(results.length, 'case')} come out as ${results.length === 1 ? 'it says' : 'they say'}\n`);
  return failed === 0 ? EXIT.ok : EXIT.findings;
};

const PAGE = 5_000;

function* recordsSince(reader: AuditReader, sinceMs: number): Generator<AuditEvent> {
  // A record that began since was written since.
  let position = reader.positionAt(sinceMs);
  for (let page = reader.after(position, PAGE); page.length > 0; page = reader.after(position, PAGE)) {
    position = page.at(-1)?.position ?? position;
    for (const { event } of page) if (Date.parse(event.at) >= sinceMs) yield event;
  }
}

interface Past {
  readonly records: Iterable<AuditEvent>;
  readonly own: OwnPermissions;
  readonly directory: string;
  readonly env: Terminal['env'];
}

const withPast = async <Result>(name: string, { options, terminal }: { readonly options: ReplayOptions; readonly terminal: Terminal }, work: (past: Past) => Result): Promise<Result> => {
  const configured = await readConfiguredKeys(terminal.env);
  const directory = findDirectory(options.data, terminal.env);
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }));
  const sinceMs = sinceMsOf(options.since, world.clock.nowMs());
  const home = openHome(directory);
  const store = buildSqliteStore(home.database, world.clock);
  try {
    await recordLookAt(home, { name, q: `since:${options.since}` }, terminal);
    const records = recordsSince(readTrail(home), sinceMs);
    return work({ records, own: ownPermissions(store.apiKeys, configured, home.hasher), directory, env: terminal.env });
  } finally {
    store.close();
    home.database.close();
  }
};

const sum = (differences: readonly Difference[]): number => differences.reduce((total, { count }) => total + count, 0);

const summaryOf = ({ calls, differences, untold }: Replay) => {
  const [denied, allowed] = [differences.filter(({ becomes }) => becomes === 'denied'), differences.filter(({ becomes }) => becomes === 'allowed')];
  const people = (some: readonly Difference[]): readonly string[] => [...new Set(some.map(({ who }) => who))].toSorted();
  return { calls, newlyDenied: { calls: sum(denied), people: people(denied) }, newlyAllowed: { calls: sum(allowed), people: people(allowed) }, untold };
};

const differenceLine = ({ becomes, who, call, target, server, by, count, example }: Difference): string =>
  printable(`${becomes === 'denied' ? '✗ newly denied ' : '+ newly allowed'}  ${String(count).padStart(6)} ×  ${who}  ${call}${target === undefined ? '' : ` ${target}`} on ${server}  by ${by}  such as ${example}`);

const printReplay = (replay: Replay, options: CommonOptions, terminal: Terminal): ExitCode => {
  const summary = summaryOf(replay);
  if (options.json === true) {
    for (const difference of replay.differences) writeJson(terminal, difference);
    writeJson(terminal, { summary });
  } else {
    for (const difference of replay.differences) terminal.stdout.write(`${differenceLine(difference)}\n`);
    const { newlyDenied, newlyAllowed } = summary;
    const some = ({ calls, people }: typeof newlyDenied): string => `${String(calls)} (${String(people.length)} ${people.length === 1 ? 'person' : 'people'})`;
    terminal.stdout.write(`of ${counted(summary.calls, 'call')}: newly denied ${some(newlyDenied)}, newly allowed ${some(newlyAllowed)}, cannot be told ${String(summary.untold)}\n`);
  }
  return replay.differences.length === 0 ? EXIT.ok : EXIT.findings;
};

/** `sallyport policy replay DRAFT`: judges recorded calls by a draft; code 7 when it would have decided some otherwise. */
export const policyReplay = (draft: string, options: ReplayOptions, terminal: Terminal): Promise<ExitCode> =>
  withPast('policy replay', { options, terminal }, ({ records, own, directory, env }) => {
    const current = currentPolicy(options.config, directory, env);
    const source = readDraft(draft, current.servers);
    const whole = source.servers !== undefined && source.servers !== current.servers;
    const tally = new ReplayTally(judgeBy(source.policy, whole ? source : current), own);
    for (const event of records) tally.add(event);
    return printReplay(tally.result(), options, terminal);
  });

/** `sallyport policy shadow`: what the watching policy has noted; code 7 when it disagreed. */
export const policyShadow = (options: ReplayOptions, terminal: Terminal): Promise<ExitCode> => withPast('policy shadow', { options, terminal }, ({ records }) => printReplay(shadowTally(records), options, terminal));
