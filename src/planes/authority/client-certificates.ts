import { hash, X509Certificate } from 'node:crypto';
import type { CertificateNameKind, ShownCertificate, UncheckedCertificate } from '../../authority/exchange/shown-certificate.ts';
import type { Origin } from '../../config/origins.ts';
import type { CertificateFacts, PeerCertificate } from '../../model/certificate.ts';
import { isSameName, readDistinguishedName } from '../../model/distinguished-name.ts';
import type { Shielded } from '../../model/exchange.ts';
import { buildCertify } from '../../stages/authenticate/certificate/certify.ts';
import type { Base } from '../base.ts';

/** Whether a good certificate says so. Who could be read in two ways is nobody (X03). */
const namesOf = (facts: CertificateFacts, x509: X509Certificate) => (kind: CertificateNameKind, value: string): boolean => {
  if (facts.ambiguous !== undefined) return false;
  switch (kind) {
    case 'subject':
      return facts.distinguishedName !== undefined && isSameName(facts.distinguishedName, readDistinguishedName(value) ?? []);
    case 'dns':
      return facts.dns.includes(value);
    case 'uri':
      return facts.uris.includes(value);
    case 'email':
      return facts.emails.includes(value);
    case 'ip':
      return x509.checkIP(value) !== undefined;
  }
};

/**
 * What nobody has signed, or nobody whom we trust: it counts where just this one was agreed on, in its time and unless somebody has denied it. One that is
 * signed by whom we trust and was not found good is over, whoever agreed on it.
 */
const pinned = ({ der, flaw, trust }: PeerCertificate, { denials, world: { clock } }: Base): ShownCertificate | undefined => {
  if (flaw === undefined || der.length === 0 || trust.withdrawn) return undefined;
  const [x509, nowMs] = [new X509Certificate(der), clock.nowMs()];
  const isTimely = x509.validFromDate.getTime() <= nowMs && nowMs < x509.validToDate.getTime();
  const facts = { fingerprint: hash('sha256', der, 'hex'), keyFingerprint: hash('sha256', x509.publicKey.export({ type: 'spki', format: 'der' }), 'hex') };
  return isTimely && denials.againstCertificate(facts) === undefined ? { x509, isVerified: false, names: () => false } : undefined;
};

/** Why nobody can tell whether one is revoked that is good otherwise. */
const unchecked = (peer: PeerCertificate, { certificates }: Base): UncheckedCertificate | undefined => {
  const reading = certificates.read(peer);
  const fault = reading instanceof Promise || reading.kind === 'flawed' ? undefined : certificates.fault(reading.client);
  return fault?.code === 'certificate.unchecked' ? { unchecked: fault.reason } : undefined;
};

/** What the authorization server sees of client certificates: nobody is refused for theirs, and what is wrong with it is on record. */
export const buildClientCertificates = (origin: Origin, base: Base) => ({
  certify: buildCertify({ mode: origin.certificates === 'none' ? 'none' : 'observe', register: base.certificates }),
  certificateOf({ certificate, certified }: Pick<Shielded, 'certificate' | 'certified'>): ShownCertificate | UncheckedCertificate | undefined {
    if (certified !== undefined) {
      const x509 = new X509Certificate(certified.peer.der);
      return { x509, isVerified: true, names: namesOf(certified.facts, x509) };
    }
    return certificate === undefined ? undefined : (unchecked(certificate, base) ?? pinned(certificate, base));
  },
});
