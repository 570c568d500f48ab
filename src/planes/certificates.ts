import { issuerNames } from '../config/authority/own-issuer.ts';
import { kindOf } from '../config/tls/certificates-schema.ts';
import { rightsOf } from '../config/rights.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { CertificateFlaw } from '../stages/authenticate/certificate/certificate-flaw.ts';
import { buildCertificatePrincipal } from '../stages/authenticate/certificate/certificate-principal.ts';
import type { Config } from '../config/schema.ts';
import type { CertifiedClient } from '../model/certificate.ts';
import type { Identified, Shielded } from '../model/exchange.ts';
import type { Principal } from '../model/principal.ts';
import type { CertificateRegister } from '../stages/authenticate/certificate/certificate-register.ts';
import type { IdentityRule } from '../stages/authenticate/certificate/identify.ts';

const BY_COMMON_NAME: readonly IdentityRule[] = [{ kind: 'cn', like: '{name}', as: '{name}', roles: [] }];

/** How a configuration names clients, in the order of its entries. */
export const identitiesOf = ({ certificates: { identities } }: Config, register: Pick<CertificateRegister, 'isUnder'>): readonly IdentityRule[] =>
  identities?.flatMap((entry) => {
    const under = (paths: readonly string[]) => (client: CertifiedClient): boolean => register.isUnder(client, paths);
    const kind = kindOf(entry);
    const like = kind === undefined ? undefined : entry[kind];
    return kind === undefined || like === undefined ? [] : [{ kind, like, as: entry.as ?? like, roles: entry.roles, ...(entry.ca === undefined ? {} : { isUnder: under(entry.ca) }) }];
  }) ?? BY_COMMON_NAME;

/** Who calls with a certificate and nothing else; made once for each connection. */
export const byCertificate = (config: Config, register: Pick<CertificateRegister, 'isUnder'>): ((client: CertifiedClient) => Principal) => {
  const { roles, everyone } = config.certificates;
  const make = buildCertificatePrincipal({ identities: identitiesOf(config, register), unitRoles: new Map(Object.entries(roles)), everyone, reserved: [...issuerNames(config), ...Object.keys(config.signIn)].map((giver) => `${giver}:`) }, rightsOf(config));
  const made = new WeakMap<CertifiedClient, Principal>();
  return (client) => {
    const known = made.get(client);
    if (known !== undefined) return known;
    try {
      const principal = make(client);
      made.set(client, principal);
      return principal;
    } catch (error) {
      throw error instanceof CertificateFlaw ? new GatewayError('certificate.invalid', { reason: error.message }) : error;
    }
  };
};

/** The certificate of the connection is looked at first, and then who calls. */
export const behindCertificate =
  (certify: (shielded: Shielded) => Shielded | Promise<Shielded>, authenticate: (shielded: Shielded) => Identified | Promise<Identified>) =>
  (shielded: Shielded): Identified | Promise<Identified> => {
    const certified = certify(shielded);
    return certified instanceof Promise ? certified.then(authenticate) : authenticate(certified);
  };
