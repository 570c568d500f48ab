import type { Command } from 'commander';
import { withData, type Finish } from '../command-options.ts';
import type { Terminal } from '../terminal.ts';
import type { DenyOptions } from './pki.ts';

const running = () => import('./pki.ts');

/** `sallyport pki …`: certificates of clients. */
export const addPki = (program: Command, terminal: Terminal, finish: Finish): void => {
  const pki = program.command('pki').description('certificates of clients');
  withData(pki.command('deny').description('refuse a client certificate at once, whatever its issuer says').argument('[fingerprint]', 'SHA-256 of the certificate, as the audit trail has it'))
    .option('--key <fingerprint>', 'all certificates with the public key of this SHA-256, renewed ones too')
    .option('--file <file>', 'the certificate itself, in PEM')
    .option('--also-key', 'with --file: its key too')
    .option('--reason <words>', 'why, for the record')
    .action(async (fingerprint: string | undefined, options: DenyOptions) => finish(await (await running()).pkiDeny(fingerprint, options, terminal)));
};
