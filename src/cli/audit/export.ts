import { cefOf } from '../../adapters/audit-sinks/formats/cef.ts';
import { csvLine, CSV_HEADER } from '../../adapters/audit-sinks/formats/csv.ts';
import { ocsfOf } from '../../adapters/audit-sinks/formats/ocsf.ts';
import { otlpRequest } from '../../adapters/audit-sinks/formats/otlp.ts';
import type { Filter } from '../../admin/audit/filter.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import { printable } from '../../model/redaction.ts';
import type { AuditReader } from '../../ports/audit-sink.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import type { CommonOptions, Terminal } from '../terminal.ts';
import { recordLookAt } from './record-look.ts';
import { filterFrom } from './read-filter.ts';

export interface ExportOptions extends CommonOptions {
  readonly data?: string;
  readonly format: string;
}

/** A format of the export: what stands first, and what is written for some records. */
interface Writer {
  readonly head?: string;
  write(events: readonly AuditEvent[]): string;
}

const lines = (line: (event: AuditEvent) => string): Writer => ({ write: (events) => events.map((event) => `${line(event)}\n`).join('') });

const WRITERS: ReadonlyMap<string, Writer> = new Map([
  ['jsonl', lines((event) => JSON.stringify(event))],
  ['csv', { head: CSV_HEADER, write: (events) => events.map(csvLine).join('') }],
  ['ocsf', lines((event) => JSON.stringify(ocsfOf(event)))],
  ['cef', lines(cefOf)],
  ['otlp', { write: (events) => (events.length === 0 ? '' : `${JSON.stringify(otlpRequest(events))}\n`) }],
]);

/** So many records are held at a time, however long the trail is. */
const PAGE = 500;

const writerFor = (format: string): Writer => {
  const writer = WRITERS.get(format);
  if (writer === undefined) throw new CliError(`--format ${printable(format)} is not known`, { exitCode: EXIT.usage, cure: `write one of ${[...WRITERS.keys()].join(', ')}` });
  return writer;
};

/** In the order of the trail, from where the filter begins to where the trail ended when it was asked: it may grow meanwhile. */
function* pages(reader: AuditReader, filter: Filter, end: number): Generator<readonly AuditEvent[]> {
  let position = filter.sinceMs === undefined ? 0 : reader.positionAt(filter.sinceMs);
  for (let page = reader.after(position, PAGE); page.length > 0; page = reader.after(position, PAGE)) {
    yield page.flatMap((entry) => (entry.position <= end && filter.matches(entry.event) ? [entry.event] : []));
    position = page.at(-1)?.position ?? position;
    if (position >= end) return;
  }
}

/** `sallyport audit export [FILTER] --format FORMAT`: what matches, oldest first, on stdout. */
export const exportTrail = async (words: readonly string[], options: ExportOptions, { terminal, nowMs }: { readonly terminal: Terminal; readonly nowMs: number }): Promise<ExitCode> => {
  const [writer, filter] = [writerFor(options.format), filterFrom(words, nowMs)];
  const home = openHome(findDirectory(options.data, terminal.env));
  try {
    const reader = readTrail(home);
    const end = reader.before(Number.MAX_SAFE_INTEGER, 1)[0]?.position ?? 0;
    await recordLookAt(home, { name: 'audit export', q: filter.text }, terminal);
    terminal.stdout.write(writer.head ?? '');
    for (const events of pages(reader, filter, end)) terminal.stdout.write(writer.write(events));
    return EXIT.ok;
  } finally {
    home.database.close();
  }
};
