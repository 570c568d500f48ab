import { readFileSync } from 'node:fs';
import { durationMs } from '../../model/duration.ts';
import type { KnownIssuer } from '../../model/token/denial.ts';
import type { IntrospectionRules, Issuer, KeySource, TokenRules } from '../../model/token/issuer.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { NoticeRules } from '../../model/token/notice.ts';
import { Secret } from '../../model/secret.ts';
import { profileOf, type ClaimSources } from '../../model/token/token-profile.ts';
import { ConfigError } from '../config-error.ts';
import type { IssuerConfig } from './issuer-schema.ts';
import { issuerNames, ownKnownIssuer } from '../authority/own-issuer.ts';
import { originsOf, publicOriginOf } from '../origins.ts';
import type { Config } from '../schema.ts';
import { resolveValue, type Sources } from '../secret-ref.ts';

/** A key set in a file. @throws ConfigError; what is in the file is never in the message */
const keysIn = (path: string, where: string): readonly JsonObject[] => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const keys: unknown = isJsonObject(value) ? value['keys'] : undefined;
    if (Array.isArray(keys) && keys.length > 0 && keys.every(isJsonObject)) return keys;
  } catch {
    // Said below, in one way for all that can be wrong.
  }
  throw new ConfigError(path, [{ path: where, message: 'the file is no JWK set: it must be {"keys": [...]} (RFC 7517 §5)' }]);
};

const WAYS = { auto: ['oidc', 'oauth'], oidc: ['oidc'], oauth: ['oauth'], off: [] } as const;

const keySourceOf = ({ jwksUri, keys, discovery }: IssuerConfig, where: string): KeySource => {
  if (jwksUri !== undefined) return { kind: 'jwks', uri: jwksUri };
  if (typeof keys === 'string') return { kind: 'pinned', keys: keysIn(keys.slice('file:'.length), `${where}.keys`) };
  // The schema lets nothing but JSON through.
  if (keys !== undefined) return { kind: 'pinned', keys: keys.keys as readonly JsonObject[] };
  return discovery === 'off' ? { kind: 'none' } : { kind: 'discovery', ways: WAYS[discovery] };
};

const introspectionOf = ({ introspection }: IssuerConfig, where: string, sources: Sources): { readonly introspection?: IntrospectionRules } => {
  if (introspection === undefined) return {};
  const { url, clientId, clientSecret, cacheSeconds } = introspection;
  const secret = resolveValue(clientSecret, `${where}.introspection.clientSecret`, sources);
  return { introspection: { url, clientId, clientSecret: secret instanceof Secret ? secret : new Secret(secret), cacheMs: cacheSeconds * 1000 } };
};

const claimsOf = (sources: ClaimSources, { extra: _extra, ...given }: IssuerConfig['claims']): ClaimSources => ({
  ...sources,
  ...Object.fromEntries(Object.entries(given).flatMap(([what, path]) => (path === undefined ? [] : [[what, [path]]]))),
});

const issuerOf = (name: string, entry: IssuerConfig, sources: Sources): Issuer => {
  const where = `issuers.${name}`;
  const profile = profileOf(entry.profile);
  return {
    name,
    issuer: entry.issuer,
    profile: { ...profile, claims: claimsOf(profile.claims, entry.claims), keyHosts: [...profile.keyHosts, ...entry.keyHosts] },
    algorithms: new Set(entry.algorithms ?? profile.algorithms),
    keySource: keySourceOf(entry, where),
    maxLifetimeMs: durationMs(entry.maxLifetime) ?? 0, // the schema lets nothing else through
    leewayMs: entry.leewaySeconds * 1000,
    ...introspectionOf(entry, where, sources),
    extraClaims: new Map(Object.entries(entry.claims.extra)),
    emailDomains: new Set(entry.emailDomains),
    roleMap: new Map(Object.entries(entry.roles)),
    everyone: entry.everyone,
  };
};

/**
 * The issuers of a configuration, their secrets and files read.
 * @throws ConfigError when one is not there
 */
export const issuersOf = ({ issuers }: Pick<Config, 'issuers'>, sources: Sources): readonly Issuer[] => Object.entries(issuers).map(([name, entry]) => issuerOf(name, entry, sources));

/** The origins whose URLs proofs may name: those of all listeners that tokens open. */
export const publicOrigins = (config: Omit<Endpoints, 'servers'>): readonly string[] => originsOf(config).filter(({ accept }) => accept.has('oauth')).map(publicOriginOf);

type Endpoints = Pick<Config, 'publicUrl' | 'listen' | 'listeners' | 'servers' | 'issuers'> & Partial<Pick<Config, 'authority'>>;

/** The paths at which a server is reached. */
export const pathsOf = ({ servers }: Pick<Config, 'servers'>, server: string): readonly string[] => [`/${server}/mcp`, ...(Object.keys(servers).length === 1 ? ['/mcp'] : [])];

/** The URLs at which a server is reached with a token, which are its identifiers as a resource (RFC 8707 §2). */
export const resourcesOf = (config: Endpoints, server: string): readonly string[] =>
  originsOf(config).filter(({ accept }) => accept.has('oauth')).flatMap((origin) => pathsOf(config, server).map((path) => `${publicOriginOf(origin)}${path}`));

/** What each server asks of tokens; a server that accepts no issuer is not there. */
export const tokenRulesOf = (config: Endpoints): ReadonlyMap<string, TokenRules> =>
  new Map(
    Object.entries(config.servers).flatMap(([server, { issuers = issuerNames(config), audience, tokens }]) =>
      issuers.length === 0 ? [] : [[server, { issuers: new Set(issuers), audience: new Set(audience ?? resourcesOf(config, server)), ...tokens }] as const],
    ),
  );

/**
 * Which notices of issuers are taken.
 * @throws ConfigError when a secret is not there
 */
export const noticeRulesOf = ({ issuers }: Pick<Config, 'issuers'>, sources: Sources): readonly NoticeRules[] =>
  Object.entries(issuers).map(([name, { logout, revocation }]) => {
    const rules = { name, logoutAudience: new Set(logout?.audience) };
    if (revocation === undefined) return rules;
    const secret = resolveValue(revocation.clientSecret, `issuers.${name}.revocation.clientSecret`, sources);
    return { ...rules, revoker: { clientId: revocation.clientId, clientSecret: secret instanceof Secret ? secret : new Secret(secret) } };
  });

/** The issuers as denials name them, for commands that read no configuration. */
export const knownIssuers = (config: Omit<Endpoints, 'servers'>): readonly KnownIssuer[] => [
  ...ownKnownIssuer(config),
  ...Object.entries(config.issuers).map(([name, { issuer, maxLifetime }]) => ({ name, issuer, maxLifetimeMs: durationMs(maxLifetime) ?? 0 })), // the schema lets nothing else through
];
