import { writeFileSync } from 'node:fs';
import type { LeftOut } from '../../adapters/scanned/walk-files.ts';
import { counted } from '../../model/counted.ts';
import { printable } from '../../model/redaction.ts';
import type { Finding } from '../../scan/finding.ts';
import type { Found } from '../../scan/scan-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { painter, wantsColour, writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { toSarif } from './sarif.ts';

/** What a scan has come to. */
export interface Scanned {
  readonly found: Found[];
  readonly leftOut: LeftOut[];
  texts: number;
}

/** A finding without its secret. */
const toldOf = ({ secret: _secret, from: _from, to: _to, ...finding }: Found): Finding => finding;

const placeOf = ({ path, place, line, column, commit, committedAt }: Finding): string => `${printable(path)}:${String(line)}:${String(column)}${commit === undefined ? '' : ` in ${commit.slice(0, 12)}${committedAt === undefined ? '' : ` of ${committedAt.slice(0, 10)}`}`}${place === undefined ? '' : ` (${printable(place)})`}`;

/** What hangs on no single text of a server has nothing that could be counted twice. */
const summaryOf = (found: readonly Found[], texts: string): string => {
  if (found.length === 0) return `no secret found in ${texts}`;
  const of = found.every(({ masked }) => masked !== '') ? ` of ${counted(new Set(found.map(({ same }) => same)).size, 'secret')}` : '';
  return `${counted(found.length, 'finding')}${of} in ${texts}`;
};

/** Says what was found, as words or as JSON, one finding a line. */
export const say = ({ found, leftOut, texts }: Scanned, options: CommonOptions, terminal: Terminal): void => {
  if (options.json === true) {
    for (const one of found) writeJson(terminal, toldOf(one));
    // A program must not take for clean what was not looked at.
    for (const { path, why } of leftOut) terminal.stderr.write(`${JSON.stringify({ leftOut: path, why })}\n`);
    return;
  }
  if (options.quiet === true) return;
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  for (const one of found) {
    terminal.stdout.write(`${paint(one.certainty === 'certain' ? 'red' : 'yellow', one.certainty.padEnd(7))}  ${placeOf(one)}\n         ${printable(one.what)}${one.masked === '' ? '' : `: ${printable(one.masked)}`}   ${paint('dim', one.rule)}\n         next: ${one.next}\n`);
  }
  for (const { path, why } of leftOut) terminal.stderr.write(`left out: ${printable(path)} ${why}\n`);
  terminal.stdout.write(`${summaryOf(found, counted(texts, 'text'))}\n`);
};

/** Writes the findings in the form that code hosts read. @throws CliError */
export const writeSarif = (path: string, found: readonly Found[], version: string): void => {
  try {
    writeFileSync(path, `${JSON.stringify(toSarif(found.map(toldOf), version), null, 2)}\n`);
  } catch (cause) {
    throw new CliError(`${printable(path)} cannot be written (${cause instanceof Error ? cause.message : 'unknown'})`, { exitCode: EXIT.failure, cure: 'name a file in a folder that is there', cause });
  }
};
