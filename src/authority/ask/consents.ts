import { hash } from 'node:crypto';
import type OidcProvider from 'oidc-provider';
import type { Client, Context } from 'oidc-provider';
import type { AuthorityStore } from '../../ports/authority-store.ts';
import type { Clock } from '../../ports/world.ts';

/** What somebody has agreed to for one authorization. */
interface Agreed {
  readonly account: string;
  readonly clientId: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

/** What people have agreed to, and the grants that follow from it. */
export interface Consents {
  /** Makes a grant; each authorization has its own, so that the end of one family ends no other. @returns its id */
  grant(provider: OidcProvider, agreed: Agreed): Promise<string>;
  /** Remembers it for the next time, where that is safe. */
  remember(agreed: Agreed & { readonly redirectUri: string; readonly client: Client }): void;
  /** A grant by what was agreed to before; undefined where the person must be asked. */
  remembered(provider: OidcProvider, context: Context): Promise<string | undefined>;
}

const SIGN_IN: ReadonlySet<string> = new Set(['openid', 'offline_access']);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Where codes go, and what the client was when somebody looked: one that changes its name, its redirect URIs or its keys is asked about anew (attacks.md R07). */
const placeOf = (origin: string, { clientName, redirectUris, jwks, jwksUri }: Client): string => `${origin} ${hash('sha256', JSON.stringify([clientName, redirectUris, jwks, jwksUri]), 'base64url')}`;

/** Keeps consents: for one person, client, place that codes go to, and server; a wider set of scopes is asked for anew (clients.md W8). */
export const buildConsents = (store: AuthorityStore['consents'], clock: Pick<Clock, 'nowMs'>): Consents => {
  const grant: Consents['grant'] = async (provider, { account, clientId, resource, scopes }) => {
    const made = new provider.Grant({ accountId: account, clientId });
    // Nobody is asked about a refresh token: it ends with the grant, and clients that did not ask for one get it too.
    made.addOIDCScope([...scopes.filter((scope) => SIGN_IN.has(scope)), 'offline_access'].join(' '));
    made.addResourceScope(resource, scopes.filter((scope) => !SIGN_IN.has(scope)).join(' '));
    return made.save();
  };
  return {
    grant,
    remember({ account, clientId, resource, scopes, redirectUri, client }) {
      const { protocol, origin } = new URL(redirectUri);
      // Whoever waits on this computer for the answer may be another program the next time (RFC 8252 §8.6).
      if (protocol !== 'https:') return;
      const redirectTo = placeOf(origin, client);
      const known = store.find({ account, clientId, redirectTo, resource });
      store.remember({ account, clientId, redirectTo, resource, scopes: [...new Set([...known, ...scopes])] }, clock.nowMs());
    },
    async remembered(provider, { oidc: { params = {}, client, account } }) {
      const [redirect, resource, scope] = [URL.parse(textOf(params['redirect_uri'])), textOf(params['resource']), textOf(params['scope'])];
      if (client === undefined || account === undefined || redirect?.protocol !== 'https:' || scope === '') return undefined;
      const agreed = { account: account.accountId, clientId: client.clientId, resource };
      const known = store.find({ ...agreed, redirectTo: placeOf(redirect.origin, client) });
      const asked = scope.split(' ').filter((one) => one !== 'offline_access');
      return asked.every((one) => known.includes(one)) ? grant(provider, { ...agreed, scopes: asked }) : undefined;
    },
  };
};
