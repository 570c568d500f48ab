import { GatewayError } from '../../errors/gateway-error.ts';
import { inspectApiKey } from '../../model/api-key.ts';
import type { AuthMethod } from '../../model/principal.ts';
import type { Authenticator, Presented } from '../../ports/authenticator.ts';

const NAMES = { 'api-key': 'API keys', oauth: 'OAuth access tokens', mtls: 'client certificates' } as const;

/** A text that can only be a signed token: three parts of base64url, the first a JSON object (RFC 7515 §7.1). */
const SIGNED = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

const isToken = ({ place, value }: Presented): boolean => place === 'dpop' || (place === 'bearer' && SIGNED.test(value));
const isKey = ({ place, value }: Presented): boolean => place !== 'dpop' && (place !== 'bearer' || inspectApiKey(value).kind !== 'foreign');

/** By which closed way somebody tried to come, as far as that can be said by what he brings; of an open one nothing is asked here. */
const closedWayOf = (presented: Presented, closed: ReadonlySet<string>): AuthMethod | undefined => {
  if (closed.has('oauth') && isToken(presented)) return 'oauth';
  return closed.has('api-key') && isKey(presented) ? 'api-key' : undefined;
};

/**
 * Asked first: tells whoever comes by a way that is closed on this listener which are open (W1). What he brings is looked up nowhere, so
 * a good key is refused like any text in its place.
 * @param closed ways that are open on another listener; what nobody has opened anywhere is not spoken of
 */
export const closedWay = (accept: ReadonlySet<AuthMethod>, closed: ReadonlySet<string>): Authenticator => ({
  scheme: 'closed',
  authenticate(_request, presented) {
    const way = closedWayOf(presented, closed);
    if (way === undefined) return { kind: 'absent' };
    const open = [...accept].map((method) => NAMES[method]).join(' and ');
    return { kind: 'rejected', error: new GatewayError('credential.way-closed', { reason: `${NAMES[way]} are not accepted on this listener`, detail: `${NAMES[way]} are not accepted at this address, which takes ${open}.` }) };
  },
});
