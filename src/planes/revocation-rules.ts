import { X509Certificate } from 'node:crypto';
import { ConfigError, type ConfigFault } from '../config/config-error.ts';
import { CertificateFlaw } from '../stages/authenticate/certificate/certificate-flaw.ts';
import { x509Library } from '../stages/authenticate/certificate/library.ts';
import { listBytes, readRevocationList, type RevocationList } from '../stages/authenticate/certificate/revocation/revocation-list.ts';
import { listSource, type RevocationRules } from '../stages/authenticate/certificate/revocation/revocations.ts';
import type { CertificateFiles } from '../config/tls/read-tls.ts';
import type { Config } from '../config/schema.ts';
import type { Expiring } from '../model/expiring.ts';

export type { RevocationRules } from '../stages/authenticate/certificate/revocation/revocations.ts';

const certificatesIn = (texts: readonly string[]): readonly X509Certificate[] =>
  [...new Set(texts.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []))].map((block) => new X509Certificate(block));

/** Those whose client certificates are good, each once. */
const anchorsOf = ({ listeners, forwarded }: CertificateFiles): readonly X509Certificate[] => certificatesIn([...listeners, ...forwarded].flatMap((files) => files?.ca ?? []));

/** Why a list says nothing of good certificates; what it says of revoked ones counts all the same. */
const faultOf = (list: RevocationList, anchors: readonly X509Certificate[], nowMs: number): string | undefined => {
  if (nowMs >= list.nextUpdateMs) return `was current until ${new Date(list.nextUpdateMs).toISOString()}`;
  return anchors.some((anchor) => list.isOf(anchor)) ? undefined : 'is signed by none of those under tls.ca, and counts for nothing: name its issuer there too';
};

const endingOf = ({ from, thisUpdateMs, nextUpdateMs }: RevocationList): Expiring => ({ kind: 'list', name: from, what: `the list of revoked certificates ${from}`, cure: 'have its issuer write a newer one; it is taken up while the gateway runs', fromMs: thisUpdateMs, expiresAtMs: nextUpdateMs });

/** Files that count for an entry or a server alone, and hold nobody whose certificates a handshake would let in. */
const strangers = (naming: ReadonlyMap<string, readonly X509Certificate[]>, anchors: readonly X509Certificate[]): readonly string[] =>
  [...naming].flatMap(([path, issuers]) => (issuers.some((issuer) => anchors.some((anchor) => anchor.raw.equals(issuer.raw) || issuer.checkIssued(anchor))) ? [] : [`${path} holds no issuer that is under tls.ca of a listener, or below one: no certificate of it gets through a handshake`]));

/** What revocation goes by, and what should be said of files that work. */
export interface ReadRevocation {
  readonly rules: RevocationRules;
  readonly warnings: readonly string[];
  /** Until when each list is current. */
  readonly endings: readonly Expiring[];
}

/** Reads the lists of revoked certificates. @throws ConfigError with everything that is wrong */
export const readRevocation = async (config: Config, files: CertificateFiles, nowMs: number): Promise<ReadRevocation> => {
  const { unknown } = config.certificates.revocation;
  const anchors = anchorsOf(files);
  const naming = new Map([...files.naming].map(([path, text]) => [path, certificatesIn([text])]));
  if (files.lists.length === 0) return { rules: { sources: [], anchors, naming, strict: unknown === 'refuse' }, warnings: strangers(naming, anchors), endings: [] };
  const library = await x509Library();
  const faults: ConfigFault[] = [];
  const lists = files.lists.flatMap(({ path, content }) => {
    try {
      return [readRevocationList({ from: path, der: listBytes(content) }, library)];
    } catch (error) {
      if (!(error instanceof CertificateFlaw)) throw error;
      faults.push({ path: 'certificates.revocation.lists', message: `${path} ${error.message}` });
      return [];
    }
  });
  if (faults.length > 0) throw new ConfigError('certificates', faults);
  const warnings = lists.flatMap((list) => {
    const fault = faultOf(list, anchors, nowMs);
    return fault === undefined ? [] : [`${list.from} ${fault}${unknown === 'refuse' ? ': certificates of which nothing current is known are refused' : ''}`];
  });
  return { rules: { sources: [listSource(lists)], anchors, naming, strict: unknown === 'refuse' }, warnings: [...strangers(naming, anchors), ...warnings], endings: lists.map(endingOf) };
};
