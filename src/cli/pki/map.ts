import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { realClock } from '../../adapters/world/world.ts';
import type { Config } from '../../config/schema.ts';
import { certificatesIn, PemFault } from '../../config/tls/read-pem.ts';
import { timeFault } from '../../config/tls/server-certificate.ts';
import type { CertificateFacts } from '../../model/certificate.ts';
import type { Principal } from '../../model/principal.ts';
import { printable } from '../../model/redaction.ts';
import { mapCertificate, type MappedCertificate } from '../../planes/map-certificate.ts';
import { asCliError, CliError, EXIT, type ExitCode } from '../exit.ts';
import { findConfig } from '../find-config.ts';
import { readConfigFile } from '../read-config.ts';
import { readCertificates } from '../serving/read-certificates.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';
import { entryFor } from './entry-for.ts';

export interface MapOptions extends CommonOptions {
  readonly config?: string;
  readonly add?: boolean;
}

const CURE = 'sallyport pki map client.crt   or   … | sallyport pki map -';

const MOST_CHARACTERS = 1024 * 1024;

const fromStdin = async (stdin: NodeJS.ReadableStream): Promise<string> => {
  let text = '';
  for await (const part of stdin) {
    text += String(part);
    if (text.length > MOST_CHARACTERS) break;
  }
  return text;
};

const readInput = async (file: string, terminal: Terminal): Promise<string> => {
  try {
    return file === '-' ? await fromStdin(terminal.stdin ?? process.stdin) : readFileSync(file, 'latin1');
  } catch {
    throw new CliError(`${file} cannot be read`, { exitCode: EXIT.usage, cure: CURE });
  }
};

const certificatesOf = (text: string, file: string): readonly X509Certificate[] => {
  try {
    return certificatesIn(text);
  } catch (error) {
    throw error instanceof PemFault ? new CliError(`${file} ${error.message}`, { exitCode: EXIT.usage, cure: CURE }) : error;
  }
};

type Line = readonly [label: string, text: string];

const namesIn = ({ commonName, dns, uris, emails, ambiguous }: CertificateFacts): readonly Line[] => {
  if (ambiguous !== undefined) return [['names', `nobody can be named by it: ${ambiguous}`]];
  return [...(commonName === undefined ? [] : [['cn', commonName] as const]), ...dns.map((one) => ['dns', one] as const), ...uris.map((one) => ['uri', one] as const), ...emails.map((one) => ['email', one] as const)];
};

const entryName = (config: Config, rule: number): string => (config.certificates.identities === undefined ? 'the common name, because certificates.identities is not there' : `certificates.identities.${String(rule)}`);

const mayLines = ({ permissions, roles }: Principal, { servers }: Config, closed: ReadonlySet<string>): readonly Line[] => [
  ['roles', roles.length === 0 ? 'none' : roles.join(', ')],
  ...permissions.grants.map(({ permission, from }) => ['may', `${permission.text}  (${from})`] as const),
  ...(permissions.bound === undefined ? [] : [['at most', permissions.bound.map(({ text }) => text).join(' ')] as const]),
  ['servers', Object.keys(servers).filter((server) => !closed.has(server) && permissions.findServer(server) !== undefined).join(', ') || 'none, unless a rule says so'],
  ...(closed.size === 0 ? [] : [['not at', `${[...closed].join(', ')} (clientCa names others)`] as const]),
];

const whoLines = ({ who, entries, closed }: MappedCertificate, config: Config): readonly Line[] => [
  ...entries.map(({ rule, kind, like, value, subject }) => ['fits', `${entryName(config, rule)} (${kind}: ${like}) by ${value}: ${subject}`] as const),
  ...('principal' in who ? [['client', who.principal.subject] as const, ...mayLines(who.principal, config, closed)] : [['client', `nobody: ${who.nobody}`] as const]),
];

interface Said {
  readonly mapped: MappedCertificate;
  readonly config: Config;
  /** What is wrong with its time. */
  readonly late: string | undefined;
}

const write = ({ mapped, config, late }: Said, terminal: Terminal): void => {
  const { facts, isIssued } = mapped;
  const lines: readonly Line[] = [
    ['subject', `${facts.subject === '' ? 'none' : facts.subject}, sha256 ${facts.fingerprint}`],
    ['issuer', `${facts.issuer}${isIssued ? '' : ' — not under tls.ca of any listener: nobody would vouch for it'}`],
    ...(late === undefined ? [] : [['time', late] as const]),
    ...namesIn(facts),
    ...whoLines(mapped, config),
  ];
  for (const [label, said] of lines) terminal.stdout.write(`  ${label.padEnd(8)} ${printable(said)}\n`);
};

/** Reads a certificate and says who it is. @throws CliError */
const mapped = async (text: string, file: string, config: Config, terminal: Terminal): Promise<Said> => {
  const [certificates, nowMs] = [certificatesOf(text, file), realClock.nowMs()];
  const { revocation } = await readCertificates(config, terminal.env, nowMs);
  try {
    const [own] = certificates;
    return { config, mapped: await mapCertificate(certificates, config, revocation), late: own === undefined ? undefined : timeFault(own, nowMs) };
  } catch (error) {
    // What is no certificate of a client would be refused in the same words.
    throw new CliError(`${file}: ${asCliError(error).message}`, { exitCode: EXIT.findings, cure: 'have it issued anew: for clients, with a key of P-256 or RSA of 2048 bits' });
  }
};

/** `sallyport pki map FILE`: who a certificate would be, by which entry, and what it may do; code 7 when nobody. */
export const pkiMap = async (file: string, options: MapOptions, terminal: Terminal): Promise<ExitCode> => {
  const config = readConfigFile(findConfig(options.config, terminal.env), terminal.env);
  const said = await mapped(await readInput(file, terminal), file, config, terminal);
  const { facts, entries, who, isIssued, closed } = said.mapped;
  const isGood = 'principal' in who && isIssued && said.late === undefined;
  if (options.add === true) {
    if (entries.length > 0) throw new CliError(`${file} is named already: ${entries.map(({ subject, rule }) => `${printable(subject)} by ${entryName(config, rule)}`).join(', ')}`, { exitCode: EXIT.findings, cure: 'another entry that fits would make it ambiguous, and it would be refused: sallyport pki map FILE' });
    terminal.stdout.write(stringify({ certificates: { identities: [entryFor(facts)] } }));
    return EXIT.ok;
  }
  if (options.json === true) writeJson(terminal, { facts, entries, isIssued, closed: [...closed], ...('principal' in who ? { client: who.principal.subject, roles: who.principal.roles, permissions: who.principal.permissions.texts() } : { nobody: who.nobody }) });
  else if (options.quiet !== true) write(said, terminal);
  return isGood ? EXIT.ok : EXIT.findings;
};
