import { constants, verify, type KeyObject } from 'node:crypto';

/** Signatures of lists and answers, by the type of algorithm: the digest, none where it is part of the algorithm. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null, '1.3.101.113': null,
};

const KINDS: Readonly<Record<string, string>> = { '1.2.840.113549': 'rsa', '1.2.840.10045': 'ec', '1.3.101.112': 'ed25519', '1.3.101.113': 'ed448' };

const fits = (algorithm: string, key: KeyObject): boolean => Object.entries(KINDS).some(([beginning, kind]) => (algorithm === beginning || algorithm.startsWith(`${beginning}.`)) && key.asymmetricKeyType === kind);

/** What was signed, by what, and the signature. */
export interface SignedBytes {
  readonly content: Buffer;
  /** The type of the algorithm, dotted. */
  readonly algorithm: string;
  readonly signature: Buffer;
}

/** Whether a key has signed it, by an algorithm that is not broken and that belongs to the key. */
export const isSignedBy = ({ content, algorithm, signature }: SignedBytes, key: KeyObject): boolean => {
  const digest = DIGESTS[algorithm];
  if (digest === undefined || !fits(algorithm, key)) return false;
  try {
    return verify(digest, content, key.asymmetricKeyType === 'rsa' ? { key, padding: constants.RSA_PKCS1_PADDING } : key, signature);
  } catch {
    return false;
  }
};
