import { GatewayError } from '../errors/gateway-error.ts';
import { widen, type Inbound, type Routed } from '../model/exchange.ts';
import { SCIM_BASE } from './scim-resource.ts';

/** What a path of SCIM leads to. */
export interface ScimDestination {
  readonly collection: 'Users' | 'Groups' | 'ServiceProviderConfig' | 'ResourceTypes' | 'Schemas';
  readonly id?: string;
}

export type ScimRouted = Routed & { readonly scim: ScimDestination };

const ROUTE = { server: 'directory', kind: 'admin', environment: 'live', acceptedTools: new Set<string>(), timeoutMs: 0 } as const;

const PATH = new RegExp(`^${SCIM_BASE}/(Users|Groups|ServiceProviderConfig|ResourceTypes|Schemas)(?:/([A-Za-z0-9_.:-]{1,128}))?$`);

/** What each takes: a collection, one of it, and what describes them. */
const methodsOf = ({ collection, id }: ScimDestination): readonly string[] => {
  if (collection !== 'Users' && collection !== 'Groups') return ['GET'];
  return id === undefined ? ['GET', 'POST'] : ['GET', 'PUT', 'PATCH', 'DELETE'];
};

/**
 * Finds what a path leads to. No page calls it: there is no CORS, and a request with an `Origin` is refused.
 * @throws GatewayError `http.*`
 */
export const buildScimRoute = (checkHost: (inbound: Inbound) => void) => (inbound: Inbound): ScimRouted => {
  checkHost(inbound);
  const [, collection, id] = PATH.exec(inbound.path) ?? [];
  if (collection === undefined) throw new GatewayError('http.not-found', { reason: 'the directory has no such path' });
  const scim = { collection: collection as ScimDestination['collection'], ...(id === undefined ? {} : { id }) }; // one of the pattern
  if (inbound.headers['origin'] !== undefined) throw new GatewayError('http.origin-refused', { reason: 'a web page calls the directory' });
  const methods = methodsOf(scim);
  if (!methods.includes(inbound.method)) throw new GatewayError('http.method-not-allowed', { reason: `method ${inbound.method} of ${collection}`, headers: { Allow: methods.join(', ') } });
  return widen(inbound, { route: ROUTE, scim });
};
