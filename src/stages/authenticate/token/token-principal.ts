import { hash } from 'node:crypto';
import type { Issuer } from '../../../model/token/issuer.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { PermissionSet, PermissionSyntaxError, type Permission } from '../../../model/permission/permission.ts';
import type { Principal } from '../../../model/principal.ts';
import type { TokenFacts } from '../../../model/token/token-facts.ts';
import type { Person, Rights } from '../index-keys.ts';
import { TokenFlaw } from './flaw.ts';
import { claimAt, listClaim, textClaim } from './read-claim.ts';
import { personOf, type PersonNames } from './token-person.ts';
import type { ProvenClaims } from './verified-token.ts';

/** Scopes that say something to the issuer and nothing here. */
const OIDC_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access']);

/** A scope is a permission, by its name or written out; one that is neither grants nothing (R18). */
const permissionsOf = (scopes: readonly string[], rights: Rights): readonly Permission[] =>
  scopes.flatMap((scope) => {
    // `*` would be everything, and no issuer means that by it.
    if (OIDC_SCOPES.has(scope) || scope.startsWith('*')) return [];
    try {
      return [rights.readPermission(scope)];
    } catch (error) {
      if (error instanceof PermissionSyntaxError) return [];
      throw error;
    }
  });

const rolesOf = (named: readonly string[], { roleMap, everyone }: Issuer, rights: Rights): readonly string[] => [
  ...new Set([...named.flatMap((name) => roleMap.get(name) ?? (rights.roles.has(name) ? [name] : [])), ...everyone]),
];

const byRole = (roles: readonly string[], rights: Rights) => roles.flatMap((role) => (rights.roles.get(role) ?? []).map((permission) => ({ permission, from: `role ${role}` })));

/** What the person may do at all, where the configuration says it: a token goes no further than a key of theirs (D2). */
const ceilingOf = (person: Person | undefined, rights: Rights): PermissionSet | undefined =>
  person === undefined || (person.roles === undefined && person.permissions === undefined)
    ? undefined
    : new PermissionSet([...(person.permissions ?? []).map((permission) => ({ permission, from: 'person' })), ...byRole(person.roles ?? [], rights)]);

const personIn = ({ people }: Rights, { subject, own }: PersonNames): Person | undefined => {
  const entries = [people.get(subject), people.get(own)];
  if (entries.some((entry) => entry?.disabled === true)) throw new TokenFlaw(`is of ${subject}, who is disabled`);
  return entries.find((entry) => entry !== undefined);
};

const groupsIn = (claims: JsonObject, { profile }: Issuer): readonly string[] => {
  const groups = listClaim(claims, profile.claims.groups, { what: 'groups' });
  const { groupPrefix } = profile;
  return groupPrefix === undefined ? groups : groups.map((group) => (group.startsWith(groupPrefix) ? group.slice(groupPrefix.length) : group));
};

/** Claims that rules may look at. */
const claimsFor = (claims: JsonObject, { extraClaims, profile }: Issuer): JsonObject => {
  const found: [string, JsonValue][] = [];
  for (const [name, paths] of [['email', profile.claims.email], ['name', profile.claims.name]] as const) {
    const text = textClaim(claims, paths, name);
    if (text !== undefined) found.push([name, text]);
  }
  for (const [name, path] of extraClaims) {
    const value = claimAt(claims, path);
    if (value !== undefined) found.push([name, value]);
  }
  return Object.fromEntries(found);
};

/** One for a person and a client at an issuer, however often the token is renewed: sessions and limits are theirs, not the token's (RS-14). */
const credentialIdOf = (parts: readonly string[]): string => `oauth_${hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22)}`;

const optionalText = (claims: JsonObject, name: string): string | undefined => textClaim(claims, [name], name);

/** What denials can name the token by. */
export const factsOf = ({ claims, issuer, issuedAtMs }: ProvenClaims, digest: string, certificate?: string): TokenFacts => {
  const subject = optionalText(claims, 'sub');
  if (subject === undefined) throw new TokenFlaw('has no sub');
  const { subject: called, own } = personOf(claims, issuer);
  const [clientId, tokenId, sessionId] = [textClaim(claims, issuer.profile.claims.client, 'client'), optionalText(claims, 'jti'), optionalText(claims, 'sid')];
  return {
    issuer: issuer.issuer, subject, digest,
    names: called === own ? [own] : [called, own],
    ...(clientId === undefined ? {} : { clientId }), ...(tokenId === undefined ? {} : { tokenId }),
    ...(sessionId === undefined ? {} : { sessionId }), ...(issuedAtMs === undefined ? {} : { issuedAtMs }), ...(certificate === undefined ? {} : { certificate }),
  };
};

/**
 * The caller of a token: who it is about, and what its scopes and roles come to under this configuration.
 * @throws TokenFlaw when it names nobody, or somebody who is disabled
 */
export const principalOf = (proven: ProvenClaims, facts: TokenFacts, rights: Rights): Principal => {
  const { claims, issuer, expiresAtMs } = proven;
  const { profile } = issuer;
  const names = personOf(claims, issuer);
  const person = personIn(rights, names);
  const inToken = groupsIn(claims, issuer);
  const groups = [...new Set([...inToken, ...(person?.groups ?? [])])];
  const group = textClaim(claims, profile.claims.group, 'display group') ?? person?.groups[0] ?? groups[0];
  const roles = rolesOf([...listClaim(claims, profile.claims.roles, { what: 'roles' }), ...inToken], issuer, rights);
  const said = listClaim(claims, profile.claims.scopes, { what: 'scopes', spaced: true });
  const scopes = rights.withImplied?.(said) ?? said;
  const own = permissionsOf(scopes, rights);
  const grants = [...own.map((permission) => ({ permission, from: 'scope' })), ...byRole(roles, rights)];
  return Object.freeze({
    subject: names.subject,
    name: facts.clientId ?? issuer.name,
    method: 'oauth',
    credentialId: credentialIdOf([facts.issuer, facts.subject, facts.clientId ?? '']),
    roles,
    groups,
    // Scopes are what the person gave to the client; a token without any that means something here stands for the person.
    ...(own.length === 0 ? { whole: true } : {}),
    ...(person?.roles === undefined ? {} : { ownerRoles: person.roles }),
    ...(group === undefined ? {} : { group }),
    permissions: new PermissionSet(grants, ceilingOf(person, rights)),
    ...(facts.clientId === undefined ? {} : { clientId: facts.clientId }),
    issuer: issuer.name,
    claims: claimsFor(claims, issuer),
    scopes,
    token: facts,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs: expiresAtMs + issuer.leewayMs }),
  } satisfies Principal);
};
