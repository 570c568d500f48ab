import type { AdminNeeds } from '../admin/needs.ts';
import { triedOut } from '../admin/try-out.ts';
import { runRecorded } from '../admin/terminal-record.ts';
import type { Operation } from '../ports/operation.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { withStore, type KeysOptions } from './with-store.ts';
import { writeJson, type Terminal } from './terminal.ts';

interface Done<Input, Output> {
  readonly operation: Operation<string, Input, Output, AdminNeeds>;
  readonly input: Input;
  readonly words: (output: Output) => string;
}

/** Says what came of an operation, as asked. */
export const saying = <Output>(output: Output, words: (output: Output) => string, { options, terminal }: { readonly options: KeysOptions; readonly terminal: Terminal }): ExitCode => {
  if (options.json === true) writeJson(terminal, output);
  else if (options.quiet !== true) terminal.stdout.write(`${words(output)}\n`);
  return EXIT.ok;
};

/** The flag of commands that can be tried out. */
export interface DryRun {
  readonly dryRun?: boolean;
}

/** Says what would come of an operation, on record, and changes nothing. */
export const trying = async <Input extends object, Output>(options: KeysOptions, terminal: Terminal, { operation, input, words }: Done<Input, Output>): Promise<ExitCode> => {
  const tried = await withStore(options, terminal, (desk) => runRecorded(triedOut(operation), { ...input, dryRun: true as const }, desk));
  return saying(tried, ({ would }) => `nothing was changed; it would have been: ${words(would)}`, { options, terminal });
};

/** Runs one operation that changes something, on record, and says what came of it. */
export const doing = async <Input extends object, Output>(options: KeysOptions & DryRun, terminal: Terminal, { operation, input, words }: Done<Input, Output>): Promise<ExitCode> => {
  if (options.dryRun === true) return trying(options, terminal, { operation, input, words });
  return saying(await withStore(options, terminal, (desk) => runRecorded(operation, input, desk)), words, { options, terminal });
};
