import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Inbound, type Routed } from '../../model/exchange.ts';

/** Where clients renew their certificates; a server that is called `certificates` has other paths. */
export const RENEWAL_PATH = '/certificates/renew';

const ROUTE = { server: 'certificates', kind: 'renewal', environment: 'live', acceptedTools: new Set<string>(), timeoutMs: 0 } as const;

/**
 * Takes what programs ask for. No page renews a certificate: its browser would lend it one, so a request with an `Origin` is refused.
 * @throws GatewayError `http.host-refused`, `http.origin-refused`, `http.method-not-allowed`
 */
export const buildRenewalRoute = (checkHost: (inbound: Inbound) => void): ((inbound: Inbound) => Routed) => (inbound) => {
  checkHost(inbound);
  if (inbound.headers['origin'] !== undefined) throw new GatewayError('http.origin-refused', { reason: 'a renewal from a web page' });
  if (inbound.method !== 'POST') throw new GatewayError('http.method-not-allowed', { reason: `method ${inbound.method} of a renewal`, headers: { Allow: 'POST' } });
  return widen(inbound, { route: ROUTE });
};
