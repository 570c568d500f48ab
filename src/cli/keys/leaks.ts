import { reportLeak, type LeakReport } from '../../admin/operations/report-leak.ts';
import { releaseKey } from '../../admin/operations/release-key.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { doing, type DryRun } from '../doing.ts';
import type { KeysOptions } from '../with-store.ts';
import { callerLines, timeOf } from './text.ts';
import type { Terminal } from '../terminal.ts';

const MOST_CHARACTERS = 1_000;

/** The key from stdin: on a command line it would be in the history and in the list of processes. */
const readKey = async ({ stdin, stderr }: Terminal): Promise<string> => {
  if (stdin?.isTTY === true) stderr.write('paste the key, then press Enter and Ctrl-D: ');
  let text = '';
  for await (const part of stdin ?? []) {
    text += String(part);
    if (text.length > MOST_CHARACTERS) break;
  }
  const key = text.trim();
  if (key === '' || key.length > MOST_CHARACTERS || /\s/.test(key)) throw new CliError('stdin holds no single key', { exitCode: EXIT.usage, cure: 'sallyport leaks report < file-with-the-key' });
  return key;
};

const reportText = (report: LeakReport): string => {
  if (!report.known) return 'no such key is stored here: nothing to do';
  const { key, callers, targets } = report;
  const since = callers.map(({ firstAtMs }) => firstAtMs).toSorted((left, right) => left - right)[0];
  const used = since === undefined ? 'nobody is known to have used it' : `used by ${String(callers.length)} since ${timeOf(since)}\n${callerLines(callers).join('')}${targets.map(({ calls, call, target, server }) => `  ${String(calls).padStart(8)}  ${call}  ${printable(target)} on ${server}\n`).join('')}`.trimEnd();
  const next = key.state === 'quarantined' ? `"sallyport keys rotate ${key.id} --overlap now" makes a successor, "sallyport keys revoke ${key.id}" ends it, "sallyport keys release ${key.id}" takes the report back` : 'it opens nothing any more';
  return `${key.id}  ${printable(key.owner)}  ${printable(key.name)}  ${key.state}\n${used}\n${next}`;
};

/** `sallyport leaks report`: quarantines a key that was found somewhere. */
export const leaksReport = async (options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> => {
  const key = await readKey(terminal);
  return doing(options, terminal, { operation: reportLeak, input: { key }, words: reportText });
};

/** `sallyport keys release ID` */
export const keysRelease = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: releaseKey, input: { id }, words: ({ key }) => `${key.id} is ${key.state}` });
