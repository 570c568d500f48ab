import { sourcesOf } from '../../config/secret-ref.ts';
import { issuersOf, publicOrigins, tokenRulesOf } from '../../config/issuers/issuers.ts';
import { rightsOf } from '../../config/rights.ts';
import { buildCheckProof } from '../../stages/authenticate/proof/dpop-proof.ts';
import { Nonces } from '../../stages/authenticate/proof/nonces.ts';
import { buildProveHolder } from '../../stages/authenticate/proof/prove-holder.ts';
import { buildAccessToken } from '../../stages/authenticate/token/access-token.ts';
import { buildOwnToken } from '../../stages/authenticate/token/own-token.ts';
import type { DirectoryGroups } from '../../authority/login/directory-groups.ts';
import { clientPermissions } from '../authority/authority-rules.ts';
import { ownTrustedIssuer } from './own-issuer.ts';
import { TokenFlaw } from '../../stages/authenticate/token/flaw.ts';
import { buildIntrospect } from '../../stages/authenticate/token/introspect.ts';
import { verifyJwt, type TrustedIssuer } from '../../stages/authenticate/token/verify-jwt.ts';
import { readIssuerJson } from './issuer-json.ts';
import { PeopleInForce } from './people-in-force.ts';
import { buildRegroup } from './regroup.ts';
import { refuseUnusableKeys } from './usable-keys.ts';
import type { Config } from '../../config/schema.ts';
import type { Shielded } from '../../model/exchange.ts';
import type { Issuer } from '../../model/token/issuer.ts';
import type { Authenticator } from '../../ports/authenticator.ts';
import type { Base } from '../base.ts';

/** The ways in by access tokens; none where no issuer is configured. */
export interface TokenWays {
  /** The issuers with their keys, for what else they sign. */
  readonly trusted: ReadonlyMap<string, TrustedIssuer>;
  /** Before keys: what has dots can only be a token. */
  readonly signed: readonly Authenticator[];
  /** After keys: an opaque token looks like nothing. */
  readonly opaque: readonly Authenticator[];
  /** Whether the server of a request takes opaque tokens. */
  readonly mayBeOpaque: (request: Shielded) => boolean;
}

/** Three parts, or the five of an encrypted one, or what is left of either: an opaque token with a dot in it begins otherwise. */
const isSigned = (value: string): boolean => value.includes('.');
const beginsAsJson = (value: string): boolean => /^e[w-z0-9_-]/.test(value);

const trustedBy = (issuers: readonly Issuer[], { issuers: register }: Pick<Base, 'issuers'>): ReadonlyMap<string, TrustedIssuer> => {
  const keys = register.follow(issuers);
  return new Map(issuers.flatMap((issuer) => {
    const its = keys.get(issuer.name);
    return its === undefined ? [] : [[issuer.issuer, { issuer, keys: its }] as const];
  }));
};

/** Puts together how tokens are verified. The ways of a configuration share what they ask of each token again. */
export const tokensOf = (base: Pick<Base, 'world' | 'environment' | 'issuers' | 'denials' | 'replays' | 'index' | 'signingKeys' | 'longTokens'> & { readonly store: Pick<Base['store'], 'people'> & { readonly directory: DirectoryGroups } }, config: Config): TokenWays => {
  const issuers = issuersOf(config, sourcesOf(base.environment, config));
  refuseUnusableKeys(issuers);
  const own = ownTrustedIssuer(config, { signingKeys: base.signingKeys, log: base.world.log });
  const byIssuer = new Map([...(own === undefined ? [] : [[own.issuer.issuer, own] as const]), ...trustedBy(issuers, base)]);
  if (byIssuer.size === 0) return { trusted: byIssuer, signed: [], opaque: [], mayBeOpaque: () => false };
  const { clock, network, random } = base.world;
  const readJson = readIssuerJson;
  const checkProof = buildCheckProof({ readJson, clock, replays: base.replays, nonces: new Nonces(random.bytes(32)) });
  const rules = tokenRulesOf(config);
  const rights = rightsOf(config);
  const people = new PeopleInForce(base.store.people, rights, buildRegroup(config, base.store.directory));
  const needs = { rules, rights, denials: base.denials, longTokens: base.longTokens, clock, proveHolder: buildProveHolder({ checkProof, origins: publicOrigins(config) }) };
  const asking = new Set(issuers.filter(({ introspection }) => introspection !== undefined).map(({ name }) => name));
  const takesOpaque = (server: string): boolean => [...(rules.get(server)?.issuers ?? [])].some((name) => asking.has(name));
  const opaqueServers = new Set(Object.keys(config.servers).filter(takesOpaque));
  const introspect = buildIntrospect({ issuers, network, readJson, clock });
  const signed = buildAccessToken({ ...needs, reads: (value, { route }) => isSigned(value) && (beginsAsJson(value) || !opaqueServers.has(route.server)), verify: (value) => verifyJwt(value, { byIssuer, readJson, clock }) });
  return {
    trusted: byIssuer,
    signed: [own === undefined ? signed : buildOwnToken(signed, { issuer: own.issuer.name, index: base.index, clock, people: (id) => people.get(id), clients: clientPermissions(config) })],
    opaque: opaqueServers.size === 0 ? [] : [buildAccessToken({
      ...needs,
      reads: (_value, { route }) => opaqueServers.has(route.server),
      verify: (value, asked, { suspected }) => {
        // Whoever guesses must not make us ask for him (K12).
        if (suspected) throw new TokenFlaw('an opaque token from an address that guesses');
        return introspect(value, asked);
      },
    })],
    mayBeOpaque: ({ route }) => opaqueServers.has(route.server),
  };
};
