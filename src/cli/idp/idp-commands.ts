import type { Command } from 'commander';
import { common, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { AddOptions } from './idp-add.ts';
import type { ListOptions } from './idp-list.ts';
import type { TestOptions } from './idp-test.ts';

const configured = (command: Command): Command => common(command).option('-c, --config <file>', 'configuration (default: sallyport.yaml here, or the user\'s)');

/** `sallyport idp …`: the issuers of access tokens. Each command is loaded when it runs. */
export const addIdp = (program: Command, terminal: Terminal, finish: Finish): void => {
  const idp = program.command('idp').description('see, add and try the issuers whose access tokens are accepted');
  configured(idp.command('list').description('list the issuers of the configuration, and which servers accept them')).action(async (options: ListOptions) => {
    const module = await import('./idp-list.ts');
    finish(module.idpList(options, terminal));
  });
  common(idp.command('add').description('print what to add to the configuration for an issuer').argument('<url>', 'the issuer\'s URL'))
    .option('--name <name>', 'its name in the configuration', 'corp')
    .option('--allow-private', 'fetch from a private address or by plain http: for a provider of your own network')
    .action(async (url: string, options: AddOptions) => {
      const module = await import('./idp-add.ts');
      finish(await module.idpAdd(url, options, terminal));
    });
  configured(idp.command('test').description('look at an issuer, its keys and a token, and say what is wrong by which clause').argument('<name>', 'its name in the configuration'))
    .option('--token-file <file>', 'a file with a token to walk through; - is stdin')
    .action(async (name: string, options: TestOptions) => {
      const module = await import('./idp-test.ts');
      finish(await module.idpTest(name, options, terminal));
    });
};
