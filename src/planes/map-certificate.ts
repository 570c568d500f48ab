import { hash, X509Certificate } from 'node:crypto';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Config } from '../config/schema.ts';
import type { CertificateFacts, CertifiedClient } from '../model/certificate.ts';
import type { Principal } from '../model/principal.ts';
import { CertificateFlaw } from '../stages/authenticate/certificate/certificate-flaw.ts';
import { buildNamesOf, type NameFound } from '../stages/authenticate/certificate/identify.ts';
import { x509Library } from '../stages/authenticate/certificate/library.ts';
import { readCertificate } from '../stages/authenticate/certificate/read-certificate.ts';
import { chainOf } from '../stages/authenticate/certificate/revocation/chain.ts';
import { Revocations, type RevocationRules } from '../stages/authenticate/certificate/revocation/revocations.ts';
import { byCertificate, identitiesOf } from './certificates.ts';

/** An entry of `certificates.identities` that fits. */
export interface FittingEntry extends NameFound {
  readonly kind: string;
  readonly like: string;
}

/** Who a certificate would be. */
export interface MappedCertificate {
  readonly facts: CertificateFacts;
  /** Whether somebody under `tls.ca` has issued it. */
  readonly isIssued: boolean;
  readonly entries: readonly FittingEntry[];
  /** Servers that name issuers of their own, and not this one. */
  readonly closed: ReadonlySet<string>;
  readonly who: { readonly principal: Principal } | { readonly nobody: string };
}

const clientOf = ([own, ...issuers]: readonly X509Certificate[], facts: CertificateFacts): CertifiedClient => {
  const der = own?.raw ?? Buffer.alloc(0);
  const { fingerprint, subject, issuer, serial } = facts;
  return { facts, peer: { der, thumbprint: hash('sha256', der, 'base64url'), issuers: issuers.map(({ raw }) => raw), trust: { withdrawn: false } }, record: { fingerprint, subject, issuer, serial } };
};

const whoIs = (client: CertifiedClient, config: Config, register: Pick<Revocations, 'isUnder'>): MappedCertificate['who'] => {
  try {
    return { principal: byCertificate(config, register)(client) };
  } catch (error) {
    if (error instanceof GatewayError) return { nobody: error.circumstances.reason };
    throw error;
  }
};

/**
 * Says who a certificate would be under a configuration; no connection has shown it, and nobody is let in.
 * @param certificates that of the client, and behind it issuers in between
 * @throws CertificateFlaw for one that no client may show
 */
export const mapCertificate = async (certificates: readonly X509Certificate[], config: Config, rules: RevocationRules): Promise<MappedCertificate> => {
  const [own] = certificates;
  if (own === undefined) throw new CertificateFlaw('is no certificate');
  const facts = readCertificate(own.raw, await x509Library());
  const client = clientOf(certificates, facts);
  const register = new Revocations();
  register.follow(rules);
  const identities = identitiesOf(config, register);
  const entries = buildNamesOf(identities)(client).map((found): FittingEntry => ({ ...found, kind: identities[found.rule]?.kind ?? '', like: identities[found.rule]?.like ?? '' }));
  const closed = new Set(Object.entries(config.servers).flatMap(([server, { clientCa }]) => (clientCa === undefined || register.isUnder(client, clientCa) ? [] : [server])));
  return { facts, closed, isIssued: chainOf(client, rules.anchors).length > 0, entries, who: whoIs(client, config, register) };
};
