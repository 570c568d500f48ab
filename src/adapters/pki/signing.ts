import { createPublicKey, hash, sign, X509Certificate, type KeyObject } from 'node:crypto';
import type { AlgorithmIdentifier, Name } from '@peculiar/asn1-x509';
import { arrayOf, type CertificateLibrary } from './certificate-library.ts';

/** Who signs, under which name, and by what its key is known. */
export interface Signer {
  readonly name: Name;
  readonly privateKey: KeyObject;
  readonly keyId: ArrayBuffer;
}

/** By what a key is known that nobody has named yet (RFC 7093 §2). */
export const keyIdOf = (key: KeyObject): ArrayBuffer => arrayOf(hash('sha256', key.export({ type: 'spki', format: 'der' }), 'buffer').subarray(0, 20));

const SUBJECT_KEY = '2.5.29.14';

/** An authority as a signer. One that others have made calls its key as it likes, and what it issues has to say the same (RFC 5280 §4.2.1.1). */
export const signerOf = ({ certificate, privateKey }: { readonly certificate: X509Certificate; readonly privateKey: KeyObject }, { AsnConvert, Certificate, SubjectKeyIdentifier }: CertificateLibrary): Signer => {
  const { subject, extensions = [] } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate;
  const own = extensions.find(({ extnID }) => extnID === SUBJECT_KEY);
  return { name: subject, privateKey, keyId: own === undefined ? keyIdOf(createPublicKey(privateKey)) : AsnConvert.parse(own.extnValue, SubjectKeyIdentifier).buffer };
};

interface Scheme {
  readonly algorithm: string;
  /** Null where it is a part of the algorithm. */
  readonly digest: string | null;
}

const ECDSA: Readonly<Record<string, Scheme>> = {
  prime256v1: { algorithm: '1.2.840.10045.4.3.2', digest: 'sha256' },
  secp384r1: { algorithm: '1.2.840.10045.4.3.3', digest: 'sha384' },
  secp521r1: { algorithm: '1.2.840.10045.4.3.4', digest: 'sha512' },
};
const RSA: Scheme = { algorithm: '1.2.840.113549.1.1.11', digest: 'sha256' };
const ED25519: Scheme = { algorithm: '1.3.101.112', digest: null };

const LEAST_RSA_BITS = 2_048;

/** How a key signs; undefined for keys that are too weak, or that clients would not know. */
export const schemeOf = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): Scheme | undefined => {
  if (type === 'ed25519') return ED25519;
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= LEAST_RSA_BITS ? RSA : undefined;
  return type === 'ec' ? ECDSA[details?.namedCurve ?? ''] : undefined;
};

const known = (key: KeyObject): Scheme => {
  const scheme = schemeOf(key);
  if (scheme === undefined) throw new Error('the key of the authority is of a kind that signs nothing here');
  return scheme;
};

/** The algorithm of a key as certificates name it; with RSA that says that it has no parameters (RFC 4055 §5). */
export const algorithmOf = (key: KeyObject, { AlgorithmIdentifier: One }: CertificateLibrary): AlgorithmIdentifier =>
  new One({ algorithm: known(key).algorithm, ...(key.asymmetricKeyType === 'rsa' ? { parameters: null } : {}) });

/** Signs what a certificate or a list says. */
export const signatureBy = (key: KeyObject, content: ArrayBuffer): ArrayBuffer => arrayOf(sign(known(key).digest, Buffer.from(content), key));

export const SERIAL_BYTES = 16;

/** The number of a certificate, of bytes by chance: positive and never with a zero in front, so that it has one form. */
export const serialFrom = (chance: Uint8Array): Buffer => {
  const serial = Buffer.from(chance);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
};
