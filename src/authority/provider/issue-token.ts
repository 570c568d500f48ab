import type { X509Certificate } from 'node:crypto';
import type OidcProvider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import type { JsonObject } from '../../model/json.ts';
import { WHOLE_SCOPE } from '../rules.ts';
import { resourceInfo } from './features.ts';
import type { ProviderNeeds } from './provider-needs.ts';

/** Who asks for this as well gets a refresh token. */
export const OFFLINE = 'offline_access';

/** A token that is issued by a grant of our own. */
export interface Issuing {
  readonly client: Client;
  readonly accountId: string;
  /** What the library calls the grant. */
  readonly gty: string;
  /** The server that it is for, as tokens name it, and what it may there. */
  readonly url: string;
  readonly scopes: readonly string[];
  readonly atMostSeconds?: number | undefined;
  /** The certificate of its client that it is bound to (RFC 8705 §3). */
  readonly certificate?: X509Certificate | undefined;
  /** Whether a refresh token may follow from the same grant. */
  readonly isLasting?: boolean;
}

/** Issues an access token, with a grant of its own that ends when it does. @returns what the client is answered, and what else is issued by that grant */
export const issueToken = async (provider: OidcProvider, { rules, store, clock }: ProviderNeeds, issuing: Issuing): Promise<{ readonly body: JsonObject; readonly about: Readonly<Record<string, unknown>> }> => {
  const { client, accountId, gty, url, scopes, atMostSeconds, certificate, isLasting = false } = issuing;
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addResourceScope(url, scopes.join(' '));
  if (isLasting) grant.addOIDCScope(OFFLINE);
  const about = { accountId, client, grantId: await grant.save(), gty };
  const token = new provider.AccessToken(about);
  token.resourceServer = new provider.ResourceServer(url, resourceInfo(rules, { url, scopes: [...scopes, WHOLE_SCOPE], clientId: client.clientId, atMostSeconds }));
  token.scope = scopes.join(' ');
  if (certificate !== undefined) token.setThumbprint('x5t', certificate);
  const value = await token.save();
  store.extend('Grant', grant.jti, clock.nowMs() + token.expiration * 1000);
  return { body: { access_token: value, expires_in: token.expiration, scope: token.scope, token_type: 'Bearer' }, about };
};
