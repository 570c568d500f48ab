import { setTimeout as pause } from 'node:timers/promises';
import { csvLine, CSV_HEADER } from '../../adapters/audit-sinks/formats/csv.ts';
import type { Filter } from '../../admin/audit/filter.ts';
import { lastThatMatch } from '../../admin/audit/look-back.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader } from '../../ports/audit-sink.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { auditLine } from '../live-line.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { recordLookAt } from './record-look.ts';
import { filterFrom } from './read-filter.ts';

export interface AuditOptions extends CommonOptions {
  readonly data?: string;
  readonly follow?: boolean;
  readonly limit: string;
  readonly intents?: boolean;
  readonly csv?: boolean;
}

/** What is asked, when, and what ends it. */
export interface Look {
  readonly words: readonly string[];
  readonly nowMs: number;
  readonly stopped: AbortSignal;
}

const FOLLOW_MS = 200;

const printer = (options: AuditOptions, terminal: Terminal): ((event: AuditEvent) => void) => {
  if (options.csv === true) {
    terminal.stdout.write(CSV_HEADER);
    return (event) => void terminal.stdout.write(csvLine(event));
  }
  if (options.json === true) return (event) => writeJson(terminal, event);
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  return (event) => void terminal.stdout.write(`${auditLine(event, paint)}\n`);
};

const limitOf = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new CliError(`--limit ${text} is not a number of records`, { exitCode: EXIT.usage, cure: 'write a whole number, such as --limit 100' });
  return Number(text);
};

/** Where records that come stand: behind all that there are. */
const endOf = (reader: AuditReader): number => reader.before(Number.MAX_SAFE_INTEGER, 1)[0]?.position ?? 0;

const FOLLOWED = 1_000;

const follow = async (reader: AuditReader, { filter, from, show, stopped }: { readonly filter: Filter; readonly from: number; readonly show: (event: AuditEvent) => void; readonly stopped: AbortSignal }): Promise<void> => {
  let position = from;
  while (!stopped.aborted) {
    for (const entry of reader.after(position, FOLLOWED)) {
      if (filter.matches(entry.event)) show(entry.event);
      ({ position } = entry);
    }
    await pause(FOLLOW_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
};

/** `sallyport audit [FILTER] [--follow] [--json|--csv]`: the trail as sentences, one JSON record a line, or a table. */
export const look = async (options: AuditOptions, terminal: Terminal, { words, nowMs, stopped }: Look): Promise<ExitCode> => {
  if (options.csv === true && options.json === true) throw new CliError('--csv and --json do not go together', { exitCode: EXIT.usage, cure: 'give one of them' });
  const [limit, filter, intents] = [limitOf(options.limit), filterFrom(words, nowMs), options.intents === true];
  const home = openHome(findDirectory(options.data, terminal.env));
  const reader = readTrail(home);
  try {
    const from = endOf(reader);
    await recordLookAt(home, { name: 'audit list', q: filter.text }, terminal);
    const print = printer(options, terminal);
    for (const { event } of lastThatMatch(reader, filter, { limit, before: from + 1, intents, shown: (whole) => whole })) print(event);
    if (options.follow !== true) return EXIT.ok;
    const show = (event: AuditEvent): void => {
      if (intents || event.type === 'call') print(event);
    };
    await follow(reader, { filter, from, show, stopped });
    return EXIT.interrupted;
  } finally {
    home.database.close();
  }
};
