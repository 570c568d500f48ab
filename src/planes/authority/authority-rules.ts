import type { AgreedClient, AuthorityRules, CertificateName } from '../../authority/rules.ts';
import type { AuthorityClientConfig } from '../../config/authority/authority-schema.ts';
import { issuerNames, OWN_ISSUER, ownIssuerUrl } from '../../config/authority/own-issuer.ts';
import { resourcesOf } from '../../config/issuers/issuers.ts';
import { originsOf } from '../../config/origins.ts';
import { rightsOf } from '../../config/rights.ts';
import type { Config } from '../../config/schema.ts';
import { resolveValue, type Sources } from '../../config/secret-ref.ts';
import { durationMs } from '../../model/duration.ts';
import type { JsonObject } from '../../model/json.ts';
import { PermissionSet, PermissionSyntaxError, type Permission } from '../../model/permission/permission.ts';
import { Secret } from '../../model/secret.ts';
import { lifetimesOf } from './lifetimes.ts';

// The schema lets nothing but durations through.
const msOf = (text: string): number => durationMs(text) ?? 0;

/** The schema lets just one of them through. */
const certificateOf = ({ certificate }: AuthorityClientConfig): CertificateName | undefined => {
  if (certificate?.keys !== undefined) return { kind: 'keys', keys: certificate.keys.keys as readonly JsonObject[] }; // the schema lets nothing but JSON through
  return (['subject', 'dns', 'uri', 'email', 'ip'] as const).flatMap((kind) => {
    const value = certificate?.[kind];
    return value === undefined ? [] : [{ kind, value }];
  })[0];
};

const agreedOf = (id: string, entry: AuthorityClientConfig, sources: Sources): AgreedClient => {
  const { name, redirectUris, clientSecret, keys, permissions, assertions, boundToCertificate } = entry;
  const secret = clientSecret === undefined ? undefined : resolveValue(clientSecret, `authority.clients.${id}.clientSecret`, sources);
  return { id, name, redirectUris, permissions, assertions: new Set(assertions), secret: typeof secret === 'string' ? new Secret(secret) : secret, certificate: certificateOf(entry), boundToCertificate, keys: keys?.keys as readonly JsonObject[] | undefined }; // the schema lets nothing but JSON through
};

/** What a scope stands for where it is a permission; undefined where it is none. */
const permissionIn = (scope: string, read: (text: string) => Permission): Permission | undefined => {
  try {
    return read(scope);
  } catch (error) {
    if (error instanceof PermissionSyntaxError) return undefined;
    throw error;
  }
};

/** A scope means something where it is a permission for the server, or where the configuration speaks of it. */
const scopeTest = (config: Config): AuthorityRules['isScopeOf'] => {
  const { readPermission } = rightsOf(config);
  return (scope, server) => {
    const { baseline = [], stepUp = {} } = config.servers[server]?.scopes ?? {};
    if (baseline.includes(scope) || Object.values(stepUp).some((scopes) => scopes.includes(scope)) || Object.hasOwn(config.scopes.implies, scope)) return true;
    // `*` would be everything: no client is given that by name.
    return !scope.startsWith('*') && permissionIn(scope, readPermission)?.touches(server) === true;
  };
};

/**
 * What the configuration says of the authorization server; undefined while it is off.
 * @param redirectsOf where a client that registered itself is sent back to
 * @throws ConfigError when a secret is not there
 */
export const authorityRulesOf = (config: Config, sources: Sources, redirectsOf: (clientId: string) => readonly string[]): AuthorityRules | undefined => {
  const issuer = ownIssuerUrl(config);
  if (issuer === undefined) return undefined;
  const { authority, servers } = config;
  const accepting = Object.entries(servers).filter(([, { issuers = issuerNames(config) }]) => issuers.includes(OWN_ISSUER));
  const { session } = authority;
  return {
    issuer,
    resources: accepting.map(([server, { audience, scopes }]) => ({ server, urls: audience ?? resourcesOf(config, server), baseline: scopes.baseline })),
    clients: Object.entries(authority.clients).map(([id, entry]) => agreedOf(id, entry, sources)),
    lifetimesOf: lifetimesOf(authority, redirectsOf),
    mutualTls: originsOf(config).find(({ accept }) => accept.has('oauth'))?.certificates !== 'none',
    session: { idleMs: msOf(session.idle), absoluteMs: msOf(session.absolute) },
    registration: authority.registration,
    redirectSchemes: new Set(authority.redirectSchemes),
    isScopeOf: scopeTest(config),
  };
};

/** What clients may do for themselves, by their id. */
export const clientPermissions = (config: Config): ReadonlyMap<string, PermissionSet> => {
  const { readPermission } = rightsOf(config);
  return new Map(Object.entries(config.authority.clients).flatMap(([id, { permissions }]) =>
    permissions === undefined ? [] : [[id, new PermissionSet(permissions.map((text) => ({ permission: readPermission(text), from: `client ${id}` })))] as const]));
};
