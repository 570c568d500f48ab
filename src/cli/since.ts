import { durationMs } from '../model/duration.ts';
import { printable } from '../model/redaction.ts';
import { CliError, EXIT } from './exit.ts';

/**
 * The moment that a `--since` names, in milliseconds since the epoch: so long ago, or a date.
 * @throws CliError that shows both forms
 */
export const sinceMsOf = (text: string, nowMs: number, flag = '--since'): number => {
  const ago = durationMs(text);
  const atMs = ago === undefined ? Date.parse(text) : nowMs - ago;
  if (Number.isNaN(atMs) || (ago === undefined && !/^\d{4}-\d{2}-\d{2}/.test(text))) throw new CliError(`${flag} ${printable(text)} is neither a duration nor a date`, { exitCode: EXIT.usage, cure: `write ${flag} 30d, ${flag} 12h or ${flag} 2026-10-01` });
  return atMs;
};
