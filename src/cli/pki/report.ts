import { realClock } from '../../adapters/world/world.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import { durationMs } from '../../model/duration.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { findDirectory, openHome } from '../home.ts';
import { readTrail } from '../read-trail.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface ReportOptions extends CommonOptions {
  readonly data?: string;
  readonly since: string;
}

/** A caller, as the trail knows them, and whether certificates have come along. */
export interface Caller {
  readonly who: string;
  calls: number;
  /** Of calls without a good one: how many, and what was wrong the last time. */
  without: number;
  why: string;
  address: string;
}

const PAGE = 1_000;

/** Since when, by a duration. @throws CliError */
export const sinceMs = (text: string): number => {
  const ago = durationMs(text);
  if (ago === undefined || ago <= 0) throw new CliError(`--since ${printable(text)} is not a duration`, { exitCode: EXIT.usage, cure: 'write one such as --since 24h or --since 7d' });
  return realClock.nowMs() - ago;
};

const note = (callers: Map<string, Caller>, { who, address, certificate }: AuditEvent): void => {
  const name = who ?? `somebody at ${address}`;
  const caller = callers.get(name) ?? { who: name, calls: 0, without: 0, why: '', address };
  callers.set(name, caller);
  caller.calls += 1;
  if (certificate !== undefined && certificate.flaw === undefined) return;
  caller.without += 1;
  caller.why = certificate?.flaw ?? 'none was shown';
  caller.address = address;
};

/** Everybody whose calls were let in since then. */
export const callersSince = (since: number, directory: string): readonly Caller[] => {
  const home = openHome(directory);
  try {
    const reader = readTrail(home);
    const callers = new Map<string, Caller>();
    for (let position = reader.positionAt(since), page = reader.after(position, PAGE); page.length > 0; page = reader.after(position, PAGE)) {
      for (const { event } of page) if (event.type === 'call' && event.decision === 'allow' && event.server !== undefined && Date.parse(event.at) >= since) note(callers, event);
      position = page.at(-1)?.position ?? position;
    }
    return [...callers.values()];
  } finally {
    home.database.close();
  }
};

/** A caller who would be refused, as a line. */
export const lineOf = ({ who, calls, without, why, address }: Caller): string => `  ${printable(who).padEnd(32)}  ${String(without)} of ${String(calls)} calls  ${printable(why)}  from ${printable(address)}\n`;

/** `sallyport pki report`: who would be refused if certificates were asked for; code 7 when there is anybody. */
export const pkiReport = (options: ReportOptions, terminal: Terminal): ExitCode => {
  const callers = callersSince(sinceMs(options.since), findDirectory(options.data, terminal.env));
  const refused = callers.filter(({ without }) => without > 0).toSorted((one, other) => other.without - one.without);
  if (options.json === true) writeJson(terminal, { callers: callers.length, refused });
  else if (options.quiet !== true) {
    terminal.stdout.write(`last ${options.since}: ${String(callers.length - refused.length)} of ${String(callers.length)} callers have shown a good certificate with every call; ${String(refused.length)} would be refused\n`);
    for (const caller of refused) terminal.stdout.write(lineOf(caller));
  }
  return refused.length === 0 ? EXIT.ok : EXIT.findings;
};
