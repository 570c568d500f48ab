import { DAY_MS } from '../../../model/duration.ts';
import { generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../../../adapters/world/world.ts';
import { durationMs } from '../../../model/duration.ts';
import { printable } from '../../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../../exit.ts';
import { writeJson, type CommonOptions, type Terminal } from '../../terminal.ts';
import { makeFolder, openFolder, writeIndex, writePrivate, type AuthorityFolder, type IssuedEntry } from './authority-folder.ts';
import { loadLibrary, type CertificateLibrary } from './certificate-library.ts';
import { nameOf, writeCertificate, writeRevocationList, type CertificateSubject, type Signer } from './write-certificate.ts';

export interface AuthorityOptions extends CommonOptions {
  readonly dir: string;
}

export interface IssueOptions extends AuthorityOptions {
  readonly out: string;
  readonly for: string;
  readonly org?: string;
  readonly unit?: string;
  readonly dns?: readonly string[];
  readonly uri?: readonly string[];
  readonly server?: boolean;
}

const AUTHORITY_MS = 10 * 365 * DAY_MS;
/** What is issued is good a little earlier, for clocks that are behind ours. */
const BACKDATED_MS = 60_000;
const LIST_MS = 30 * DAY_MS;
const SERIAL_BYTES = 16;

/** Positive and never with a zero in front, so that it has one form. */
const newSerial = (): Buffer => {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
};

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyText = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }));

const signerOf = ({ certificate, privateKey }: AuthorityFolder, { AsnConvert, Certificate }: CertificateLibrary): Signer => ({ name: AsnConvert.parse(certificate.raw, Certificate).tbsCertificate.subject, privateKey });

const tell = (terminal: Terminal, options: CommonOptions, told: { readonly said: object; readonly words: string }): ExitCode => {
  if (options.json === true) writeJson(terminal, told.said);
  else if (options.quiet !== true) terminal.stdout.write(`${told.words}\n`);
  return EXIT.ok;
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,62}$/;

const plainName = (text: string): string => {
  if (!NAME.test(text)) throw new CliError(`${printable(text.slice(0, 80))} is no name for a certificate`, { exitCode: EXIT.usage, cure: 'use letters, digits, space and . _ @ -, at most 63 of them' });
  return text;
};

/** `sallyport pki init NAME` */
export const pkiInit = async (name: string, options: AuthorityOptions, terminal: Terminal): Promise<ExitCode> => {
  const [library, keys, nowMs] = [await loadLibrary(), newKeys(), realClock.nowMs()];
  const subject = { commonName: plainName(name) };
  const cert = writeCertificate({ subject, use: 'authority', publicKey: keys.publicKey, serial: newSerial(), notBeforeMs: nowMs - BACKDATED_MS, notAfterMs: nowMs + AUTHORITY_MS }, { name: nameOf(subject, library), privateKey: keys.privateKey }, library);
  makeFolder(options.dir, { cert, key: keyText(keys.privateKey) });
  writeList(openFolder(options.dir), library);
  return tell(terminal, options, { said: { folder: options.dir }, words: `made the authority "${name}" in ${options.dir}\nnext: tls.ca: ${join(options.dir, 'ca.crt')}   and   sallyport pki issue NAME --dir ${options.dir}` });
};

const lifeOf = (text: string): number => {
  const life = durationMs(text);
  if (life === undefined || life <= 0) throw new CliError(`${printable(text)} is not a duration`, { exitCode: EXIT.usage, cure: 'write one such as --for 24h or --for 90d' });
  return life;
};

interface Asked {
  readonly subject: CertificateSubject;
  readonly use: 'client' | 'server';
  readonly life: number;
  readonly out: string;
}

/** Issues a certificate with a new key, and writes both. A former certificate of the same name goes on until it ends. */
const issue = async (folder: AuthorityFolder, { subject, use, life, out }: Asked): Promise<IssuedEntry> => {
  const [library, keys, nowMs, serial] = [await loadLibrary(), newKeys(), realClock.nowMs(), newSerial()];
  const notAfterMs = Math.min(nowMs + life, folder.certificate.validToDate.getTime());
  const cert = writeCertificate({ subject, use, publicKey: keys.publicKey, serial, notBeforeMs: nowMs - BACKDATED_MS, notAfterMs }, signerOf(folder, library), library);
  const entry = { serial: serial.toString('hex'), subject: { ...subject, dns: [...(subject.dns ?? [])], uris: [...(subject.uris ?? [])] }, use, fingerprint: new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase(), notAfterMs };
  mkdirSync(out, { recursive: true, mode: 0o700 });
  writeIndex(folder.path, { ...folder.index, issued: [...folder.index.issued, entry] });
  writePrivate(join(out, `${subject.commonName}.key`), keyText(keys.privateKey));
  writePrivate(join(out, `${subject.commonName}.crt`), cert);
  return entry;
};

const issuedWords = ({ subject, fingerprint, notAfterMs }: IssuedEntry, out: string): string =>
  `issued ${join(out, `${subject.commonName}.crt`)} and .key, good until ${new Date(notAfterMs).toISOString()}, sha256 ${fingerprint}`;

