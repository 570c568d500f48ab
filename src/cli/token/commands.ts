import type { Command } from 'commander';
import { common, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { MintOptions } from './mint.ts';

/** `sallyport token …`. Loaded when it runs. */
export const addToken = (program: Command, terminal: Terminal, finish: Finish): void => {
  const token = program.command('token').description('access tokens of the gateway\'s own authorization server');
  common(token.command('mint').description('exchange a key for a short-lived access token').argument('<url>', 'the URL of the MCP server'))
    .option('--key-from <reference>', 'where the key is: env:NAME, file:PATH or a secret manager')
    .option('--ttl <duration>', 'how long it lives, at least 60s (default: what the gateway gives)')
    .option('--scope <scopes>', 'what it is for, in place of all that the key may do')
    .option('--ca <file>', 'who signed the gateway\'s certificate, PEM; default: whom the system trusts')
    .option('--watch', 'keep it fresh, and tell each refresh, until Ctrl-C ends it')
    .action(async (url: string, options: MintOptions) => finish(await (await import('./mint.ts')).mint(url, options, terminal)));
};
