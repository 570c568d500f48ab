import { GatewayError } from '../../errors/gateway-error.ts';
import type { Shielded } from '../../model/exchange.ts';
import { EXCHANGE_GRANT, KEY_TYPE } from '../../model/token/key-exchange.ts';
import type { Accounts, SignedIn } from '../ask/accounts.ts';
import { onlyResource, resourceOf } from '../provider/resource-scopes.ts';
import type { AuthorityRules } from '../rules.ts';

export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

const refused = (detail: string): GatewayError => new GatewayError('oauth.invalid-request', { reason: detail, detail });

/**
 * Signs in whoever exchanges a key (RFC 8693 §2.1; D6): the key goes no further than here.
 * @param parameters of a token request; the key is taken out of them
 * @returns who it is; undefined for every other grant
 * @throws GatewayError `oauth.*`, `limit.guessing`
 */
export const signInByKey = async (asked: Shielded, parameters: URLSearchParams, { accounts, rules }: { readonly accounts: Accounts; readonly rules: AuthorityRules }): Promise<SignedIn | undefined> => {
  if (parameters.get('grant_type') !== EXCHANGE_GRANT) return undefined;
  const key = parameters.get('subject_token') ?? '';
  parameters.delete('subject_token');
  if (key === '' || parameters.get('subject_token_type') !== KEY_TYPE) throw refused(`subject_token is a key of this gateway, and subject_token_type ${KEY_TYPE}.`);
  if ((parameters.get('requested_token_type') ?? ACCESS_TOKEN_TYPE) !== ACCESS_TOKEN_TYPE) throw refused('An access token is all that a key is exchanged for: leave requested_token_type out.');
  if (parameters.has('actor_token')) throw refused('Nobody acts for the holder of a key: leave actor_token out.');
  const found = resourceOf(rules, parameters.get('resource') ?? onlyResource(rules) ?? '');
  if (found === undefined) throw new GatewayError('oauth.invalid-target', { reason: 'a key is exchanged for no server of this gateway' });
  try {
    return await accounts.withKey(asked, key.trim(), found.resource.server);
  } catch (error) {
    if (!(error instanceof GatewayError) || !error.code.startsWith('credential.')) throw error;
    throw new GatewayError('oauth.invalid-grant', { reason: error.circumstances.reason, detail: 'The key is not good for this server.', cause: error });
  }
};
