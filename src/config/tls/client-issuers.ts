import type { X509Certificate } from 'node:crypto';
import { about, timeFault } from './server-certificate.ts';
import { certificatesIn, PemFault, readPem } from './read-pem.ts';

/** Those whose client certificates are good. */
export interface ClientIssuers {
  /** PEM, one text for each file. */
  readonly ca: readonly string[];
  /** Of the file that ends first. */
  readonly fromMs: number;
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
  const last = certificates.toSorted((one, other) => one.validToDate.getTime() - other.validToDate.getTime()).at(-1);
  return { text, fromMs: last?.validFromDate.getTime() ?? 0, expiresAtMs: last?.validToDate.getTime() ?? 0, warnings: late === 0 ? [] : [`${path} holds ${String(late)} expired of ${String(certificates.length)} certificates: take them out`] };
};

/** Reads the files under `ca`. @throws PemFault */
export const readClientIssuers = (paths: readonly string[], nowMs: number): ClientIssuers => {
  const read = paths.map((path) => about('ca', path, () => readOne(path, nowMs)));
  const [soonest] = read.toSorted((one, other) => one.expiresAtMs - other.expiresAtMs);
  return { ca: read.map(({ text }) => text), fromMs: soonest?.fromMs ?? 0, expiresAtMs: soonest?.expiresAtMs ?? 0, warnings: read.flatMap(({ warnings }) => warnings) };
};
