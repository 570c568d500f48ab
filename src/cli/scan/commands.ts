import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { ScanOptions } from './scan.ts';

/** `sallyport scan`: secrets where they should not be. */
export const addScan = (program: Command, { terminal, version, argv }: { readonly terminal: Terminal; readonly version: string; readonly argv: readonly string[] }, finish: Finish): void => {
  const dashes = argv.indexOf('--');
  const command = dashes < 0 ? undefined : argv.slice(dashes + 1);
  withData(program.command('scan').description('secrets where they should not be: in files, in the history of git, in what is about to be committed, in configurations of MCP clients; and what is wrong with an MCP server').argument('[path...]', 'files or folders; after --, the command of a server'))
    .option('--git', 'look through the whole history too, the deleted and the amended')
    .option('--staged', 'look at what is about to be committed, and at nothing else')
    .option('--logs', 'look at logs alone')
    .option('--clients', 'look through the configurations of MCP clients, at their places for you and here')
    .option('--fix', 'put references in the place of secrets there')
    .option('--yes', 'ask nothing before --fix')
    .option('--dry-run', 'say what --fix would do, and do nothing')
    .option('--server <url>', 'look at an MCP server: who may ask it, how it is reached, what its tools say')
    .option('--key-from <reference>', 'where a key or token for it is: env:NAME, file:PATH or a secret manager')
    .option('--ca <file>', 'who signed its certificate, PEM; default: whom the system trusts')
    .option('--sarif <file>', 'write the findings there, in the form that code hosts read')
    .option('--quarantine', 'put keys of ours that were found in quarantine at once')
    .action(async (words: string[], options: ScanOptions) => finish(await (await import('./scan.ts')).scan({ paths: words.slice(0, words.length - (command?.length ?? 0)), command }, options, { terminal, version })));
};
