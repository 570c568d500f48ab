import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { KeysOptions } from '../with-store.ts';
import type { RemoveOptions } from './clients.ts';

const running = () => import('./clients.ts');

const ID = 'its client_id; the URL of its document, where it has one';
const WHO = 'per_…, provider:subject, or the name that rules and keys use';

/** `sallyport clients …` and `sallyport consents …`: each command is an operation of the admin plane. */
export const addClients = (program: Command, terminal: Terminal, finish: Finish): void => {
  const clients = program.command('clients').description('OAuth clients of the authorization server');
  withData(clients.command('list').description('list the clients that are known')).action(async (options: KeysOptions) => finish(await (await running()).clientsList(options, terminal)));
  withData(clients.command('show').description('show a client, and who has allowed it to act for them').argument('<client>', ID)).action(async (client: string, options: KeysOptions) => finish(await (await running()).clientsShow(client, options, terminal)));
  withData(clients.command('remove').description('end all that a client has, and forget it').argument('<client>', ID))
    .option('--always', 'let nobody of this id in again')
    .option('--reason <words>', 'why, for the record')
    .option('--dry-run', 'say what it would do, and change nothing')
    .action(async (client: string, options: RemoveOptions) => finish(await (await running()).clientsRemove(client, options, terminal)));
  const consents = program.command('consents').description('what people have allowed OAuth clients');
  withData(consents.command('list').description('list what a person has allowed').argument('<person>', WHO)).action(async (person: string, options: KeysOptions) => finish(await (await running()).consentsList(person, options, terminal)));
  withData(consents.command('revoke').description('take back what a person has allowed').argument('<person>', WHO).argument('[client]', 'this client alone, by its client_id'))
    .option('--dry-run', 'say what it would do, and change nothing')
    .action(async (person: string, client: string | undefined, options: KeysOptions & { readonly dryRun?: boolean }) => finish(await (await running()).consentsRevoke({ person, client }, options, terminal)));
};
