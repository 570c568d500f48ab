import OidcProvider, { errors, interactionPolicy, type Context, type ProviderError } from 'oidc-provider';
import type { JsonObject } from '../../model/json.ts';
import { ProviderRequest } from '../exchange/provider-request.ts';
import type { Sealing } from '../keys/sealing.ts';
import { buildProviderStore } from '../records/provider-store.ts';
import { buildRefreshTokens, successorOf, type RefreshTokenNeeds } from '../records/refresh-tokens.ts';
import type { AuthorityRules } from '../rules.ts';
import { PATHS } from '../paths.ts';
import { CLIENT_DEFAULTS, metadataOf } from './client-metadata.ts';
import { isDocumentUrl } from './document-url.ts';
import { onlyResource, resourceOf, scopesFor } from './resource-scopes.ts';

/** What the provider is made of. It is made anew when the configuration or the keys change. */
export interface ProviderNeeds extends Omit<RefreshTokenNeeds, 'alreadyUsed' | 'graceMsOf' | 'idleMs'> {
  readonly rules: AuthorityRules;
  readonly sealing: Sealing;
  /** Private keys, the one that signs first. */
  readonly keys: readonly JsonObject[];
  /** Whom an account stands for; undefined when nobody may act by it any more. */
  readonly isAccount: (accountId: string) => boolean;
  /** Claims of an access token besides those of RFC 9068. */
  readonly claimsOf: (token: { readonly accountId?: string; readonly grantId?: string }) => JsonObject;
  /** The one way out, for documents and keys of clients. */
  readonly fetch: (url: string | URL) => Promise<Response>;
  /** Whether another document is fetched for this address: each costs more than the request that names it. */
  readonly mayFetchFor: (address: string) => boolean;
  /** A family was ended: what was issued of it is over too. */
  readonly onRevoked: (grantId: string) => void;
  /** What this person has agreed to before, as a grant; undefined where they must be asked. */
  readonly rememberedGrant: (provider: OidcProvider, context: Context) => Promise<string | undefined>;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

const CODE_SECONDS = 60;
const INTERACTION_SECONDS = 600;
const DEVICE_SECONDS = 600;
/** The store forgets a grant with the last token of it; that it has an end here too is the library's wish. */
const GRANT_SECONDS = 315_360_000;

/** The scopes that a request is about, wherever it stands: in its parameters, or in the code or token that it brings. */
const scopeTextOf = ({ oidc }: Context): string =>
  [oidc.params?.['scope'], ...Object.values(oidc.entities).map((entity) => (entity as { readonly scope?: unknown } | undefined)?.scope)].filter((text) => typeof text === 'string').join(' ');

const resourceServers = ({ rules }: ProviderNeeds) => ({
  enabled: true,
  defaultResource: (_context: Context, _client: unknown, oneOf?: readonly string[]) => oneOf?.[0] ?? onlyResource(rules),
  useGrantedResource: () => true,
  getResourceServerInfo(context: Context, indicator: string, client: { readonly clientId: string }) {
    const found = resourceOf(rules, indicator);
    if (found === undefined) throw new errors.InvalidTarget('no server of this gateway is called so');
    return {
      scope: scopesFor(scopeTextOf(context), found.resource, rules).join(' '),
      audience: found.url,
      accessTokenTTL: seconds(rules.lifetimesOf(client.clientId).accessTokenMs),
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    };
  },
});

/** Pages of the device flow are written by whoever shows the others; here only what they say is kept. */
const devicePage = (page: string) => (context: Context, form: unknown, ...rest: readonly unknown[]) => {
  const [client, , code] = rest;
  context.body = JSON.stringify({ page, form, ...(page === 'confirm' ? { clientId: (client as { readonly clientId: string }).clientId, code } : {}), ...(page === 'input' ? { failed: rest[1] !== undefined } : {}) });
  context.type = 'json';
};

const featuresOf = (needs: ProviderNeeds) => ({
  devInteractions: { enabled: false },
  userinfo: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  clientCredentials: { enabled: true },
  dPoP: { enabled: true },
  revocation: { enabled: true, allowedPolicy: (_context: Context, client: { readonly clientId: string }, token: { readonly clientId: string }) => token.clientId === client.clientId },
  introspection: { enabled: true, allowedPolicy: (_context: Context, client: { readonly clientId: string }, token: { readonly clientId: string }) => token.clientId === client.clientId },
  registration: { enabled: needs.rules.registration.dynamic, initialAccessToken: false, issueRegistrationAccessToken: false },
  clientIdMetadataDocument: { enabled: needs.rules.registration.documents, ack: 'draft-02', cacheDuration: { min: 60, max: 86_400 }, allowFetch: ({ req }: Context, id: string) => isDocumentUrl(id) && req instanceof ProviderRequest && needs.mayFetchFor(req.socket.remoteAddress), allowClient: () => true },
  deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}), userCodeInputSource: devicePage('input'), userCodeConfirmSource: devicePage('confirm'), successSource: devicePage('success') },
  resourceIndicators: resourceServers(needs),
});

