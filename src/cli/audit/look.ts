import { setTimeout as pause } from 'node:timers/promises';
import type { AuditEvent } from '../../model/audit-event.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { auditLine } from '../live-line.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface AuditOptions extends CommonOptions {
  readonly data?: string;
  readonly follow?: boolean;
  readonly limit: string;
  readonly intents?: boolean;
}

const FOLLOW_MS = 200;

const printer = (options: AuditOptions, terminal: Terminal): ((event: AuditEvent) => void) => {
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  return (event) => {
    if (event.type === 'intent' && options.intents !== true) return;
    if (options.json === true) writeJson(terminal, event);
    else terminal.stdout.write(`${auditLine(event, paint)}\n`);
  };
};

const limitOf = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new CliError(`--limit ${text} is not a number of records`, { exitCode: EXIT.usage, cure: 'write a whole number, such as --limit 100' });
  return Number(text);
};

/** `sallyport audit [--follow] [--json]`: the trail as sentences, or one JSON record a line. */
export const look = async (options: AuditOptions, terminal: Terminal, stopped: AbortSignal): Promise<ExitCode> => {
  const limit = limitOf(options.limit);
  const directory = findDirectory(options.data, terminal.env);
  const home = openHome(directory);
  const reader = readTrail(home);
  const print = printer(options, terminal);
  try {
    const last = reader.last(limit, { intents: options.intents === true });
    for (const { event } of last) print(event);
    let position = last.at(-1)?.position ?? 0;
    while (options.follow === true && !stopped.aborted) {
      for (const entry of reader.after(position, 1_000)) {
        print(entry.event);
        ({ position } = entry);
      }
      await pause(FOLLOW_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
    return options.follow === true ? EXIT.interrupted : EXIT.ok;
  } finally {
    home.database.close();
  }
};
