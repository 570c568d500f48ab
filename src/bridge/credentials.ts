import { X509Certificate, createPrivateKey } from 'node:crypto';

/** What the bridge shows the gateway: a certificate with its key, or a key of ours, or both. */
export interface Presented {
  /** PEM. */
  readonly certificate?: string | undefined;
  /** PEM. */
  readonly privateKey?: string | undefined;
  /** PEM; who signed the gateway's certificate, where that is nobody the system knows. */
  readonly authority?: string | undefined;
  /** PEM; the one certificate that the gateway may show, whatever names are in it: for whoever has its file. */
  readonly pinned?: string | undefined;
  /** Sent as `X-API-Key`. */
  readonly apiKey?: string | undefined;
}

/** What is wrong with what was handed in, in words for whoever configured it. */
export class UnfitCredential extends Error {}

const readCertificate = (pem: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new UnfitCredential('the certificate is not PEM: it begins with -----BEGIN CERTIFICATE-----');
  }
};

const readPrivateKey = (pem: string): ReturnType<typeof createPrivateKey> => {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new UnfitCredential('the private key cannot be read: it is PEM without a passphrase, and begins with -----BEGIN PRIVATE KEY-----');
  }
};

/**
 * Looks at a certificate and its key before anybody is shown them.
 * @param nowMs milliseconds since the epoch
 * @returns until when the certificate is valid, in milliseconds since the epoch; undefined without one
 * @throws UnfitCredential
 */
export const checkPresented = ({ certificate, privateKey }: Presented, nowMs: number): number | undefined => {
  if (certificate === undefined && privateKey === undefined) return undefined;
  if (certificate === undefined || privateKey === undefined) throw new UnfitCredential('a certificate needs its private key, and the key its certificate: give --cert and --key');
  const read = readCertificate(certificate);
  if (!read.checkPrivateKey(readPrivateKey(privateKey))) throw new UnfitCredential('the private key belongs to another certificate');
  const [from, until] = [Date.parse(read.validFrom), Date.parse(read.validTo)];
  if (nowMs > until) throw new UnfitCredential(`the certificate has expired on ${new Date(until).toISOString()}: have it renewed`);
  if (nowMs < from) throw new UnfitCredential(`the certificate is valid only from ${new Date(from).toISOString()}: check the clock`);
  return until;
};
