import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Why a file cannot be used, in words that follow its path. */
export class PemFault extends Error {}

const MOST_BYTES = 1024 * 1024;
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

/** The text of a file in PEM. @throws PemFault */
export const readPem = (path: string): string => {
  try {
    if (statSync(path).size > MOST_BYTES) throw new PemFault('is larger than 1 MiB: it is not a file of certificates');
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof PemFault) throw error;
    throw new PemFault(`cannot be read (${codeOf(error)}): check the path and its permissions`);
  }
};

/** What a file is instead of PEM, as far as its first bytes tell. */
const whatInstead = (text: string): string => {
  if (text.trim() === '') return 'is empty';
  if (text.startsWith('\u0030\u0082') || text.startsWith('\u0030\u0080')) return 'is DER and not PEM: convert it with "openssl x509 -inform der -in FILE -out FILE.pem"';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'holds a private key: name it under key';
  return /-----BEGIN CERTIFICATE REQUEST-----/.test(text) ? 'holds a request for a certificate: name the certificate that was issued for it' : 'holds no certificate in PEM';
};

/** The certificates of a text in PEM, in order. @throws PemFault */
export const certificatesIn = (text: string): readonly X509Certificate[] => {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new PemFault(whatInstead(text));
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new PemFault(`holds a certificate that cannot be read, the ${String(at + 1)}. in the file: ask for it anew`);
    }
  });
};