/** `sallyport pki issue NAME` */
export const pkiIssue = async (name: string, options: IssueOptions, terminal: Terminal): Promise<ExitCode> => {
  const { org, unit, dns = [], uri = [] } = options;
  const subject = { commonName: plainName(name), organization: org === undefined ? undefined : plainName(org), unit: unit === undefined ? undefined : plainName(unit), dns, uris: uri };
  const entry = await issue(openFolder(options.dir), { subject, use: options.server === true ? 'server' : 'client', life: lifeOf(options.for), out: options.out });
  return tell(terminal, options, { said: entry, words: issuedWords(entry, options.out) });
};

/** The newest list of what was revoked: it must never lack, or nothing would be known of any certificate. */
const writeList = (folder: AuthorityFolder, library: CertificateLibrary): void => {
  const nowMs = realClock.nowMs();
  const number = folder.index.listNumber + 1;
  const revoked = folder.index.issued.flatMap(({ serial, revokedAtMs }) => (revokedAtMs === undefined ? [] : [{ serial, revokedAtMs }]));
  writePrivate(join(folder.path, 'ca.crl'), writeRevocationList(revoked, { number, thisUpdateMs: nowMs - BACKDATED_MS, nextUpdateMs: nowMs + LIST_MS }, { signer: signerOf(folder, library), library }));
  writeIndex(folder.path, { ...folder.index, listNumber: number });
};

/** An entry by its name, where it is the only one that is good, or by the beginning of its number or fingerprint. */
const findIssued = ({ index }: AuthorityFolder, text: string): IssuedEntry => {
  const found = index.issued.filter(({ subject, serial, fingerprint, revokedAtMs }) => revokedAtMs === undefined && (subject.commonName === text || (text.length >= 8 && (serial.startsWith(text) || fingerprint.startsWith(text)))));
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  throw new CliError(only === undefined ? `nothing that is good was issued as ${printable(text.slice(0, 80))}` : `${String(found.length)} certificates are called so`, { exitCode: EXIT.usage, cure: 'name one by the beginning of its fingerprint: sallyport pki list' });
};

/** `sallyport pki revoke NAME` */
export const pkiRevoke = async (text: string, options: AuthorityOptions, terminal: Terminal): Promise<ExitCode> => {
  const folder = openFolder(options.dir);
  const entry = findIssued(folder, text);
  const issued = folder.index.issued.map((one) => (one.serial === entry.serial ? { ...one, revokedAtMs: realClock.nowMs() } : one));
  writeList({ ...folder, index: { ...folder.index, issued } }, await loadLibrary());
  return tell(terminal, options, { said: entry, words: `revoked ${entry.subject.commonName}, sha256 ${entry.fingerprint}; ${join(options.dir, 'ca.crl')} is new\nnext: sallyport pki deny ${entry.fingerprint}   where gateways do not read that list` });
};

/** `sallyport pki list`. It writes the list of revoked certificates anew too, so that whoever looks once a month keeps it current. */
export const pkiList = async (options: AuthorityOptions, terminal: Terminal): Promise<ExitCode> => {
  const nowMs = realClock.nowMs();
  const folder = openFolder(options.dir);
  writeList(folder, await loadLibrary());
  for (const entry of folder.index.issued.toSorted((one, other) => one.notAfterMs - other.notAfterMs)) {
    const days = Math.floor((entry.notAfterMs - nowMs) / DAY_MS);
    const state = entry.revokedAtMs === undefined ? (nowMs >= entry.notAfterMs ? 'expired' : `${String(days)} ${days === 1 ? 'day' : 'days'} left`) : 'revoked';
    if (options.json === true) writeJson(terminal, { ...entry, state });
    else terminal.stdout.write(`${entry.fingerprint.slice(0, 16)}  ${state.padEnd(14)}  ${entry.use.padEnd(6)}  ${printable(entry.subject.commonName)}\n`);
  }
  return EXIT.ok;
};

/** `sallyport pki renew FILE`: the same names with a new key, in the place of the old files. The former certificate goes on until it ends. */
export const pkiRenew = async (file: string, options: AuthorityOptions & { readonly for: string }, terminal: Terminal): Promise<ExitCode> => {
  if (!existsSync(file)) throw new CliError(`${file} is not there`, { exitCode: EXIT.usage, cure: 'sallyport pki renew certs/NAME.crt' });
  const folder = openFolder(options.dir);
  const certificate = new X509Certificate(readFileSync(file));
  const known = folder.index.issued.find(({ fingerprint }) => fingerprint === certificate.fingerprint256.replaceAll(':', '').toLowerCase());
  if (known === undefined || known.revokedAtMs !== undefined) throw new CliError(`${file} was not issued by this authority, or is revoked`, { exitCode: EXIT.usage, cure: 'sallyport pki issue NAME' });
  const out = join(file, '..');
  const entry = await issue(folder, { subject: known.subject, use: known.use, life: lifeOf(options.for), out });
  return tell(terminal, options, { said: entry, words: issuedWords(entry, out) });
};
