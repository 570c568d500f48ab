import type { KeyObject, X509Certificate } from 'node:crypto';
import { basename, extname, join } from 'node:path';
import { realClock } from '../../../adapters/world/world.ts';
import { certificatesIn, PemFault, readPem } from '../../../config/tls/read-pem.ts';
import { about, orderFault, readPrivateKey, timeFault } from '../../../config/tls/server-certificate.ts';
import { CliError, EXIT, type ExitCode } from '../../exit.ts';
import type { Terminal } from '../../terminal.ts';
import { keepAnchor } from './anchors.ts';
import { makeFolder, openFolder } from '../../../adapters/pki/authority-folder.ts';
import { loadLibrary, type CertificateLibrary } from '../../../adapters/pki/certificate-library.ts';
import { plainName, tell, writeList, type AuthorityOptions } from './issue.ts';
import { schemeOf } from '../../../adapters/pki/signing.ts';

export interface ImportOptions extends AuthorityOptions {
  readonly key?: string;
  readonly name?: string;
}

const KEY_USE = '2.5.29.15';

/** What a certificate says its key may do; undefined where it says nothing, which allows all (RFC 5280 §4.2.1.3). */
const usesOf = ({ raw }: X509Certificate, { AsnConvert, Certificate, KeyUsage }: CertificateLibrary): number | undefined => {
  const use = AsnConvert.parse(raw, Certificate).tbsCertificate.extensions?.find(({ extnID }) => extnID === KEY_USE);
  return use === undefined ? undefined : AsnConvert.parse(use.extnValue, KeyUsage).toNumber();
};

const issuerFault = (certificate: X509Certificate, nowMs: number): string | undefined => {
  // Of one whose key may not sign certificates OpenSSL says that it is no authority, too.
  if (!certificate.ca) return 'holds a certificate that is no certificate authority (CA:TRUE, and keyCertSign where it says what its key may do), so nothing could be issued by it: name that of the issuer';
  if (schemeOf(certificate.publicKey) === undefined) return 'holds an authority whose key is too weak, or of a kind that is not accepted: RSA of 2048 bits, P-256, P-384, P-521 and Ed25519 are';
  return timeFault(certificate, nowMs);
};

const signsItself = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);

/** The authority and those above it, up to the one that signs itself: OpenSSL trusts nothing less. @throws PemFault */
const chainIn = (text: string, nowMs: number): readonly X509Certificate[] => {
  const chain = certificatesIn(text);
  const fault = chain.map((one) => issuerFault(one, nowMs)).find((one) => one !== undefined) ?? orderFault(chain);
  if (fault !== undefined) throw new PemFault(fault);
  const top = chain.at(-1);
  if (top === undefined || !signsItself(top)) throw new PemFault('holds an authority whose own issuer is not there: write the certificates of all above it behind it, up to the one that signs itself');
  return chain;
};

const PKCS12 = /\.(?:p12|pfx)$/i;

/** Reads what was named. @throws CliError in words that name the file */
const reading = <Read>(member: string, path: string, read: () => Read): Read => {
  try {
    return about(member, path, read);
  } catch (error) {
    if (!(error instanceof PemFault)) throw error;
    if (PKCS12.test(path)) throw new CliError(`${member}: ${path} is PKCS#12 and not PEM`, { exitCode: EXIT.usage, cure: `openssl pkcs12 -in ${path} -cacerts -nokeys -out ca.crt   and, for its key,   openssl pkcs12 -in ${path} -nocerts -noenc -out ca.key` });
    throw new CliError(error.message, { exitCode: EXIT.usage, cure: 'sallyport pki import CA.crt [--key CA.key]' });
  }
};

/** The key of an authority that is to issue here, and keep the list of what it has revoked. @throws PemFault */
const keyFor = (path: string, own: X509Certificate, library: CertificateLibrary): KeyObject => {
  const key = readPrivateKey(readPem(path));
  if (!own.checkPrivateKey(key)) throw new PemFault('does not belong to the certificate of the authority: name the two that were made together');
  if (((usesOf(own, library) ?? library.KeyUsageFlags.cRLSign) & library.KeyUsageFlags.cRLSign) === 0) throw new PemFault('is of an authority that may not sign lists of what it has revoked (no cRLSign): import its certificate alone');
  return key;
};

const pemOf = (chain: readonly X509Certificate[]): string => chain.map((one) => one.toString()).join('');

const shown = ({ subject, validToDate }: X509Certificate): string => `${subject.replaceAll('\n', ', ')}, good until ${validToDate.toISOString()}`;

/** `sallyport pki import FILE`: the authority that a team has; with its key it issues here, without it is one whose clients are taken. */
export const pkiImport = async (file: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> => {
  const library = await loadLibrary();
  const text = reading('ca', file, () => readPem(file));
  const [own, ...above] = reading('ca', file, () => chainIn(text, realClock.nowMs()));
  if (own === undefined) return EXIT.failure;
  const [cert, fingerprint] = [pemOf([own, ...above]), own.fingerprint256.replaceAll(':', '').toLowerCase()];
  const { key } = options;
  if (key === undefined) {
    const name = plainName(options.name ?? basename(file, extname(file)));
    const kept = keepAnchor(options.dir, name, cert);
    return tell(terminal, options, { said: { anchor: name, file: kept, fingerprint }, words: `kept "${name}" as ${kept}: ${shown(own)}\nnext: tls: { ca: ${kept}, observe: true }   and after a day   sallyport pki report` });
  }
  const secret = reading('key', key, () => keyFor(key, own, library));
  makeFolder(options.dir, { cert, key: String(secret.export({ type: 'pkcs8', format: 'pem' })) });
  writeList(openFolder(options.dir), library);
  return tell(terminal, options, { said: { folder: options.dir, fingerprint }, words: `this authority issues in ${options.dir} from now on: ${shown(own)}\nnext: tls.ca: ${join(options.dir, 'ca.crt')}   and   sallyport pki issue NAME --dir ${options.dir}` });
};
