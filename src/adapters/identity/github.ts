import type { Configuration, CustomFetch } from 'openid-client';
import { Secret } from '../../model/secret.ts';
import type { IdentityOptions, LoginAttempt } from '../../ports/identity-provider.ts';
import { callbackOf } from './callback-of.ts';
import { fetchThrough, TIMEOUT_MS } from './fetch-through.ts';
import { identityAtGithub } from './github-identity.ts';
import type { IdentityKind, IdentityNeeds } from './identity-kind.ts';
import { identityFault } from './identity-fault.ts';
import { refreshed } from './refreshed.ts';

const HOME = 'https://github.com';
const BAD_REQUEST = 400;

/** Where a GitHub is: the public one keeps its API on a host of its own, an Enterprise Server under a path. */
const placesOf = (url: string | undefined): { readonly issuer: string; readonly api: string } => {
  const base = (url ?? HOME).replace(/\/+$/, '');
  return { issuer: `${base}/login/oauth`, api: base === HOME ? 'https://api.github.com' : `${base}/api/v3` };
};

/** GitHub answers what went wrong with status 200; a client reads that as RFC 6749 §5.2 has it. */
const withErrorStatus = (send: CustomFetch): CustomFetch => async (url, options) => {
  const answer = await send(url, options);
  const body = await answer.text();
  return new Response(body, { status: answer.ok && /^\s*\{\s*"error"/.test(body) ? BAD_REQUEST : answer.status, headers: answer.headers });
};

/** GitHub speaks plain OAuth 2: there is no metadata to ask for. */
const clientOf = async (issuer: string, { clientId }: IdentityOptions, { network, secret }: IdentityNeeds): Promise<Configuration> => {
  const library = await import('openid-client');
  const client = new library.Configuration({ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/access_token` }, clientId, {}, library.ClientSecretPost(secret.reveal()));
  client[library.customFetch] = withErrorStatus(fetchThrough(network));
  client.timeout = TIMEOUT_MS / 1000;
  library.allowInsecureRequests(client); // the network itself refuses http but where the configuration allows it
  return client;
};

/** As little as will do: who it is, and the addresses or organisations only where somebody looks at them (R46). */
const scopesOf = ({ scopes, wants }: IdentityOptions): string => [...new Set(['read:user', ...(wants.emails ? ['user:email'] : []), ...(wants.groups ? ['read:org'] : []), ...scopes])].join(' ');

const tokensFor = async (client: Configuration, callback: URL, attempt: LoginAttempt): Promise<{ readonly access_token: string; readonly refresh_token?: string }> => {
  const { authorizationCodeGrant } = await import('openid-client');
  return authorizationCodeGrant(client, callbackOf(callback, attempt), { expectedState: attempt.state, pkceCodeVerifier: attempt.codeVerifier });
};

/** GitHub and GitHub Enterprise Server: OAuth 2 with PKCE, and its API for who somebody is. */
export const github: IdentityKind<'github'> = {
  kind: 'github',
  label: 'GitHub',
  takes: ['url', 'scopes'],
  needs: [],
  build(options, needs) {
    const { name, wants } = options;
    const { issuer, api } = placesOf(options.url);
    let made: Promise<Configuration> | undefined;
    const client = (): Promise<Configuration> => (made ??= clientOf(issuer, options, needs));
    return {
      name,
      label: options.label ?? github.label,
      async begin({ redirectUri, state, codeVerifier }) {
        try {
          const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
          return buildAuthorizationUrl(await client(), { redirect_uri: redirectUri, scope: scopesOf(options), state, code_challenge: await calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256' });
        } catch (error) {
          throw identityFault(name, error);
        }
      },
      async finish(callback, attempt) {
        try {
          // A GitHub App whose tokens expire gives a refresh token; an OAuth App gives none.
          const { access_token: token, refresh_token: refreshToken } = await tokensFor(await client(), callback, attempt);
          const identity = await identityAtGithub({ issuer, api, token, wants }, needs);
          return { identity, ...(refreshToken === undefined || !options.lasting ? {} : { refreshToken: new Secret(refreshToken) }) };
        } catch (error) {
          throw identityFault(name, error);
        }
      },
      refresh: (refreshToken, subject) => refreshed(name, client, { refreshToken, subject, look: (token) => identityAtGithub({ issuer, api, token, wants }, needs) }),
    };
  },
};
