import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { loadLibrary } from '../../adapters/pki/certificate-library.ts';
import { writePrivate } from '../../adapters/pki/authority-folder.ts';
import { writeRequest } from '../../adapters/pki/certificate-request.ts';
import { realClock } from '../../adapters/world/world.ts';
import type { Presented } from '../../bridge/credentials.ts';
import { refusalInWords } from '../../bridge/failures.ts';
import { openWay } from '../../bridge/post.ts';
import { statusOf, textOf } from '../../bridge/receive.ts';
import type { Terminal } from '../terminal.ts';
import { readShown, type CredentialOptions } from './shown.ts';

/** Of its life, when a certificate is renewed: a third is left for a gateway that is away. */
const RENEW_AT = 2 / 3;
const LOOK_EVERY_MS = 60_000;
const PATIENCE_MS = 10_000;
const RENEWED = 200;
const PATH = '/certificates/renew';

/** Whether two thirds of a certificate's life are over. */
export const isDue = ({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean =>
  nowMs >= validFromDate.getTime() + (validToDate.getTime() - validFromDate.getTime()) * RENEW_AT;

const requestFor = async (certificate: X509Certificate, privateKey: string): Promise<string> => {
  const library = await loadLibrary();
  const { subject } = library.AsnConvert.parse(certificate.raw, library.Certificate).tbsCertificate;
  // The key stays: then one file changes, and a crash between two leaves no key beside a certificate of another.
  const key = createPrivateKey(privateKey);
  return writeRequest(subject, { publicKey: createPublicKey(key), privateKey: key }, library);
};

const ask = async (url: URL, presented: Presented, request: string): Promise<string> => {
  const way = openWay(new URL(PATH, url), { ...presented, apiKey: undefined });
  const late = new AbortController();
  const cancel = realClock.after(PATIENCE_MS, () => late.abort());
  try {
    const answer = await way.send({ method: 'POST', headers: { 'Content-Type': 'application/pkcs10', Accept: 'application/pem-certificate-chain' }, body: request, signal: late.signal });
    const body = await textOf(answer);
    if (statusOf(answer) !== RENEWED) throw new Error(refusalInWords(statusOf(answer), body));
    return body;
  } finally {
    cancel();
    way.close();
  }
};

/** What came is for us, and lasts longer than what is there. */
const requireBetter = (chain: string, former: X509Certificate): X509Certificate => {
  const renewed = new X509Certificate(chain);
  if (!renewed.publicKey.equals(former.publicKey) || renewed.subject !== former.subject || renewed.subjectAltName !== former.subjectAltName || renewed.validToDate <= former.validToDate) throw new Error('the gateway answered with a certificate that is not ours, or lasts no longer');
  return renewed;
};

export interface RenewalNeeds {
  readonly url: URL;
  readonly credentials: CredentialOptions;
  readonly terminal: Terminal;
  readonly tell: (sentence: string) => void;
}

/**
 * Renews the certificate of a file at its gateway when it is due.
 * @returns until when the new one is good; undefined when it is not due yet
 * @throws Error in words
 */
export const renewWhenDue = async ({ url, credentials, terminal }: RenewalNeeds): Promise<Date | undefined> => {
  const { presented } = await readShown(credentials, terminal);
  const { certificate, privateKey } = presented;
  if (certificate === undefined || privateKey === undefined || credentials.cert === undefined) return undefined;
  const former = new X509Certificate(certificate);
  if (!isDue(former, realClock.nowMs())) return undefined;
  const chain = await ask(url, presented, await requestFor(former, privateKey));
  const { validToDate } = requireBetter(chain, former);
  writePrivate(credentials.cert, chain);
  return validToDate;
};

/** Looks now and then whether the certificate is due, and renews it. @returns what ends that */
export const keepRenewed = (needs: RenewalNeeds): (() => void) => {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const until = await renewWhenDue(needs);
      if (until !== undefined) needs.tell(`the certificate was renewed: it is good until ${until.toISOString()}`);
    } catch (error) {
      needs.tell(`the certificate could not be renewed, which is tried again in a minute: ${error instanceof Error ? error.message : 'an unknown failure'}`);
    } finally {
      isLooking = false;
    }
  };
  void look();
  return realClock.every(LOOK_EVERY_MS, () => void look());
};
