import { join } from 'node:path';
import { realClock } from '../../../adapters/world/world.ts';
import { DAY_MS } from '../../../model/duration.ts';
import { printable } from '../../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../../exit.ts';
import { writeJson, type Terminal } from '../../terminal.ts';
import { anchorsIn, holdsAuthority } from './anchors.ts';
import { makeFolder, openFolder, type AuthorityFolder, type IssuedEntry } from '../../../adapters/pki/authority-folder.ts';
import { loadLibrary } from '../../../adapters/pki/certificate-library.ts';
import { BACKDATED_MS, issue, issuedWords, keyText, lifeOf, newKeys, newSerial, plainName, tell, writeList, type AuthorityOptions } from './issue.ts';
import { keyIdOf } from '../../../adapters/pki/signing.ts';
import { namesOf, writeCertificate } from '../../../adapters/pki/write-certificate.ts';

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

/** `sallyport pki init NAME` */
export const pkiInit = async (name: string, options: AuthorityOptions, terminal: Terminal): Promise<ExitCode> => {
  const [library, keys, nowMs] = [await loadLibrary(), newKeys(), realClock.nowMs()];
  const names = namesOf({ commonName: plainName(name) }, library);
  const cert = writeCertificate({ names, use: 'authority', publicKey: keys.publicKey, serial: newSerial(), notBeforeMs: nowMs - BACKDATED_MS, notAfterMs: nowMs + AUTHORITY_MS }, { name: names.subject, privateKey: keys.privateKey, keyId: keyIdOf(keys.publicKey) }, library);
  makeFolder(options.dir, { cert, key: keyText(keys.privateKey) });
  writeList(openFolder(options.dir), library);
  return tell(terminal, options, { said: { folder: options.dir }, words: `made the authority "${name}" in ${options.dir}\nnext: tls.ca: ${join(options.dir, 'ca.crt')}   and   sallyport pki issue NAME --dir ${options.dir}` });
};

/** `sallyport pki issue NAME` */
export const pkiIssue = async (name: string, options: IssueOptions, terminal: Terminal): Promise<ExitCode> => {
  const { org, unit, dns = [], uri = [] } = options;
  const subject = { commonName: plainName(name), organization: org === undefined ? undefined : plainName(org), unit: unit === undefined ? undefined : plainName(unit), dns, uris: uri };
  const entry = await issue(openFolder(options.dir), { subject, use: options.server === true ? 'server' : 'client', life: lifeOf(options.for), out: options.out });
  return tell(terminal, options, { said: entry, words: issuedWords(entry, options.out) });
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

const leftOf = (notAfterMs: number, nowMs: number): string => {
  const days = Math.floor((notAfterMs - nowMs) / DAY_MS);
  return nowMs >= notAfterMs ? 'expired' : `${String(days)} ${days === 1 ? 'day' : 'days'} left`;
};

/** `sallyport pki list`. It writes the list of revoked certificates anew too, so that whoever looks once a month keeps it current. */
export const pkiList = async (options: AuthorityOptions, terminal: Terminal): Promise<ExitCode> => {
  const nowMs = realClock.nowMs();
  const anchors = anchorsIn(options.dir);
  for (const { name, subject, expiresAtMs, fingerprint } of anchors) {
    if (options.json === true) writeJson(terminal, { anchor: name, subject, fingerprint, notAfterMs: expiresAtMs, state: leftOf(expiresAtMs, nowMs) });
    else terminal.stdout.write(`${fingerprint.slice(0, 16)}  ${leftOf(expiresAtMs, nowMs).padEnd(14)}  anchor  ${printable(name)}\n`);
  }
  if (anchors.length > 0 && !holdsAuthority(options.dir)) return EXIT.ok;
  const folder = openFolder(options.dir);
  writeList(folder, await loadLibrary());
  for (const entry of folder.index.issued.toSorted((one, other) => one.notAfterMs - other.notAfterMs)) {
    const state = entry.revokedAtMs === undefined ? leftOf(entry.notAfterMs, nowMs) : 'revoked';
    if (options.json === true) writeJson(terminal, { ...entry, state });
    else terminal.stdout.write(`${entry.fingerprint.slice(0, 16)}  ${state.padEnd(14)}  ${entry.use.padEnd(6)}  ${printable(entry.subject.commonName)}\n`);
  }
  return EXIT.ok;
};
