import { MOST_CHARACTERS, reportLeak, type LeakedKey, type LeakReport } from '../../admin/operations/report-leak.ts';
import { releaseKey } from '../../admin/operations/release-key.ts';
import { counted } from '../../model/counted.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { doing, type DryRun } from '../doing.ts';
import type { KeysOptions } from '../with-store.ts';
import { callerLines, timeOf } from './text.ts';
import type { Terminal } from '../terminal.ts';

/** What was found, from stdin: on a command line it would be in the history and in the list of processes. */
const readFound = async ({ stdin, stderr }: Terminal): Promise<string> => {
  if (stdin?.isTTY === true) stderr.write('paste what was found, then press Enter and Ctrl-D: ');
  let text = '';
  for await (const part of stdin ?? []) {
    text += String(part);
    if (text.length > MOST_CHARACTERS) throw new CliError(`stdin holds more than ${String(MOST_CHARACTERS)} characters`, { exitCode: EXIT.usage, cure: "grep -o 'sally_[a-z]*_[0-9A-Za-z]*' FILE | sallyport leaks report" });
  }
  if (text.trim() === '') throw new CliError('stdin holds no text', { exitCode: EXIT.usage, cure: 'sallyport leaks report < file-with-the-key' });
  return text;
};

const keyText = ({ key, callers, targets }: LeakedKey): string => {
  const since = callers.map(({ firstAtMs }) => firstAtMs).toSorted((left, right) => left - right)[0];
  const used = since === undefined ? 'nobody is known to have used it' : `used by ${counted(callers.length, 'caller')} since ${timeOf(since)}\n${callerLines(callers).join('')}${targets.map(({ calls, call, target, server }) => `  ${String(calls).padStart(8)}  ${call}  ${printable(target)} on ${server}\n`).join('')}`.trimEnd();
  const next = key.state === 'quarantined' ? `"sallyport keys rotate ${key.id} --overlap now" makes a successor, "sallyport keys revoke ${key.id}" ends it, "sallyport keys release ${key.id}" takes the report back` : 'it opens nothing any more';
  return `${key.id}  ${printable(key.owner)}  ${printable(key.name)}  ${key.state}  ${counted(key.leakReports ?? 0, 'report')}\n${used}\n${next}`;
};

const reportText = ({ keys, unknown, damaged }: LeakReport): string =>
  [
    ...keys.map(keyText),
    ...(unknown === 0 ? [] : [unknown === 1 && keys.length === 0 ? 'no such key is stored here: nothing to do' : `${counted(unknown, 'key')} of our form ${unknown === 1 ? 'is' : 'are'} not stored here`]),
    ...(damaged === 0 ? [] : [`${String(damaged)} ${damaged === 1 ? 'begins' : 'begin'} like a key and ${damaged === 1 ? 'has' : 'have'} a wrong checksum: if one was cut off, report all of it`]),
  ].join('\n');

/** `sallyport leaks report`: quarantines the keys in a text that was found somewhere. */
export const leaksReport = async (options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> => {
  const text = await readFound(terminal);
  return doing(options, terminal, { operation: reportLeak, input: { text }, words: reportText });
};

/** `sallyport keys release ID` */
export const keysRelease = (id: string, options: KeysOptions & DryRun, terminal: Terminal): Promise<ExitCode> =>
  doing(options, terminal, { operation: releaseKey, input: { id }, words: ({ key }) => `${key.id} is ${key.state}` });
