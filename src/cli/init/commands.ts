import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { InitCommandOptions } from './init.ts';

/** `sallyport init`. Loaded when it runs. */
export const addInit = (program: Command, terminal: Terminal, finish: Finish): void => {
  withData(program.command('init').description('write a first configuration, and say step by step what is still to be done').argument('[command...]', '-- COMMAND ARGS… of a server'))
    .option('-c, --config <file>', 'the file (default: sallyport.yaml)')
    .option('--profile <profile>', 'solo, team or regulated')
    .option('--server <url>', 'the URL of the MCP server, in place of a command')
    .option('--name <name>', 'its name in paths and permissions')
    .option('--public-url <url>', 'the https origin that clients use')
    .option('--sign-in <provider>', 'where people sign in: github, google, or an issuer URL')
    .option('--ca <file>', 'who vouches for client certificates, PEM')
    .action(async (words: string[], options: InitCommandOptions) => finish(await (await import('./init.ts')).init(options, words, terminal)));
};
