import { GatewayError } from '../../errors/gateway-error.ts';
import { Detour, widen, type Inbound, type Routed } from '../../model/exchange.ts';
import type { Route } from '../../model/route.ts';
import { buildMetadata, type ProtectedPath } from './metadata.ts';
import { buildOriginChecks, type OriginOptions } from './origin.ts';
import { preflightReply } from './preflight.ts';

export interface RouteOptions extends OriginOptions {
  readonly routes: readonly Route[];
  /** The paths that tokens open here; none unless given. */
  readonly metadata?: readonly ProtectedPath[];
}

/** Where people look for a login: they are told why there is none (D3). */
const LOGIN = '/auth/oauth/login';

/** Every path that leads somewhere, spelled out: `/{name}/mcp`, and `/mcp` when there is one server. */
const tableOf = ({ routes, metadata = [] }: RouteOptions): ReadonlyMap<string, Route> => {
  const table = new Map<string, Route>();
  const add = (base: string, server: Route): void => {
    const found = metadata.find(({ path }) => path === base);
    const route: Route = found === undefined ? server : { ...server, resourceMetadata: found.url, baseline: found.baseline };
    // Both spellings answer: a redirect would make clients drop their Authorization header (W6).
    for (const path of [base, `${base}/`]) table.set(path, route);
    for (const path of [`${base}/status`, `${base}/status/`]) table.set(path, { ...route, kind: 'status' });
  };
  for (const route of routes) add(`/${route.server}/mcp`, route);
  const [only] = routes;
  if (only !== undefined && routes.length === 1) add('/mcp', only);
  return table;
};

/**
 * Finds the server a request is for. Paths are compared byte for byte with the table: nothing is decoded or normalised,
 * so a path in any other spelling leads nowhere (attacks.md P04). Host and Origin are checked first (M07, TR-2).
 * @throws GatewayError `http.not-found`, `oauth.off`, `http.host-refused`, `http.origin-refused`, `http.method-not-allowed`
 * @throws Detour for a CORS preflight, and with a metadata document
 */
export const buildRoute = (options: RouteOptions): ((inbound: Inbound) => Routed) => {
  const table = tableOf(options);
  const answerMetadata = buildMetadata(options.metadata ?? []);
  const { checkHost, checkOrigin } = buildOriginChecks(options);
  return (inbound) => {
    checkHost(inbound);
    // A document for anybody, before the page that asks is looked at: every origin may read it.
    answerMetadata(inbound);
    checkOrigin(inbound);
    const route = table.get(inbound.path);
    if (route === undefined) {
      throw new GatewayError(inbound.path === LOGIN ? 'oauth.off' : 'http.not-found', { reason: 'no route has this path' });
    }
    if (inbound.method === 'OPTIONS') throw new Detour('CORS preflight', preflightReply(inbound));
    return widen(inbound, { route });
  };
};
