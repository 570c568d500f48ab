import type { Configuration } from 'openid-client';
import { GatewayError } from '../../errors/gateway-error.ts';
import { Secret } from '../../model/secret.ts';
import type { IdentityOptions, IdentityProvider, LoginAttempt } from '../../ports/identity-provider.ts';
import { callbackOf } from './callback-of.ts';
import { DiscoveredClient } from './discovered-client.ts';
import type { IdentityKind, IdentityNeeds } from './identity-kind.ts';
import { identityFault } from './identity-fault.ts';
import { refreshed } from './refreshed.ts';
import { identityIn, isIncomplete, type Claims } from './oidc-claims.ts';

type Proven = Claims & { readonly iss: string; readonly sub: string };

/** What a kind of provider does in its own way. */
export interface OidcWays {
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Reads the claims anew where the provider means something else by them than the specification. */
  readonly read?: (claims: Proven) => Proven;
}

/** Exchanges the code. The library compares state, nonce, `iss` of the answer (RFC 9207), audience, times and signature. */
const prove = async (client: Configuration, callback: URL, attempt: LoginAttempt): Promise<{ readonly claims: Proven; readonly accessToken: string; readonly refreshToken: string | undefined }> => {
  const { authorizationCodeGrant } = await import('openid-client');
  const tokens = await authorizationCodeGrant(client, callbackOf(callback, attempt), { expectedState: attempt.state, expectedNonce: attempt.nonce, pkceCodeVerifier: attempt.codeVerifier, idTokenExpected: true });
  const claims = tokens.claims();
  if (claims === undefined) throw new TypeError('no ID token');
  return { claims, accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
};

const OFFLINE = 'offline_access';

/** A refresh token is asked for where the provider says that it knows how to be asked (Core §11); some give one without. */
const scopesOf = ({ scopes, wants, lasting }: IdentityOptions, client: Configuration): string =>
  [...new Set(['openid', 'profile', ...(wants.emails ? ['email'] : []), ...(lasting && client.serverMetadata().scopes_supported?.includes(OFFLINE) === true ? [OFFLINE] : []), ...scopes])].join(' ');

/** Where the operator asks for it by name, the provider is one that gives it for a consent alone (Core §11). */
const consentOf = ({ scopes }: IdentityOptions): Readonly<Record<string, string>> => (scopes.includes(OFFLINE) ? { prompt: 'consent' } : {});

/** An OpenID Connect provider by the specification, and what a kind does otherwise. */
export const buildOidc = (options: IdentityOptions & { readonly issuer: string; readonly label: string }, needs: IdentityNeeds, ways: OidcWays = {}): IdentityProvider => {
  const { name, label, issuer, clientId } = options;
  const discovered = new DiscoveredClient({ name, issuer, clientId }, needs);
  const complete = async (client: Configuration, claims: Proven, accessToken: string): Promise<Proven> => {
    if (!isIncomplete(claims, options) || client.serverMetadata().userinfo_endpoint === undefined) return claims;
    const { fetchUserInfo } = await import('openid-client');
    // Only about the same subject (Core §5.3.2), which the library compares; what the ID token says wins.
    return { ...(await fetchUserInfo(client, accessToken, claims.sub)), ...claims };
  };
  return {
    name,
    label,
    async begin({ redirectUri, state, nonce, codeVerifier }) {
      try {
        const client = await discovered.get();
        const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
        return buildAuthorizationUrl(client, { ...consentOf(options), ...ways.parameters, redirect_uri: redirectUri, scope: scopesOf(options, client), state, nonce, code_challenge: await calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256' });
      } catch (error) {
        throw identityFault(name, error);
      }
    },
    async finish(callback, attempt) {
      try {
        const client = await discovered.get();
        const { claims, accessToken, refreshToken } = await prove(client, callback, attempt);
        const whole = await complete(client, claims, accessToken);
        const identity = identityIn(ways.read?.(whole) ?? whole, options);
        return { identity, ...(refreshToken === undefined || !options.lasting ? {} : { refreshToken: new Secret(refreshToken) }) };
      } catch (error) {
        throw identityFault(name, error);
      }
    },
    refresh: (refreshToken, subject) => refreshed(name, () => discovered.get(), { refreshToken, subject }),
  };
};

/** Any OpenID Connect provider: Entra ID, Okta, Auth0, Keycloak and the like. */
export const oidc: IdentityKind<'oidc'> = {
  kind: 'oidc',
  label: 'your company account',
  takes: ['issuer', 'groupsClaim', 'trustEmail', 'scopes'],
  needs: ['issuer'],
  build({ issuer, ...options }, needs) {
    if (issuer === undefined) throw new GatewayError('idp.misconfigured', { reason: `${options.name} has no issuer` });
    return buildOidc({ ...options, issuer, label: options.label ?? oidc.label }, needs);
  },
};
