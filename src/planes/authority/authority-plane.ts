import { deny } from '../../admin/deny.ts';
import { aboutToken } from '../../admin/deny-token.ts';
import { buildAccount } from '../../authority/account/account.ts';
import { Families } from '../../authority/account/families.ts';
import { Sittings } from '../../authority/account/sitting.ts';
import { buildAnswer } from '../../authority/answer.ts';
import type { AuthorityAsked } from '../../authority/answers/answer-needs.ts';
import { buildAsk } from '../../authority/ask/ask.ts';
import type { Accounts } from '../../authority/ask/accounts.ts';
import { buildConsents } from '../../authority/ask/consents.ts';
import { fetchForClients } from '../../authority/fetch-for-clients.ts';
import type { VisitNeeds } from '../../authority/login/browser-visits.ts';
import { buildLogin } from '../../authority/login/login.ts';
import { ProviderSessions } from '../../authority/login/provider-sessions.ts';
import { KeptDocuments } from '../../authority/provider/kept-documents.ts';
import { ProviderRunner } from '../../authority/provider/provider-runner.ts';
import { renderRefusal } from '../../authority/render-refusal.ts';
import { buildAuthorityRoute, buildDestinations, type AuthorityRouted } from '../../authority/requests/destination.ts';
import type { AuthorityRules } from '../../authority/rules.ts';
import { ownKnownIssuer } from '../../config/authority/own-issuer.ts';
import { pathsOf } from '../../config/issuers/issuers.ts';
import { publicOriginOf, type Origin } from '../../config/origins.ts';
import type { Config } from '../../config/schema.ts';
import { rightsOf } from '../../config/rights.ts';
import { sourcesOf } from '../../config/secret-ref.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { personAccount } from '../../model/account.ts';
import { widen, type Inbound, type Reply, type Shielded } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';
import { tokenDigest } from '../../model/token/token-digest.ts';
import { authority } from '../../pipeline/authority.ts';
import { buildTrail } from '../../stages/audit/trail.ts';
import { buildApiKey } from '../../stages/authenticate/api-key.ts';
import type { Rights } from '../../stages/authenticate/index-keys.ts';
import { TokenFlaw } from '../../stages/authenticate/token/flaw.ts';
import { factsOf } from '../../stages/authenticate/token/token-principal.ts';
import { verifyJwt } from '../../stages/authenticate/token/verify-jwt.ts';
import { admit } from '../../stages/listen/admit.ts';
import type { Plane } from '../../stages/listen/http-server.ts';
import { buildOriginChecks } from '../../stages/route/origin.ts';
import { addressBucket } from '../../stages/shield/address-bucket.ts';
import { buildLimiter } from '../../stages/shield/gcra.ts';
import { readForm } from '../../stages/understand/form.ts';
import { requireJson } from '../../stages/understand/media-headers.ts';
import { parseStrict } from '../../stages/understand/strict-json.ts';
import type { Built } from '../built.ts';
import { allowedHosts } from '../hosts.ts';
import { readIssuerJson } from '../tokens/issuer-json.ts';
import { authorityRulesOf } from './authority-rules.ts';
import { PeopleInForce } from '../tokens/people-in-force.ts';
import { buildClientCertificates } from './client-certificates.ts';
import { buildRegroup } from '../tokens/regroup.ts';
import { buildRedeemAssertion } from './id-jag.ts';
import { buildKeyAccounts } from './key-accounts.ts';
import { registeredRedirects } from './lifetimes.ts';
import { buildLoginParts, profileUrl } from './login-plane.ts';
import { withPeople } from './person-accounts.ts';

const HOUR_S = 3600;
/** Whoever has many addresses could register from all of them; those that nobody allows anything are forgotten after a day. */
const MOST_CLIENTS = 100_000;

/** The authorization server of one listener: whether a path is its own, and what answers it. */
export interface AuthorityPlane {
  isOwn(path: string): boolean;
  readonly handle: Plane['handle'];
}

/** New clients by address: a registration is a row that stays for a day, a document one request that leaves us. */
const clientCounts = (config: Config, { base }: Built) => {
  const { perHour } = config.authority.registration;
  const counting = (name: string) => buildLimiter(name, { rate: { perSecond: perHour / HOUR_S, burst: perHour }, capacity: 10_000 }, base.world.clock);
  const [registrations, documents] = [counting('registrations'), counting('documents')];
  const mayFetchFor = (address: string): boolean => documents.take(addressBucket(address), 1).kind === 'admitted';
  const countRegistration = (address: string): void => {
    if (base.store.authority.count('Client') >= MOST_CLIENTS) throw new GatewayError('oauth.registration-limited', { reason: 'as many clients are registered as are kept', headers: { 'Retry-After': String(HOUR_S) } });
    const admission = registrations.take(addressBucket(address), 1);
    if (admission.kind === 'refused') throw new GatewayError('oauth.registration-limited', { reason: 'this address has registered too many clients', headers: { 'Retry-After': String(admission.retryAfterSeconds) } });
  };
  return { mayFetchFor, countRegistration };
};