/** Whoever is sent to a program on this very machine is asked each time: any program may wait there (RFC 8252 §8.6). */
const isLocal = (uri: unknown): boolean => typeof uri === 'string' && !uri.startsWith('https:');

const policyOf = () => {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  policy.get('consent').checks.remove('native_client_prompt');
  policy.get('consent').checks.add(new Check('local_redirect', 'a local client must be confirmed', 'consent_required', ({ oidc }) => isLocal(oidc.params?.['redirect_uri']) && oidc.result?.consent === undefined));
  policy.get('login').checks.add(new Check('account_gone', 'the account is no longer there', 'login_required', ({ oidc }) => oidc.session?.accountId !== undefined && oidc.account === undefined));
  return policy;
};

const cookiesOf = (issuer: string) => {
  const secure = issuer.startsWith('https:');
  const shared = { httpOnly: true, sameSite: 'lax', secure, signed: false, overwrite: true } as const;
  return {
    // RFC 6265bis §4.1.3.2: nobody but this very host can set such a cookie. Over plain http on loopback no browser would keep it.
    names: { session: secure ? '__Host-sallyport' : 'sallyport', interaction: 'sallyport_asked', resume: 'sallyport_resume', state: 'sallyport_state' },
    long: { ...shared, path: '/' },
    short: shared,
  };
};

const storesOf = (needs: ProviderNeeds) => {
  const { rules } = needs;
  const all = { ...needs, idleMs: rules.session.idleMs, graceMsOf: (clientId: string | undefined) => rules.lifetimesOf(clientId).graceMs, alreadyUsed: () => new errors.InvalidGrant('it was used before') };
  return (kind: string) => (kind === 'RefreshToken' ? buildRefreshTokens(all) : buildProviderStore(kind, all));
};

const optionsOf = (needs: ProviderNeeds, made: () => OidcProvider) => {
  const { rules } = needs;
  return {
    adapter: storesOf(needs),
    jwks: { keys: needs.keys },
    clients: rules.clients.map(metadataOf),
    clientDefaults: CLIENT_DEFAULTS,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    cookies: cookiesOf(rules.issuer),
    features: featuresOf(needs),
    routes: PATHS.provider,
    interactions: { policy: policyOf(), url: (_context: Context, { uid }: { readonly uid: string }) => `${PATHS.interaction}/${uid}` },
    clientBasedCORS: () => false,
    assertJwtClientAuthClaimsAndHeader: (_context: Context, claims: JsonObject) => refuseLooseAssertion(claims, rules.issuer),
    rotateRefreshToken: true,
    issueRefreshToken: (_context: Context, client: { grantTypeAllowed(type: string): boolean }) => client.grantTypeAllowed('refresh_token'),
    extraTokenClaims: (_context: Context, token: { readonly accountId?: string; readonly grantId?: string }) => needs.claimsOf(token),
    findAccount: (_context: Context, accountId: string) => (needs.isAccount(accountId) ? { accountId, claims: () => ({ sub: accountId }) } : undefined),
    loadExistingGrant: async (context: Context) => {
      const id = context.oidc.result?.consent?.grantId ?? (await needs.rememberedGrant(made(), context));
      return id === undefined ? undefined : made().Grant.find(id);
    },
    renderError: (context: Context, out: unknown) => {
      context.body = out;
    },
    ttl: {
      AccessToken: (_context: Context, _token: unknown, client: { readonly clientId: string }) => seconds(rules.lifetimesOf(client.clientId).accessTokenMs),
      ClientCredentials: (_context: Context, _token: unknown, client: { readonly clientId: string }) => seconds(rules.lifetimesOf(client.clientId).accessTokenMs),
      RefreshToken: (_context: Context, _token: unknown, client: { readonly clientId: string }) => seconds(rules.lifetimesOf(client.clientId).refreshTokenMs),
      AuthorizationCode: CODE_SECONDS,
      DeviceCode: DEVICE_SECONDS,
      IdToken: 3600,
      Interaction: INTERACTION_SECONDS,
      Grant: GRANT_SECONDS,
      Session: () => seconds(rules.session.absoluteMs),
    },
    fetch: needs.fetch,
  };
};

