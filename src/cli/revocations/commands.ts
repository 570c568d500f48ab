import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { KeysOptions } from '../with-store.ts';
import type { Terminal } from '../terminal.ts';
import type { RevokeOptions, TokenOptions } from './revoke.ts';

const running = () => import('./revoke.ts');

const ofIssuer = (command: Command): Command => withData(command).requiredOption('--issuer <issuer>', 'the issuer of the tokens, by its name or URL').option('--reason <words>', 'why, for the record');
const orAlways = (command: Command): Command => command.option('--always', 'tokens that are issued later too');

const addRevoke = (program: Command, terminal: Terminal, finish: Finish): void => {
  const revoke = program.command('revoke').description('refuse OAuth tokens although they are still good: one, or those of a session, subject, client or issuer');
  withData(revoke.command('token').description('refuse one token: the one on stdin, or by its jti'))
    .option('--id <jti>', 'the jti of the token, with --issuer')
    .option('--issuer <issuer>', 'the issuer of the token, by its name or URL')
    .option('--reason <words>', 'why, for the record')
    .action(async (options: TokenOptions) => finish(await (await running()).revokeOneToken(options, terminal)));
  ofIssuer(revoke.command('session').description('refuse every token of a session').argument('<session>', 'its sid')).action(async (session: string, options: RevokeOptions) => finish(await (await running()).revokeOneSession(session, options, terminal)));
  orAlways(ofIssuer(revoke.command('subject').description('refuse the tokens of a person or service that were issued until now').argument('<subject>', 'its sub, or its name in the audit trail'))).action(async (subject: string, options: RevokeOptions) =>
    finish(await (await running()).revokeOneSubject(subject, options, terminal)));
  orAlways(ofIssuer(revoke.command('client').description('refuse the tokens of an OAuth client that were issued until now').argument('<client>', 'its client_id'))).action(async (client: string, options: RevokeOptions) =>
    finish(await (await running()).revokeOneClient(client, options, terminal)));
  orAlways(withData(revoke.command('issuer').description('refuse the tokens of an issuer that were issued until now').argument('<issuer>', 'its name or URL')).option('--reason <words>', 'why, for the record')).action(
    async (issuer: string, options: Omit<RevokeOptions, 'issuer'>) => finish(await (await running()).revokeOneIssuer({ ...options, issuer }, terminal)),
  );
};

/** `sallyport revoke …` and `sallyport revocations …`: each command is an operation of the admin plane. */
export const addRevocations = (program: Command, terminal: Terminal, finish: Finish): void => {
  addRevoke(program, terminal, finish);
  const revocations = program.command('revocations').description('see which tokens are refused although they are still good, and take it back');
  withData(revocations.command('list').description('list what is refused, in the order it was')).action(async (options: KeysOptions) => finish(await (await running()).revocationsList(options, terminal)));
  withData(revocations.command('lift').description('take a revocation back').argument('<id>', 'den_…')).action(async (id: string, options: KeysOptions) => finish(await (await running()).revocationsLift(id, options, terminal)));
};
