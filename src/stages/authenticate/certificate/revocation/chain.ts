import { X509Certificate } from 'node:crypto';
import type { CertifiedClient } from '../../../../model/certificate.ts';

/** One certificate and who issued it. */
export interface ChainLink {
  readonly certificate: X509Certificate;
  /** Hexadecimal, without zeros in front. */
  readonly serial: string;
  readonly issuer: X509Certificate;
  /** Where its issuer says which certificates it has revoked; known of the client's own alone. */
  readonly lists: readonly string[];
  readonly responders: readonly string[];
}

const MOST_LINKS = 10;

const serialOf = ({ serialNumber }: X509Certificate): string => serialNumber.toLowerCase().replace(/^0+/, '');

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/**
 * The chain of a client from its own certificate up to, and without, the one that signs itself, as far as its issuers are known: of those that
 * the listeners trust, and those that a proxy has forwarded.
 */
export const chainOf = ({ facts, peer }: CertifiedClient, anchors: readonly X509Certificate[]): readonly ChainLink[] => {
  const sent = peer.issuers.map((der) => new X509Certificate(der));
  const links: ChainLink[] = [];
  let certificate = new X509Certificate(peer.der);
  for (;;) {
    const issuer = [...sent, ...anchors].find((one) => isIssuedBy(certificate, one));
    if (issuer === undefined || issuer.raw.equals(certificate.raw) || links.length >= MOST_LINKS) return links;
    links.push({ certificate, serial: serialOf(certificate), issuer, ...(links.length === 0 ? { lists: facts.lists, responders: facts.responders } : { lists: [], responders: [] }) });
    certificate = issuer;
  }
};