/** The library checks and then writes; two processes would both find nothing. One write that only one of them makes decides (G10). */
const makeReplaysAtomic = (provider: OidcProvider, { store, sealing, clock }: ProviderNeeds): void => {
  provider.ReplayDetection.unique = async (issuer, id, expiresAt) =>
    store.add({ kind: 'ReplayDetection', id: sealing.follow(`${issuer} ${id}`, 'replay'), payload: '', expiresAtMs: expiresAt * 1000 }, clock.nowMs());
};

/** A refresh token that takes over from another follows from it; the first of a family is random. */
const makeSuccessorsFollow = (provider: OidcProvider, { sealing }: ProviderNeeds): void => {
  const random = provider.RefreshToken.prototype.generateTokenId;
  provider.RefreshToken.prototype.generateTokenId = function generateTokenId() {
    const former = OidcProvider.ctx?.oidc.entities['RotatedRefreshToken'];
    return former === undefined ? random.call(this) : successorOf(former.jti, sealing);
  };
};

const LONGEST_ASSERTION_SECONDS = 300;

/** One audience, our issuer as it is written, and a short life: an assertion for another server, or for any, opens nothing here (T09). */
const refuseLooseAssertion = ({ aud, exp, iat }: JsonObject, issuer: string): void => {
  if (aud !== issuer) throw new errors.InvalidClientAuth('the audience of the assertion must be the issuer, and nothing else');
  if (typeof exp !== 'number' || typeof iat !== 'number' || exp - iat > LONGEST_ASSERTION_SECONDS) throw new errors.InvalidClientAuth('the assertion must live five minutes at most, and say when it was made');
};

const FAILURES = ['authorization', 'grant', 'revocation', 'introspection', 'registration_create', 'device_authorization', 'code_verification', 'device_resume', 'jwks', 'discovery', 'end_session_confirm'];

/** Writes down on the request what the provider thinks of it. */
const noteOn = (provider: OidcProvider, { onRevoked }: ProviderNeeds): void => {
  provider.use(async (context, next) => {
    await next();
    if (!(context.req instanceof ProviderRequest)) return;
    const { noted } = context.req;
    const { client, entities } = context.oidc;
    noted.clientId = client?.clientId;
    noted.accountId = context.oidc.account?.accountId ?? entities['AccessToken']?.accountId;
    noted.grantId = entities['Grant']?.jti ?? entities['RefreshToken']?.grantId;
  });
  const note = (isOurs: boolean) => ({ req }: Context, error: ProviderError): void => {
    if (req instanceof ProviderRequest) req.noted.error = { code: error.error ?? 'server_error', reason: [error.error_description, error.error_detail].filter((text) => text !== undefined).join(': ') || error.message, isOurs };
  };
  for (const name of FAILURES) provider.on(`${name}.error`, note(false));
  provider.on('server_error', note(true));
  provider.on('grant.revoked', (_context, grantId: unknown) => onRevoked(String(grantId)));
};

/** The authorization server library, told everything it must know. Nothing else imports it. */
export const buildProvider = (needs: ProviderNeeds): OidcProvider => {
  const provider: OidcProvider = new OidcProvider(needs.rules.issuer, optionsOf(needs, () => provider));
  provider.silent = true;
  makeReplaysAtomic(provider, needs);
  makeSuccessorsFollow(provider, needs);
  noteOn(provider, needs);
  return provider;
};
