import { GatewayError } from '../../errors/gateway-error.ts';
import type { Inbound } from '../../model/exchange.ts';
import type { Presented } from '../../ports/authenticator.ts';

export interface CredentialPlaces {
  /** Lower-case header name that carries a key; `x-api-key` unless configured (R14). */
  readonly keyHeader: string;
  /** Whether `?api_key=` is looked at (D7). */
  readonly query: boolean;
}

const BEARER = /^Bearer +([^\s]+) *$/i;
/** RFC 9449 §7.1. */
const DPOP = /^DPoP +([^\s]+) *$/i;

const inQuery = (query: string): readonly string[] => (query === '' ? [] : new URLSearchParams(query).getAll('api_key').filter((value) => value.trim() !== ''));

const add = (found: Presented[], place: Presented['place'], value: string | undefined): void => {
  const trimmed = value?.trim() ?? '';
  if (trimmed !== '') found.push({ place, value: trimmed });
};

/** What stands in `Authorization`: of one scheme or of the other, so only what is no bearer is looked at again. */
const addAuthorization = (found: Presented[], authorization: string): void => {
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer === undefined) add(found, 'dpop', DPOP.exec(authorization)?.[1]);
  else add(found, 'bearer', bearer);
};

/**
 * Finds the one credential of a request. Nothing is ever tried in turn: two credentials are refused, because "any that
 * works" is how a request gets judged as somebody else (K09). `?access_token=` is not looked at (K10).
 * @returns undefined when none was presented (K01)
 * @throws GatewayError `credential.multiple`, `credential.query-off`
 */
export const readCredential = (inbound: Inbound, places: CredentialPlaces): Presented | undefined => {
  const found = findCredentials(inbound, places);
  if (found.length > 1) throw new GatewayError('credential.multiple', { reason: `credentials in: ${found.map(({ place }) => place).join(', ')}` });
  const [only] = found;
  if (only?.place === 'query' && !places.query) throw new GatewayError('credential.query-off', { reason: 'a key stood in the query, which is switched off' });
  return only;
};

/** Everything in a request that is a credential, in all the places where one may stand. */
export const findCredentials = (inbound: Inbound, places: CredentialPlaces): readonly Presented[] => {
  const found: Presented[] = [];
  const { authorization } = inbound.headers;
  add(found, 'header', inbound.headers[places.keyHeader]);
  if (authorization !== undefined) addAuthorization(found, authorization);
  for (const value of inQuery(inbound.query)) found.push({ place: 'query', value });
  return found;
};
