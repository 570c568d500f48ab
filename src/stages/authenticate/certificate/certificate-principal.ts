import { hash } from 'node:crypto';
import type { CertificateFacts, CertifiedClient } from '../../../model/certificate.ts';
import type { JsonObject } from '../../../model/json.ts';
import { PermissionSet } from '../../../model/permission/permission.ts';
import type { Principal } from '../../../model/principal.ts';
import type { Person, Rights } from '../index-keys.ts';
import { CertificateFlaw } from './certificate-flaw.ts';
import { buildIdentify, type IdentityRule } from './identify.ts';

/** What a configuration says of clients with certificates. */
export interface CertificateRules {
  readonly identities: readonly IdentityRule[];
  /** Roles by organizational unit. */
  readonly unitRoles: ReadonlyMap<string, readonly string[]>;
  readonly everyone: readonly string[];
  /** Beginnings of names that issuers of tokens give out. */
  readonly reserved: readonly string[];
}

/** What rules may look at, as `principal.claims`. */
const claimsOf = ({ commonName, organizations, units, dns, uris, emails, issuer, serial, fingerprint }: CertificateFacts): JsonObject => ({
  ...(commonName === undefined ? {} : { cn: commonName }),
  o: [...organizations], ou: [...units], dns: [...dns], uri: [...uris], email: [...emails], issuer, serial, fingerprint,
});

const byRole = (roles: readonly string[], rights: Rights) => roles.flatMap((role) => (rights.roles.get(role) ?? []).map((permission) => ({ permission, from: `role ${role}` })));

/** All that the person or service may do, where the configuration says it of them. */
const ownRights = (person: Person | undefined, rights: Rights): PermissionSet | undefined =>
  person === undefined || (person.roles === undefined && person.permissions === undefined) ? undefined : new PermissionSet([...(person.permissions ?? []).map((permission) => ({ permission, from: 'person' })), ...byRole(person.roles ?? [], rights)]);

/** One for each name, however often the certificate is renewed: sessions and limits are the client's. */
const credentialIdOf = (subject: string): string => `cert_${hash('sha256', subject, 'base64url').slice(0, 22)}`;

/**
 * Who calls with a certificate and nothing else. It stands for the whole of its client: the roles of the rule that names it, of its
 * units and of everybody, and what `people` says of it, which is also the most that it may do (D2).
 * @throws CertificateFlaw when it names nobody, several, or somebody who is disabled
 */
export const buildCertificatePrincipal = ({ identities, unitRoles, everyone, reserved }: CertificateRules, rights: Rights): ((client: CertifiedClient) => Principal) => {
  const identify = buildIdentify(identities, reserved);
  return (client) => {
    const { facts } = client;
    const { subject, roles: named } = identify(client);
    const person = rights.people.get(subject);
    if (person?.disabled === true) throw new CertificateFlaw(`it is of ${subject}, who is disabled`);
    const roles = [...new Set([...named, ...facts.units.flatMap((unit) => unitRoles.get(unit) ?? []), ...everyone, ...(person?.roles ?? [])])];
    const bound = ownRights(person, rights);
    const groups = [...new Set([...facts.units, ...(person?.groups ?? [])])];
    const group = person?.groups[0] ?? groups[0];
    return Object.freeze({
      subject,
      name: facts.commonName ?? subject,
      method: 'mtls',
      credentialId: credentialIdOf(subject),
      roles, groups, whole: true,
      ...(person?.roles === undefined ? {} : { ownerRoles: person.roles }),
      ...(group === undefined ? {} : { group }),
      permissions: new PermissionSet([...byRole(roles, rights), ...(person?.permissions ?? []).map((permission) => ({ permission, from: 'person' }))], bound),
      claims: claimsOf(facts),
      expiresAtMs: facts.notAfterMs,
    } satisfies Principal);
  };
};
