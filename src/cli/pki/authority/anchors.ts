import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from '../../exit.ts';
import { writePrivate } from '../../../adapters/pki/authority-folder.ts';

/** An authority of somebody else whose certificates are taken: its certificate is kept, and there is no key. */
export interface Anchor {
  readonly name: string;
  readonly subject: string;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly expiresAtMs: number;
}

const FOLDER = 'anchors';
const ENDING = '.crt';

/** Whether an authority with its key is kept in the folder. */
export const holdsAuthority = (path: string): boolean => existsSync(join(path, 'ca.key'));

/** Those that were imported into the folder, by their names. */
export const anchorsIn = (path: string): readonly Anchor[] => {
  const folder = join(path, FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith(ENDING)).toSorted().map((file) => {
    const certificate = new X509Certificate(readFileSync(join(folder, file)));
    return { name: file.slice(0, -ENDING.length), subject: certificate.subject, fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(), expiresAtMs: certificate.validToDate.getTime() };
  });
};

/**
 * Keeps an authority under a name.
 * @returns the path of its file
 * @throws CliError where another one has the name
 */
export const keepAnchor = (path: string, name: string, cert: string): string => {
  const file = join(path, FOLDER, `${name}${ENDING}`);
  if (existsSync(file) && readFileSync(file, 'utf8') !== cert) throw new CliError(`${file} is there already, and is of another authority`, { exitCode: EXIT.usage, cure: 'choose another name with --name, or move that file away' });
  mkdirSync(join(path, FOLDER), { recursive: true, mode: 0o700 });
  writePrivate(file, cert);
  return file;
};
