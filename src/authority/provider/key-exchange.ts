import { textOf } from '../../model/json.ts';
import type OidcProvider from 'oidc-provider';
import { errors, type Context } from 'oidc-provider';
import { ProviderRequest } from '../exchange/provider-request.ts';
import { EXCHANGE_GRANT } from '../../model/token/key-exchange.ts';
import { ACCESS_TOKEN_TYPE } from '../requests/key-exchange.ts';
import { issueToken, OFFLINE } from './issue-token.ts';
import type { ProviderNeeds } from './provider-needs.ts';
import { defaultScopes, onlyResource, resourceOf, scopesFor } from './resource-scopes.ts';

/** What the tokens are for: the server, its URL, and the scopes there. */
const targetOf = ({ rules }: ProviderNeeds, { resource: indicator, scope }: Readonly<Record<string, unknown>>) => {
  const found = resourceOf(rules, textOf(indicator) ?? onlyResource(rules) ?? '');
  if (found === undefined) throw new errors.InvalidTarget('no server of this gateway is called so');
  const asked = (textOf(scope) ?? '').split(' ').filter((one) => one !== '' && one !== OFFLINE);
  const scopes = asked.length === 0 ? defaultScopes(found.resource) : scopesFor(asked.join(' '), found.resource, rules);
  if (scopes.length === 0) throw new errors.InvalidScope('none of the scopes means anything here', asked.join(' '));
  return { ...found, scopes };
};

/** Whoever held the key was signed in before; here they get what others get who signed in by a page. */
const exchange = async (provider: OidcProvider, needs: ProviderNeeds, context: Context): Promise<void> => {
  const { client, params = {} } = context.oidc;
  if (client === undefined) throw new errors.InvalidClientAuth('no client');
  if (!(context.req instanceof ProviderRequest) || context.req.account === undefined) throw new errors.InvalidGrant('nobody has signed in');
  // The token would be one for whoever has it, which is not what such a client asks for.
  if (context.get('dpop') !== '') throw new errors.InvalidRequest('DPoP is not supported with this grant');
  const { account: accountId, atMostSeconds } = context.req;
  const { url, scopes } = targetOf(needs, params);
  const isLasting = (textOf(params['scope']) ?? '').split(' ').includes(OFFLINE);
  const { body, about } = await issueToken(provider, needs, { client, accountId, gty: 'token-exchange', url, scopes, atMostSeconds, isLasting });
  const lasting = isLasting ? { refresh_token: await new provider.RefreshToken({ ...about, resource: url, scope: [...scopes, OFFLINE].join(' ') }).save() } : {};
  context.body = { ...body, issued_token_type: ACCESS_TOKEN_TYPE, ...lasting };
};

/** Lets the gateway's own command line exchange a key for short-lived tokens (RFC 8693). */
export const registerKeyExchange = (provider: OidcProvider, needs: ProviderNeeds): void =>
  provider.registerGrantType(EXCHANGE_GRANT, (context) => exchange(provider, needs, context), ['scope', 'resource', 'subject_token_type', 'requested_token_type']);
