import type { Command } from 'commander';
import type { Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { BridgeOptions } from './bridge.ts';

/** `sallyport bridge URL`. Loaded when it runs. */
export const addBridge = (program: Command, terminal: Terminal, finish: Finish): void => {
  program
    .command('bridge')
    .description('a gateway at a URL as an MCP server over stdio, for clients that can show no certificate or key')
    .argument('<url>', 'https://…/mcp')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'its private key, PEM')
    .option('--ca <file>', 'who signed the gateway\'s certificate, PEM; default: whom the system trusts')
    .option('--key-from <reference>', 'where an API key is: env:NAME, file:PATH or a secret manager')
    .option('--renew', 'renew the certificate at the gateway when two thirds of its life are over')
    .option('--quiet', 'only warnings and errors on stderr')
    .action(async (url: string, options: BridgeOptions) => finish(await (await import('./bridge.ts')).bridge(url, options, terminal)));
};
