import { GatewayError } from '../../errors/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { PERSON_GRANTS } from '../provider/client-metadata.ts';
import type { AuthorityRules } from '../rules.ts';
import { isUsableRedirect } from './parameters.ts';

const MOST_REDIRECTS = 20;
const LONGEST_NAME = 100;

/** Characters that a name must not have in it: it stands on the page where people decide, and some turn the text around. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const refused = (code: 'oauth.invalid-redirect-uri' | 'oauth.invalid-client-metadata', detail: string): GatewayError => new GatewayError(code, { reason: detail, detail });

const redirectsOf = (value: JsonValue | undefined, { rules, isWeb }: { readonly rules: AuthorityRules; readonly isWeb: boolean }): readonly string[] => {
  const given: readonly unknown[] = Array.isArray(value) ? value : [];
  if (given.length === 0 || given.length > MOST_REDIRECTS) throw refused('oauth.invalid-redirect-uri', `redirect_uris must be a list of 1 to ${String(MOST_REDIRECTS)} URIs.`);
  // Some clients register all they ever use at once: one that cannot be used must not cost them the others (clients.md W3).
  const usable = given.filter((uri) => typeof uri === 'string').filter((uri) => isUsableRedirect(uri, rules));
  if (usable.length === 0) throw refused('oauth.invalid-redirect-uri', 'None of redirect_uris can be used: they must be https, http on loopback, or of a private scheme that this gateway allows, without a fragment or a user.');
  const fit = isWeb ? usable.filter((uri) => uri.startsWith('https:')) : usable;
  if (fit.length === 0) throw refused('oauth.invalid-redirect-uri', 'A web application is sent back by https only: register as application_type native, or with https URIs.');
  return fit;
};

const listOf = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

const grantsOf = (value: JsonValue | undefined): readonly string[] => {
  const asked = listOf(value);
  return PERSON_GRANTS.filter((grant) => grant === 'authorization_code' || grant === 'refresh_token' || asked.length === 0 || asked.includes(grant));
};

/** What a client may say of itself besides; the rest is not kept. */
const PASSED = ['token_endpoint_auth_method', 'jwks', 'jwks_uri', 'token_endpoint_auth_signing_alg', 'client_uri', 'dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens'] as const;

/**
 * What of a registration is taken (RFC 7591 §2): codes and refresh tokens for people, and nothing that would let a client act for itself.
 * @throws GatewayError `oauth.invalid-redirect-uri`, `oauth.invalid-client-metadata`
 */
export const readRegistration = (value: JsonValue, rules: AuthorityRules): JsonObject => {
  if (!isJsonObject(value)) throw refused('oauth.invalid-client-metadata', 'The body must be a JSON object.');
  const { application_type: type, client_name: name, response_types: types } = value;
  if (type !== undefined && type !== 'web' && type !== 'native') throw refused('oauth.invalid-client-metadata', 'application_type is native or web.');
  const redirectUris = redirectsOf(value['redirect_uris'], { rules, isWeb: type === 'web' });
  if (types !== undefined && !listOf(types).includes('code')) throw refused('oauth.invalid-client-metadata', 'response_types must have code in it.');
  const shown = typeof name === 'string' ? name.replaceAll(UNSHOWN, '').trim().slice(0, LONGEST_NAME) : '';
  return {
    // Said here, because the library makes a secret for whoever does not say: clients that send it along were refused, since they need none.
    token_endpoint_auth_method: 'none',
    ...Object.fromEntries(PASSED.flatMap((member) => (value[member] === undefined ? [] : [[member, value[member]]]))),
    client_name: shown === '' ? 'A client without a name' : shown,
    redirect_uris: redirectUris,
    application_type: type ?? 'native',
    grant_types: grantsOf(value['grant_types']),
    response_types: ['code'],
  };
};
