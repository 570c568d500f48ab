import type { AdminNeeds } from '../admin/needs.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { withStore, type KeysOptions } from './keys-home.ts';
import { writeJson, type Terminal } from './terminal.ts';

interface Said<Output> {
  readonly run: (needs: AdminNeeds) => Output | Promise<Output>;
  readonly words: (output: Output) => string;
}

/** Runs one operation and says what came of it. */
export const doing = async <Output>(options: KeysOptions, terminal: Terminal, { run, words }: Said<Output>): Promise<ExitCode> => {
  const output = await withStore(options, terminal, run);
  if (options.json === true) writeJson(terminal, output);
  else if (options.quiet !== true) terminal.stdout.write(`${words(output)}\n`);
  return EXIT.ok;
};