/** Signed tokens of our own: what they say while they are good, and how one is ended. */
const ownTokens = (config: Config, { base, trusted }: Built) => {
  const known = ownKnownIssuer(config);
  return {
    async inspect(token: string): Promise<JsonObject | undefined> {
      try {
        const proven = await verifyJwt(token, { byIssuer: trusted, readJson: readIssuerJson, clock: base.world.clock });
        const isOurs = known.some(({ issuer }) => issuer === proven.issuer.issuer);
        return isOurs && base.denials.against(factsOf(proven, tokenDigest(token))) === undefined ? proven.claims : undefined;
      } catch (error) {
        if (error instanceof TokenFlaw) return undefined;
        throw error;
      }
    },
    deny: (token: string): void => void deny(aboutToken(token, 'revoked by its client', known), { store: base.store, world: base.world }, { name: 'oauth' }),
    denySitting: ({ sid }: JsonObject): void => void deny(known.map((issuer) => ({ level: 'session', issuer, value: String(sid), reason: 'signed out' })), { store: base.store, world: base.world }, { name: 'oauth' }),
    denyFamily: (grantId: string): void => void deny(known.map((issuer) => ({ level: 'session', issuer, value: grantId, reason: 'its family was ended' })), { store: base.store, world: base.world }, { name: 'oauth' }),
  };
};

/** A form of ours comes from a page of ours: a browser says which it was (attacks.md P06). */
const requireOwnPage = ({ issuer }: AuthorityRules) => ({ method, headers: { origin, 'sec-fetch-site': site } }: Inbound): void => {
  if (method !== 'POST') return;
  if (origin === undefined ? site !== undefined && site !== 'same-origin' && site !== 'none' : origin !== issuer) throw new GatewayError('login.foreign', { reason: 'a form from another origin' });
};

/** Who a token of ours stands for that is for the profile: somebody who signed in at a provider, and may still. */
const holderOf = ({ issuer }: AuthorityRules, { tokens, accounts }: { readonly tokens: ReturnType<typeof ownTokens>; readonly accounts: ReturnType<typeof withPeople> }): VisitNeeds['holderOf'] => async (token) => {
  const claims = await tokens.inspect(token);
  if (claims === undefined || !Array.isArray(claims['aud']) || !claims['aud'].includes(profileUrl({ issuer }))) return undefined;
  const signedIn = accounts.signedIn(String(claims['sub']));
  return signedIn === undefined ? undefined : { principal: signedIn.principal, claims };
};

const routesOf = (config: Config) => (server: string) => {
  const entry = config.servers[server];
  return entry === undefined ? undefined : ({ server, kind: 'mcp', environment: entry.environment, acceptedTools: new Set<string>(), timeoutMs: 0 } as const);
};

const runnerOf = (rules: AuthorityRules, built: Built, parts: { readonly accounts: Accounts; readonly tokens: ReturnType<typeof ownTokens>; readonly consents: ReturnType<typeof buildConsents>; readonly counts: ReturnType<typeof clientCounts>; readonly rights: Rights; readonly sessions: ProviderSessions }): ProviderRunner => {
  const { base: { store, world, sealing, signingKeys } } = built;
  const { accounts, tokens, consents, counts } = parts;
  return new ProviderRunner({
    rules, sealing, signingKeys, store: store.authority, clock: world.clock,
    isAccount: (accountId) => accounts.isAccount(accountId),
    isClientDenied(clientId) {
      const denial = store.denials.standing('client', rules.issuer, clientId);
      return denial !== undefined && denial.issuedUntilMs === undefined;
    },
    // `sid` names the family: one denial ends every token of it (revocation.md).
    claimsOf: ({ accountId, grantId }) => ({ ...(accountId === undefined ? {} : accounts.claimsOf(accountId)), ...(grantId === undefined ? {} : { sid: grantId }) }),
    fetch: fetchForClients(world.network),
    mayFetchFor: counts.mayFetchFor,
    redeemAssertion: buildRedeemAssertion({ rules, rights: parts.rights, built }),
    onReuse: ({ grantId, clientId }) => world.log.error('a refresh token was used that was replaced long ago: somebody has a copy of it, and its family is revoked', { code: 'refresh.reused', client: clientId, grant: grantId }),
    onRevoked: (grantId) => tokens.denyFamily(grantId),
    // `urn:ietf:params:oauth:grant-type:token-exchange` and its kin by their last word.
    onTokens: (grant) => built.base.onTokens(grant.slice(grant.lastIndexOf(':') + 1)),
    rememberedGrant: (provider, context) => consents.remembered(provider, context),
    onSeated: (browser, grantId) => parts.sessions.seat(browser, grantId),
  });
};

