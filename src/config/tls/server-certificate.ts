import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { certificatesIn, PemFault, readPem } from './read-pem.ts';

const LEAST_RSA_BITS = 2_048;

/** The key of a file, which is kept in memory alone. @throws PemFault */
export const readPrivateKey = (text: string): KeyObject => {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) throw new PemFault('is encrypted, and nobody is there to type its passphrase: write it without one by "openssl pkey -in FILE -out FILE.plain", readable for its owner alone');
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw new PemFault(/-----BEGIN [A-Z ]*CERTIFICATE-----/.test(text) ? 'holds a certificate: name it under cert' : 'holds no private key in PEM');
  try {
    return createPrivateKey(text);
  } catch {
    // What OpenSSL says of it could hold a piece of it.
    throw new PemFault('holds a private key that cannot be read: make it anew');
  }
};

const isWeak = (key: KeyObject): boolean => key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS;

/** What is wrong with when a certificate is good, in words; undefined when nothing is. */
export const timeFault = (certificate: X509Certificate, nowMs: number): string | undefined => {
  if (nowMs >= certificate.validToDate.getTime()) return `has expired at ${certificate.validToDate.toISOString()}: renew it`;
  return nowMs < certificate.validFromDate.getTime() ? `is not good before ${certificate.validFromDate.toISOString()}: check the clock of this machine` : undefined;
};

/** Why each certificate is not followed by its issuer, in words; undefined when it is. */
export const orderFault = (chain: readonly X509Certificate[]): string | undefined => {
  const at = chain.findIndex((one, index) => {
    const issuer = chain[index + 1];
    return issuer !== undefined && !one.checkIssued(issuer);
  });
  return at < 0 ? undefined : `has its certificates in the wrong order: the ${String(at + 2)}. has not issued the one before it; write the certificate of the listener first, and behind each its issuer`;
};

const keyFault = (chain: readonly X509Certificate[], key: KeyObject): string | undefined => {
  const [own, ...issuers] = chain;
  if (own?.checkPrivateKey(key) === true) return undefined;
  return issuers.some((issuer) => issuer.checkPrivateKey(key)) ? 'has its certificates in the wrong order: write the one that the key belongs to first' : 'does not belong to the private key under key: name the two that were made together';
};

const isOpenToOthers = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;

/** The listener's own certificate, read and found to be usable. */
export interface ServerCertificate {
  readonly cert: string;
  /** Whether something stands in the way of stapling answers of its responder, in words. */
  readonly unstapled: string | undefined;
  readonly mustStaple: boolean;
  readonly key: string;
  readonly fromMs: number;
  readonly expiresAtMs: number;
  readonly warnings: readonly string[];
}

/** Runs `read` and names the member that its fault is about. */
export const about = <Read>(member: string, path: string, read: () => Read): Read => {
  try {
    return read();
  } catch (error) {
    throw error instanceof PemFault ? new PemFault(`${member}: ${path} ${error.message}`) : error;
  }
};

const judge = (chain: readonly X509Certificate[], key: KeyObject, nowMs: number): void => {
  const [own] = chain;
  const fault = keyFault(chain, key) ?? orderFault(chain) ?? (own === undefined ? undefined : timeFault(own, nowMs));
  if (fault !== undefined) throw new PemFault(fault);
};

/** The type of the extension by which a certificate asks for a stapled answer (RFC 7633 §4), as it stands in DER. */
const MUST_STAPLE = Buffer.from('06082b06010505070118', 'hex');

const unstapledBecause = ([own, issuer]: readonly X509Certificate[]): string | undefined => {
  if (!/^OCSP - URI:https?:/m.test(own?.infoAccess ?? '')) return 'it names no responder';
  return issuer === undefined ? 'its issuer is not in the file, behind it' : undefined;
};

/** Of a chain, what ends first. */
const soonest = (chain: readonly X509Certificate[]): Pick<ServerCertificate, 'fromMs' | 'expiresAtMs'> => {
  const [first] = chain.toSorted((one, other) => one.validToDate.getTime() - other.validToDate.getTime());
  return { fromMs: first?.validFromDate.getTime() ?? 0, expiresAtMs: first?.validToDate.getTime() ?? 0 };
};

/** Reads certificate and key of a listener. @throws PemFault that says which file, what is wrong with it, and what to do */
export const readServerCertificate = (paths: { readonly cert: string; readonly key: string }, nowMs: number): ServerCertificate => {
  const [cert, key] = [about('cert', paths.cert, () => readPem(paths.cert)), about('key', paths.key, () => readPem(paths.key))];
  const secret = about('key', paths.key, () => readPrivateKey(key));
  if (isWeak(secret)) throw new PemFault(`key: ${paths.key} has fewer than ${String(LEAST_RSA_BITS)} bits: make a new one, better of the curve P-256`);
  const chain = about('cert', paths.cert, () => {
    const read = certificatesIn(cert);
    judge(read, secret, nowMs);
    return read;
  });
  return {
    cert, key, ...soonest(chain), unstapled: unstapledBecause(chain), mustStaple: chain[0]?.raw.includes(MUST_STAPLE) === true,
    warnings: isOpenToOthers(paths.key) ? [`${paths.key} can be read by others than its owner: chmod 600 ${paths.key}`] : [],
  };
};
