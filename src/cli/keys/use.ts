import { exportKeys, type ExportedKeys } from '../../admin/operations/export-keys.ts';
import { narrowKey } from '../../admin/operations/narrow-key.ts';
import { suggestKey } from '../../admin/operations/suggest-key.ts';
import { unusedKeys } from '../../admin/operations/unused-keys.ts';
import type { Suggestion } from '../../admin/keys/suggest-permissions.ts';
import { counted } from '../../model/counted.ts';
import { printable } from '../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../exit.ts';
import { doing, saying, type DryRun } from '../doing.ts';
import { filterOf, type FilterFlags } from './filter.ts';
import { wholeDays } from './flags.ts';
import { withStore, type KeysOptions } from '../with-store.ts';
import { listLine } from './text.ts';
import { painter, wantsColour, writeJson, type Terminal } from '../terminal.ts';

type DaysOptions = KeysOptions & { readonly days: string };

/** `sallyport keys unused --days 30` */
export const keysUnused = async (options: DaysOptions, terminal: Terminal): Promise<ExitCode> => {
  const days = wholeDays(options.days, '--days');
  const paint = painter(wantsColour(terminal.stdout, terminal.env));
  const count = await withStore(options, terminal, async ({ needs, by }) => {
    let [found, after]: [number, string | undefined] = [0, undefined];
    do {
      const page: Awaited<ReturnType<typeof unusedKeys.run>> = await unusedKeys.run({ days, limit: 1_000, ...(after === undefined ? {} : { after }) }, needs, by);
      for (const key of page.keys) {
        if (options.json === true) writeJson(terminal, key);
        else terminal.stdout.write(listLine(key, paint));
      }
      found += page.keys.length;
      after = page.next;
    } while (after !== undefined);
    return found;
  });
  if (count === 0 && options.json !== true && options.quiet !== true) terminal.stderr.write(`every active key was used or made in the last ${counted(days, 'day')}\n`);
  return EXIT.ok;
};

const suggestionText = ({ id, days, usedTools, allowedTools, permissions, roles, suggested }: Suggestion): string => {
  const now = [...permissions, ...roles.map((role) => `role ${role}`)].map(printable).join(' ');
  const advice = suggested.length === 0 ? `  it used nothing: "sallyport keys disable ${id}" switches it off` : `  enough       ${suggested.map(printable).join(' ')}\n  apply        sallyport keys narrow ${id} --days ${String(days)}`;
  return `${id} used ${allowedTools === undefined ? counted(usedTools, 'tool') : `${String(usedTools)} of ${counted(allowedTools, 'tool')}`} in ${counted(days, 'day')}\n  may now      ${now}\n${advice}`;
};

/** `sallyport keys suggest ID` */
export const keysSuggest = async (id: string, options: DaysOptions, terminal: Terminal): Promise<ExitCode> => {
  const days = wholeDays(options.days, '--days');
  const suggestion = await withStore(options, terminal, ({ needs, by }) => suggestKey.run({ id, days }, needs, by));
  return saying(suggestion, suggestionText, { options, terminal });
};

/** `sallyport keys narrow ID` */
export const keysNarrow = (id: string, options: DaysOptions & DryRun, terminal: Terminal): Promise<ExitCode> => {
  const days = wholeDays(options.days, '--days');
  return doing(options, terminal, { operation: narrowKey, input: { id, days }, words: ({ key, before }) => `${id} may now only ${key.permissions.map(printable).join(' ')}; before ${before.map(printable).join(' ')}` });
};

/** `sallyport keys export --format csv` */
export const keysExport = async (options: KeysOptions & FilterFlags & { readonly format: string }, terminal: Terminal): Promise<ExitCode> => {
  const { format } = options;
  if (format !== 'jsonl' && format !== 'csv') throw new CliError(`--format ${format} is not known`, { exitCode: EXIT.usage, cure: 'write jsonl or csv' });
  const filter = filterOf(options);
  await withStore(options, terminal, async ({ needs, by }) => {
    let page: ExportedKeys | undefined;
    do {
      page = await exportKeys.run({ format, filter, ...(page?.next === undefined ? {} : { after: page.next }) }, needs, by);
      terminal.stdout.write(page.text);
    } while (page.next !== undefined);
  });
  return EXIT.ok;
};
