import { generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../../../adapters/world/world.ts';
import { DAY_MS, durationMs } from '../../../model/duration.ts';
import { printable } from '../../../model/redaction.ts';
import { CliError, EXIT, type ExitCode } from '../../exit.ts';
import { writeJson, type CommonOptions, type Terminal } from '../../terminal.ts';
import { writeIndex, writePrivate, type AuthorityFolder, type IssuedEntry } from '../../../adapters/pki/authority-folder.ts';
import { loadLibrary, type CertificateLibrary } from '../../../adapters/pki/certificate-library.ts';
import { SERIAL_BYTES, serialFrom, signerOf } from '../../../adapters/pki/signing.ts';
import { namesOf, writeCertificate, writeRevocationList, type CertificateSubject } from '../../../adapters/pki/write-certificate.ts';

export interface AuthorityOptions extends CommonOptions {
  readonly dir: string;
}

/** What is issued is good a little earlier, for clocks that are behind ours. */
export const BACKDATED_MS = 60_000;
const LIST_MS = 30 * DAY_MS;

export const newSerial = (): Buffer => serialFrom(randomBytes(SERIAL_BYTES));

export const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const keyText = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }));

/** Says what a command has done, in words or as JSON. */
export const tell = (terminal: Terminal, options: CommonOptions, told: { readonly said: object; readonly words: string }): ExitCode => {
  if (options.json === true) writeJson(terminal, told.said);
  else if (options.quiet !== true) terminal.stdout.write(`${told.words}\n`);
  return EXIT.ok;
};

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,62}$/;

/** A name that is a part of a certificate and of the name of a file. @throws CliError */
export const plainName = (text: string): string => {
  if (!NAME.test(text)) throw new CliError(`${printable(text.slice(0, 80))} is no name for a certificate`, { exitCode: EXIT.usage, cure: 'use letters, digits, space and . _ @ -, at most 63 of them' });
  return text;
};

/** How long a certificate is to be good. @throws CliError */
export const lifeOf = (text: string): number => {
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
export const issue = async (folder: AuthorityFolder, { subject, use, life, out }: Asked): Promise<IssuedEntry> => {
  const [library, keys, nowMs, serial] = [await loadLibrary(), newKeys(), realClock.nowMs(), newSerial()];
  const notAfterMs = Math.min(nowMs + life, folder.certificate.validToDate.getTime());
  const cert = writeCertificate({ names: namesOf(subject, library), use, publicKey: keys.publicKey, serial, notBeforeMs: nowMs - BACKDATED_MS, notAfterMs }, signerOf(folder, library), library);
  const entry = { serial: serial.toString('hex'), subject: { ...subject, dns: [...(subject.dns ?? [])], uris: [...(subject.uris ?? [])] }, use, fingerprint: new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase(), notAfterMs };
  mkdirSync(out, { recursive: true, mode: 0o700 });
  writeIndex(folder.path, { ...folder.index, issued: [...folder.index.issued, entry] });
  writePrivate(join(out, `${subject.commonName}.key`), keyText(keys.privateKey));
  writePrivate(join(out, `${subject.commonName}.crt`), cert);
  return entry;
};

/** What is said of a certificate that was issued. */
export const issuedWords = ({ subject, fingerprint, notAfterMs }: IssuedEntry, out: string): string =>
  `issued ${join(out, `${subject.commonName}.crt`)} and .key, good until ${new Date(notAfterMs).toISOString()}, sha256 ${fingerprint}`;

/** The newest list of what was revoked: it must never lack, or nothing would be known of any certificate. */
export const writeList = (folder: AuthorityFolder, library: CertificateLibrary): void => {
  const nowMs = realClock.nowMs();
  const number = folder.index.listNumber + 1;
  const revoked = folder.index.issued.flatMap(({ serial, revokedAtMs }) => (revokedAtMs === undefined ? [] : [{ serial, revokedAtMs }]));
  writePrivate(join(folder.path, 'ca.crl'), writeRevocationList(revoked, { number, thisUpdateMs: nowMs - BACKDATED_MS, nextUpdateMs: nowMs + LIST_MS }, { signer: signerOf(folder, library), library }));
  writeIndex(folder.path, { ...folder.index, listNumber: number });
};