const stagesOf = (config: Config, { rules, origin }: { readonly rules: AuthorityRules; readonly origin: Origin }, built: Built) => {
  const { base, shield } = built;
  const { world, index, hasher } = base;
  const failed = (address: string): void => shield.failed(address);
  const rights = rightsOf(config);
  const people = new PeopleInForce(base.store.people, rights, buildRegroup(config, base.store.directory));
  const keyAccounts = buildKeyAccounts({ index, clock: world.clock, authenticator: buildApiKey({ index, hasher, clock: world.clock }), routeOf: routesOf(config), failed });
  const accounts = withPeople(keyAccounts, { people, denials: base.denials });
  const [tokens, consents] = [ownTokens(config, built), buildConsents(base.store.authority.consents, world.clock)];
  const counts = clientCounts(config, built);
  const kept = { store: base.store.authority, sealing: base.sealing, clock: world.clock };
  const sessions = new ProviderSessions(kept);
  const runner = runnerOf(rules, built, { accounts, tokens, consents, counts, rights, sessions });
  const form = (headers: Shielded['headers'], body: Buffer) => readForm(headers, body, 'oauth.invalid-request');
  const sittings = new Sittings(runner, rules);
  const { signIn, visits, proven, provenFor } = buildLoginParts(config, { built, rules, accounts, holderOf: holderOf(rules, { tokens, accounts }), end: tokens.denySitting, sittings, sessions, failed });
  const ask = buildAsk({ runner, rules, accounts, consents, documents: new KeptDocuments(kept), note: (from, grantId) => sessions.note(from, grantId), signIn, proven: provenFor, sealing: base.sealing, clock: world.clock, readForm: form });
  const ownPage = requireOwnPage(rules);
  const fromOwnPage = (show: (asked: AuthorityAsked) => Promise<Reply>) => async (asked: AuthorityAsked) => {
    ownPage(asked);
    return show(asked);
  };
  const families = new Families({ ...kept, denyFamily: tokens.denyFamily });
  const account = buildAccount({ runner, rules, accounts, families, sittings, providers: signIn.buttons, sealing: base.sealing, clock: world.clock, readForm: form });
  const { certify, certificateOf } = buildClientCertificates(origin, base);
  const answer = buildAnswer({
    runner, rules, accounts, failed, certificateOf, check: (accountId) => built.checks.check(accountId), providers: signIn.buttons, ask: fromOwnPage(ask), account: fromOwnPage(account), login: buildLogin({ signIn, proven, visits, accountOf: personAccount, requireOwnPage: ownPage }), readForm: form, countRegistration: counts.countRegistration, inspect: tokens.inspect, deny: tokens.deny,
    readJson(headers, body) {
      requireJson({ ...headers, accept: undefined });
      return parseStrict(body);
    },
  });
  return async (asked: AuthorityAsked): Promise<Reply> => {
    await certify(asked); // it is noted in the exchange
    return answer(asked);
  };
};

/** The stages of the authorization server; undefined for a listener that is not its place. @throws ConfigError when a secret is not there */
export const buildAuthorityPlane = (config: Config, origin: Origin, built: Built): AuthorityPlane | undefined => {
  const { base, policy, shield } = built;
  const rules = authorityRulesOf(config, sourcesOf(base.environment, config), registeredRedirects(base));
  if (rules === undefined || publicOriginOf(origin) !== rules.issuer) return undefined;
  const { world, catalog, sink, observe } = base;
  const find = buildDestinations(Object.keys(config.servers).flatMap((server) => pathsOf(config, server)));
  const answer = stagesOf(config, { rules, origin }, built);
  return {
    isOwn: (path) => find(path) !== undefined,
    handle: authority<AuthorityRouted>({
      open: buildTrail({ clock: world.clock, log: world.log, sink, catalog, observe, policy: policy.version, render: renderRefusal }),
      admit,
      route: buildAuthorityRoute(find, buildOriginChecks({ allowedHosts: allowedHosts(origin), allowedOrigins: new Set() }).checkHost),
      shield: (routed) => widen(routed, shield.check(routed)),
      answer,
    }),
  };
};
