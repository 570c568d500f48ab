import { errors, type Context } from 'oidc-provider';
import OidcProvider from 'oidc-provider';
import type { JsonObject } from '../../model/json.ts';
import { ProviderRequest } from '../exchange/provider-request.ts';
import { PATHS } from '../paths.ts';
import { buildProviderStore } from '../records/provider-store.ts';
import { buildRefreshTokens } from '../records/refresh-tokens.ts';
import { askPolicy } from './ask-policy.ts';
import { CLIENT_DEFAULTS, COMMAND_LINE, metadataOf } from './client-metadata.ts';
import { fetchKept } from './fetch-kept.ts';
import { KeptDocuments } from './kept-documents.ts';
import { featuresOf } from './features.ts';
import { CERTIFICATE_METHODS } from './mutual-tls.ts';
import type { ProviderNeeds } from './provider-needs.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

const CODE_SECONDS = 60;
const INTERACTION_SECONDS = 600;
const DEVICE_SECONDS = 600;
/** The store forgets a grant with the last token of it; that it has an end here too is the library's wish. */
const GRANT_SECONDS = 315_360_000;

const LONGEST_ASSERTION_SECONDS = 300;

/** One audience, our issuer as it is written, and a short life: an assertion for another server, or for any, opens nothing here (T09). */
const refuseLooseAssertion = ({ aud, exp, iat }: JsonObject, issuer: string): void => {
  if (aud !== issuer) throw new errors.InvalidClientAuth('the audience of the assertion must be the issuer, and nothing else');
  if (typeof exp !== 'number' || typeof iat !== 'number' || exp - iat > LONGEST_ASSERTION_SECONDS) throw new errors.InvalidClientAuth('the assertion must live five minutes at most, and say when it was made');
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

/** Says so where it is recorded, too: alarms go by the name that it has there. */
const noteReuse = ({ onReuse }: ProviderNeeds): ProviderNeeds['onReuse'] => (about) => {
  const request = OidcProvider.ctx?.req;
  if (request instanceof ProviderRequest) request.noted.reused = true;
  onReuse(about);
};

const storesOf = (needs: ProviderNeeds) => {
  const { rules } = needs;
  const all = { ...needs, onReuse: noteReuse(needs), idleMs: rules.session.idleMs, graceMsOf: (clientId: string | undefined) => rules.lifetimesOf(clientId).graceMs, alreadyUsed: () => new errors.InvalidGrant('it was used before') };
  return (kind: string) => (kind === 'RefreshToken' ? buildRefreshTokens(all) : buildProviderStore(kind, all));
};

/** What the server it is for says, and by that what the client has asked for, goes before what its client gets by itself. */
const lifeOf = (rules: ProviderNeeds['rules']) => (_context: Context, { resourceServer }: { readonly resourceServer?: { readonly accessTokenTTL?: number } }, { clientId }: { readonly clientId: string }): number =>
  resourceServer?.accessTokenTTL ?? seconds(rules.lifetimesOf(clientId).accessTokenMs);

/** Everything that the library is told. @param made the provider that is being made, for what is asked of it later */
export const optionsOf = (needs: ProviderNeeds, made: () => OidcProvider) => {
  const { rules } = needs;
  return {
    adapter: storesOf(needs),
    jwks: { keys: needs.keys },
    clients: [...rules.clients.map(metadataOf), COMMAND_LINE],
    clientDefaults: CLIENT_DEFAULTS,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', ...(rules.mutualTls ? CERTIFICATE_METHODS : [])],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    cookies: cookiesOf(rules.issuer),
    features: featuresOf(needs),
    routes: PATHS.provider,
    interactions: { policy: askPolicy(), url: (_context: Context, { uid }: { readonly uid: string }) => `${PATHS.interaction}/${uid}` },
    clientBasedCORS: () => false,
    assertJwtClientAuthClaimsAndHeader: (_context: Context, claims: JsonObject) => refuseLooseAssertion(claims, rules.issuer),
    rotateRefreshToken: true,
    // A client goes on when the browser is closed or signed out: what ends it is the person's account page, its key, or its own revocation.
    expiresWithSession: () => false,
    issueRefreshToken: (_context: Context, client: { grantTypeAllowed(type: string): boolean }) => client.grantTypeAllowed('refresh_token'),
    extraTokenClaims: (_context: Context, token: { readonly accountId?: string; readonly grantId?: string }) => needs.claimsOf(token),
    findAccount: (_context: Context, accountId: string) => (needs.isAccount(accountId) ? { accountId, claims: () => ({ sub: accountId }) } : undefined),
    loadExistingGrant: async (context: Context) => {
      const id = context.oidc.result?.consent?.grantId ?? (await needs.rememberedGrant(made(), context));
      if (id === undefined) return undefined;
      const { session } = context.oidc;
      if (session !== undefined) needs.onSeated(session.uid, id);
      return made().Grant.find(id);
    },
    renderError: (context: Context, out: unknown) => {
      context.body = out;
    },
    ttl: {
      AccessToken: lifeOf(rules),
      ClientCredentials: lifeOf(rules),
      RefreshToken: (_context: Context, _token: unknown, client: { readonly clientId: string }) => seconds(rules.lifetimesOf(client.clientId).refreshTokenMs),
      AuthorizationCode: CODE_SECONDS,
      DeviceCode: DEVICE_SECONDS,
      IdToken: 3600,
      Interaction: INTERACTION_SECONDS,
      Grant: GRANT_SECONDS,
      Session: () => seconds(rules.session.absoluteMs),
    },
    fetch: fetchKept(needs.fetch, new KeptDocuments(needs)),
  };
};
