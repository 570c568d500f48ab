import { GatewayError } from '../../errors/gateway-error.ts';
import { FetchError } from '../../ports/network.ts';

/** An error and what caused it, and so on. */
const chainOf = (error: unknown): readonly unknown[] => {
  const chain: unknown[] = [];
  for (let one: unknown = error; one !== undefined && chain.length < 8; one = one instanceof Error ? one.cause : undefined) chain.push(one);
  return chain;
};

/** The library's errors are told by their codes, so that it need not be loaded to look. */
const saidBy = (chain: readonly unknown[], code: string): string | undefined => {
  const found = chain.find((one) => one instanceof Error && 'code' in one && one.code === code && 'error' in one);
  return found instanceof Error && 'error' in found && typeof found.error === 'string' ? found.error : undefined;
};

/** A challenge by Basic is for whoever is the client (RFC 6749 §5.2); one by Bearer is for a token. */
const isClientChallenged = (chain: readonly unknown[]): boolean =>
  chain.some((one) => one instanceof Error && 'code' in one && one.code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' && Array.isArray(one.cause) && one.cause.some((challenge: unknown) => typeof challenge === 'object' && challenge !== null && 'scheme' in challenge && challenge.scheme === 'basic'));

const words = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);

/** Codes by which a token endpoint says that we are the ones at fault (RFC 6749 §5.2). */
const OURS: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'incorrect_client_credentials', 'redirect_uri_mismatch']);

/** How a token endpoint says that a refresh token is over (RFC 6749 §5.2); GitHub has a word of its own. */
const OVER: ReadonlySet<string> = new Set(['invalid_grant', 'bad_refresh_token']);

/** What a token endpoint said by which somebody is gone; undefined for everything else, which says nothing of the person. */
export const refusalIn = (error: unknown): string | undefined => {
  const said = saidBy(chainOf(error), 'OAUTH_RESPONSE_BODY_ERROR');
  return said !== undefined && OVER.has(said) ? said : undefined;
};

/** What went wrong with a provider, as one of our errors; what it said stands in the reason and nowhere else. */
export const identityFault = (provider: string, error: unknown): GatewayError => {
  if (error instanceof GatewayError) return error;
  const chain = chainOf(error);
  const fetching = chain.find((one) => one instanceof FetchError);
  if (fetching !== undefined) return new GatewayError('idp.unreachable', { reason: `${provider}: ${fetching.message}`, headers: { 'Retry-After': '30' }, cause: error });
  const denied = saidBy(chain, 'OAUTH_AUTHORIZATION_RESPONSE_ERROR');
  if (denied !== undefined) return new GatewayError(OURS.has(denied) ? 'idp.misconfigured' : 'idp.denied', { reason: `${provider} said ${words(denied)}`, cause: error });
  if (isClientChallenged(chain)) return new GatewayError('idp.misconfigured', { reason: `the token endpoint of ${provider} does not take our secret`, cause: error });
  const refused = saidBy(chain, 'OAUTH_RESPONSE_BODY_ERROR');
  if (refused !== undefined) return new GatewayError(OURS.has(refused) ? 'idp.misconfigured' : 'idp.answer', { reason: `the token endpoint of ${provider} said ${words(refused)}`, cause: error });
  return new GatewayError('idp.answer', { reason: `${provider}: ${words(chain.map((one) => (one instanceof Error ? one.message : '')).filter((text) => text !== '').join(': '))}`, cause: error });
};
