import { GatewayError } from '../../errors/gateway-error.ts';
import { defaultScopes, onlyResource, resourceOf, scopesFor } from '../provider/resource-scopes.ts';
import type { AuthorityRules } from '../rules.ts';

/** Scopes that are about signing in and not about a server. */
const SIGN_IN: ReadonlySet<string> = new Set(['openid', 'offline_access', 'profile', 'email']);

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether the host stands there as it is meant: `127.1` and `0x7f.0.0.1` are loopback to one reader and a name to another. */
const isWritten = (text: string, { host, hostname, protocol }: URL): boolean => {
  const written = /^https?:\/\/([^/?]*)/.exec(text)?.[1];
  return written === host || written === `${hostname}:${protocol === 'https:' ? '443' : '80'}`;
};

/** Where codes may be sent at all, whoever registered it: https, this very machine, or a private scheme that is listed (AS-7, RFC 8252 §8.4). */
export const isUsableRedirect = (text: string, { redirectSchemes }: Pick<AuthorityRules, 'redirectSchemes'>): boolean => {
  const url = URL.parse(text);
  // What two readers could read differently goes nowhere (attacks.md group D).
  if (url === null || text.length > 2_000 || /[\s\\#\u0000-\u001f\u007f-\uffff]/.test(text) || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return isWritten(text, url) && !LOOPBACK.has(url.hostname);
  if (url.protocol === 'http:') return isWritten(text, url) && LOOPBACK.has(url.hostname);
  return redirectSchemes.has(url.protocol.slice(0, -1));
};

/** Reads a query in which every name stands once (RFC 6749 §3.1). @throws GatewayError `oauth.invalid-request` */
export const readQuery = (query: string): URLSearchParams => {
  const parameters = new URLSearchParams(query);
  const names = [...parameters.keys()];
  if (new Set(names).size !== names.length) throw new GatewayError('oauth.invalid-request', { reason: 'a parameter stands twice', detail: 'Each parameter may stand once.' });
  return parameters;
};

/** Writes the resource in the one spelling that it has here; what is not known stays, to be refused by the provider in its own way. */
const canonize = (parameters: URLSearchParams, rules: AuthorityRules): void => {
  const given = parameters.get('resource');
  // Where there are several servers, a token for none of them in particular would be one for nothing.
  if (given === null && onlyResource(rules) === undefined) throw new GatewayError('oauth.invalid-target', { reason: 'no resource, and several servers', detail: 'There are several servers here: name one with resource.' });
  const found = given === null ? undefined : resourceOf(rules, given);
  if (found !== undefined) parameters.set('resource', found.url);
};

/** Whoever asks for no scope of a server gets what is meant for that (AS-12). What asks for scopes that mean nothing here gets none. */
const addScopes = (parameters: URLSearchParams, rules: AuthorityRules): void => {
  const asked = (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const found = resourceOf(rules, parameters.get('resource') ?? onlyResource(rules) ?? '');
  if (found === undefined) return;
  const own = asked.filter((scope) => !SIGN_IN.has(scope));
  if (own.length > 0 && scopesFor(own.join(' '), found.resource, rules).length === 0) {
    throw new GatewayError('oauth.invalid-scope', { reason: `none of the scopes is one of ${found.resource.server}`, detail: `None of the scopes says anything about ${found.resource.server}.` });
  }
  if (own.length === 0) parameters.set('scope', [...asked, ...defaultScopes(found.resource)].join(' '));
};

/**
 * The parameters of an authorization request, as the provider is asked.
 * @throws GatewayError `oauth.*`, shown on a page: nothing is redirected to a URI that nobody has proven
 */
export const authorizationParameters = (query: string, rules: AuthorityRules): URLSearchParams => {
  const parameters = readQuery(query);
  const redirect = parameters.get('redirect_uri');
  if (redirect !== null && !isUsableRedirect(redirect, rules)) throw new GatewayError('oauth.invalid-redirect-uri', { reason: 'a redirect URI of a kind that is never used' });
  // Answers in a fragment or by a page with a script are for browser code that MCP clients are not.
  if ((parameters.get('response_mode') ?? 'query') !== 'query') throw new GatewayError('oauth.invalid-request', { reason: 'a response mode other than query', detail: 'The answer comes in the query: leave response_mode out.' });
  canonize(parameters, rules);
  addScopes(parameters, rules);
  return parameters;
};

/** The parameters of a device authorization request. @throws GatewayError `oauth.invalid-scope` */
export const deviceParameters = (form: ReadonlyMap<string, string>, rules: AuthorityRules): URLSearchParams => {
  const parameters = new URLSearchParams([...form]);
  canonize(parameters, rules);
  addScopes(parameters, rules);
  return parameters;
};

const LEAST_SECONDS = 60;

/** A client may ask for an access token that lives shorter than it would get, down to a minute. @throws GatewayError `oauth.invalid-request` */
export const shorterLifetime = (parameters: URLSearchParams): number | undefined => {
  const text = parameters.get('expires_in');
  parameters.delete('expires_in');
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < LEAST_SECONDS) throw new GatewayError('oauth.invalid-request', { reason: 'a lifetime that is none', detail: `expires_in is a number of seconds, at least ${String(LEAST_SECONDS)}.` });
  return Number(text);
};

/** Something that is exchanged for tokens. */
export interface Redeemed {
  readonly kind: 'AuthorizationCode' | 'RefreshToken' | 'DeviceCode';
  readonly value: string;
}

const REDEEMED: ReadonlyMap<string, readonly [Redeemed['kind'], string]> = new Map([
  ['authorization_code', ['AuthorizationCode', 'code']],
  ['refresh_token', ['RefreshToken', 'refresh_token']],
  ['urn:ietf:params:oauth:grant-type:device_code', ['DeviceCode', 'device_code']],
]);

/**
 * The parameters of a token request. A resource that cannot be had is refused before the provider looks: it would use up the code or the refresh
 * token first (AS-10, T03), and "refresh never logs anybody out".
 * @param grantedTo the resources that something is good for; undefined when it is none of ours
 * @throws GatewayError `oauth.invalid-target`
 */
export const tokenParameters = (form: ReadonlyMap<string, string>, rules: AuthorityRules, grantedTo: (redeemed: Redeemed) => readonly string[] | undefined): URLSearchParams => {
  const parameters = new URLSearchParams([...form]);
  // Whatever is redeemed knows for which server it is.
  if (parameters.has('resource') || parameters.get('grant_type') === 'client_credentials') canonize(parameters, rules);
  const resource = parameters.get('resource');
  if (resource !== null && resourceOf(rules, resource) === undefined) throw new GatewayError('oauth.invalid-target', { reason: 'a resource that is not served here' });
  const [kind, member = ''] = REDEEMED.get(parameters.get('grant_type') ?? '') ?? [];
  const granted = kind === undefined || resource === null ? undefined : grantedTo({ kind, value: parameters.get(member) ?? '' });
  if (granted !== undefined && resource !== null && !granted.includes(resource)) throw new GatewayError('oauth.invalid-target', { reason: `a resource that the ${member.replaceAll('_', ' ')} is not for` });
  return parameters;
};
