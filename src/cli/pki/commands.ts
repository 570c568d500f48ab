import type { Command } from 'commander';
import { common, withData, type Finish } from '../command-options.ts';
import type { IssueOptions } from './authority/authority.ts';
import type { ImportOptions } from './authority/import.ts';
import type { AuthorityOptions } from './authority/issue.ts';
import type { RenewOptions } from './authority/renew.ts';
import type { Terminal } from '../terminal.ts';
import type { EnforceOptions } from './enforce.ts';
import type { MapOptions } from './map.ts';
import type { DenyOptions } from './pki.ts';
import type { ReportOptions } from './report.ts';

const running = () => import('./pki.ts');
const authority = () => import('./authority/authority.ts');

const configured = (command: Command): Command => command.option('-c, --config <file>', 'configuration (default: sallyport.yaml here, or the user\'s)');
const inFolder = (command: Command): Command => common(command).option('--dir <folder>', 'the folder of the authority', 'pki');
const FOR = ['--for <duration>', 'how long it is good, such as 24h or 90d', '24h'] as const;

/** A small authority for teams that have none: files in a folder, and nothing of a gateway. */
const addAuthority = (pki: Command, terminal: Terminal, finish: Finish): void => {
  inFolder(pki.command('init').description('make a small authority of your own').argument('<name>', 'its name')).action(async (name: string, options: AuthorityOptions) => finish(await (await authority()).pkiInit(name, options, terminal)));
  inFolder(pki.command('issue').description('issue a certificate with a new key').argument('<name>', 'its common name'))
    .option(...FOR)
    .option('--out <folder>', 'where to write it and its key', '.')
    .option('--org <name>', 'its organization')
    .option('--unit <name>', 'its organizational unit')
    .option('--dns <names...>', 'DNS names')
    .option('--uri <uris...>', 'URIs, such as a SPIFFE id')
    .option('--server', 'for a server, in place of a client')
    .action(async (name: string, options: IssueOptions) => finish(await (await authority()).pkiIssue(name, options, terminal)));
  inFolder(pki.command('renew').description('issue a certificate anew, with a new key, over the one that is still good').argument('<file>', 'the certificate'))
    .option(...FOR)
    .option('--watch', 'stay, and renew it whenever two thirds of its life are over')
    .action(async (file: string, options: RenewOptions) => finish(await (await import('./authority/renew.ts')).pkiRenew(file, options, terminal)));
  inFolder(pki.command('import').description('take up an authority that you have: to issue here with its key, or to take what it has issued').argument('<file>', 'its certificate, PEM, and behind it those above'))
    .option('--key <file>', 'its private key, PEM: it issues here from now on')
    .option('--name <name>', 'without --key: what it is called here; the name of its file unless given')
    .action(async (file: string, options: ImportOptions) => finish(await (await import('./authority/import.ts')).pkiImport(file, options, terminal)));
  inFolder(pki.command('revoke').description('put a certificate on the list of revoked ones').argument('<certificate>', 'its name, or the beginning of its fingerprint')).action(async (text: string, options: AuthorityOptions) => finish(await (await authority()).pkiRevoke(text, options, terminal)));
  inFolder(pki.command('list').description('list what was issued, by what is left of it')).action(async (options: AuthorityOptions) => finish(await (await authority()).pkiList(options, terminal)));
};

/** `sallyport pki …`: certificates of clients. */
export const addPki = (program: Command, terminal: Terminal, finish: Finish): void => {
  const pki = program.command('pki').description('certificates of clients');
  addAuthority(pki, terminal, finish);
  withData(pki.command('report').description('who would be refused if certificates were asked for'))
    .option('--since <duration>', 'how far to look back, such as 7d', '24h')
    .action(async (options: ReportOptions) => finish((await import('./report.ts')).pkiReport(options, terminal)));
  configured(common(pki.command('map').description('who a certificate would be, by which entry, and what it may do').argument('<file>', 'the certificate, PEM; - is stdin')))
    .option('--add', 'print the entry that would name it')
    .action(async (file: string, options: MapOptions) => finish(await (await import('./map.ts')).pkiMap(file, options, terminal)));
  configured(withData(pki.command('enforce').description('ask for the certificates that are observed, when nobody would be cut off')))
    .option('--mode <mode>', 'request (401) or require (refused in the handshake)', 'request')
    .option('--listener <name>', 'one listener alone: listen, listeners.0 …')
    .option('--since <duration>', 'how far to look back, such as 7d', '24h')
    .option('--dry-run', 'only say what would be')
    .option('--yes', 'also when somebody is cut off')
    .action(async (options: EnforceOptions) => finish((await import('./enforce.ts')).pkiEnforce(options, terminal)));
  withData(pki.command('deny').description('refuse a client certificate at once, whatever its issuer says').argument('[fingerprint]', 'SHA-256 of the certificate, as the audit trail has it'))
    .option('--key <fingerprint>', 'all certificates with the public key of this SHA-256, renewed ones too')
    .option('--file <file>', 'the certificate itself, in PEM')
    .option('--also-key', 'with --file: its key too')
    .option('--reason <words>', 'why, for the record')
    .action(async (fingerprint: string | undefined, options: DenyOptions) => finish(await (await running()).pkiDeny(fingerprint, options, terminal)));
};
