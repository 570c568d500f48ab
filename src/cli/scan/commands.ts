import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { ScanOptions } from './scan.ts';

/** `sallyport scan`: secrets where they should not be. */
export const addScan = (program: Command, { terminal, version }: { readonly terminal: Terminal; readonly version: string }, finish: Finish): void => {
  withData(program.command('scan').description('secrets where they should not be: in files, in the history of git, in what is about to be committed').argument('[path...]', 'files or folders'))
    .option('--git', 'look through the whole history too, the deleted and the amended')
    .option('--staged', 'look at what is about to be committed, and at nothing else')
    .option('--logs', 'look at logs alone')
    .option('--sarif <file>', 'write the findings there, in the form that code hosts read')
    .option('--quarantine', 'put keys of ours that were found in quarantine at once')
    .action(async (paths: string[], options: ScanOptions) => finish(await (await import('./scan.ts')).scan(paths, options, { terminal, version })));
};
