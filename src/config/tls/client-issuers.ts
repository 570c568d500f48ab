import type { X509Certificate } from 'node:crypto';
import { about, timeFault } from './server-certificate.ts';
import { certificatesIn, PemFault, readPem } from './read-pem.ts';

/** Those whose client certificates are good. */
export interface ClientIssuers {
  /** PEM, one text for each file. */
  readonly ca: readonly string[];
  readonly expiresAtMs: number;
  readonly warnings: readonly string[];
}

/** A certificate of version 1 cannot say whether it is of an authority; one that signs itself is taken for one, as OpenSSL does. */
const isAuthority = (certificate: X509Certificate): boolean => certificate.ca || (certificate.checkIssued(certificate) && certificate.keyUsage === undefined && certificate.subjectAltName === undefined);

const readOne = (path: string, nowMs: number): Omit<ClientIssuers, 'ca'> & { readonly text: string } => {
  const text = readPem(path);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw new PemFault('holds a private key, which does not belong on this machine: name a file with the certificates alone');
  const certificates = certificatesIn(text);
  const none = certificates.find((certificate) => !isAuthority(certificate));
  if (none !== undefined) throw new PemFault('holds a certificate that is no certificate authority, so nothing could be issued by it: name that of the issuer');
  const good = certificates.filter((certificate) => timeFault(certificate, nowMs) === undefined);
  const [first] = certificates;
  if (good.length === 0 && first !== undefined) throw new PemFault(timeFault(first, nowMs) ?? 'is not good now');
  const late = certificates.length - good.length;
  return { text, expiresAtMs: Math.max(...certificates.map(({ validToDate }) => validToDate.getTime())), warnings: late === 0 ? [] : [`${path} holds ${String(late)} expired of ${String(certificates.length)} certificates: take them out`] };
};

/** Reads the files under `ca`. @throws PemFault */
export const readClientIssuers = (paths: readonly string[], nowMs: number): ClientIssuers => {
  const read = paths.map((path) => about('ca', path, () => readOne(path, nowMs)));
  return { ca: read.map(({ text }) => text), expiresAtMs: Math.min(...read.map(({ expiresAtMs }) => expiresAtMs)), warnings: read.flatMap(({ warnings }) => warnings) };
};
