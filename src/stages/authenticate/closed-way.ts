import { GatewayError } from '../../errors/gateway-error.ts';
import { inspectApiKey } from '../../model/api-key.ts';
import type { AuthMethod } from '../../model/principal.ts';
import type { Authenticator, Presented } from '../../ports/authenticator.ts';

const NAMES = { 'api-key': 'API keys', oauth: 'OAuth access tokens', mtls: 'client certificates' } as const;

/** A text that can only be a signed token: three parts of base64url, the first a JSON object (RFC 7515 §7.1). */
const SIGNED = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** By which way somebody tried to come, as far as that can be said by what he brings. */
const wayOf = ({ place, value }: Presented): AuthMethod | undefined => {
  if (place === 'dpop' || (place === 'bearer' && SIGNED.test(value))) return 'oauth';
  if (place !== 'bearer' || inspectApiKey(value).kind !== 'foreign') return 'api-key';
  return undefined;
};

/**
 * Asked first: tells whoever comes by a way that is closed on this listener which are open (W1). What he brings is looked up nowhere, so
 * a good key is refused like any text in its place.
 * @param closed ways that are open on another listener; what nobody has opened anywhere is not spoken of
 */
export const closedWay = (accept: ReadonlySet<AuthMethod>, closed: ReadonlySet<string>): Authenticator => ({
  scheme: 'closed',
  authenticate(_request, presented) {
    const way = wayOf(presented);
    if (way === undefined || !closed.has(way)) return { kind: 'absent' };
    const open = [...accept].map((method) => NAMES[method]).join(' and ');
    return { kind: 'rejected', error: new GatewayError('credential.way-closed', { reason: `${NAMES[way]} are not accepted on this listener`, detail: `${NAMES[way]} are not accepted at this address, which takes ${open}.` }) };
  },
});
