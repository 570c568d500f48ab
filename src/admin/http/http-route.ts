import { GatewayError } from '../../errors/gateway-error.ts';
import { widen, type Inbound, type Routed } from '../../model/exchange.ts';
import type { HttpShape } from '../../ports/operation.ts';
import { shapeOf, type AnyOperation } from './http-shape.ts';

/** What a path of the admin plane leads to: an operation, or the document that describes them all. */
export type Destination = { readonly kind: 'operation'; readonly operation: AnyOperation; readonly params: Readonly<Record<string, string>> } | { readonly kind: 'document' };

interface Entry extends HttpShape {
  readonly destination: Exclude<Destination, { kind: 'operation' }> | { readonly kind: 'operation'; readonly operation: AnyOperation };
  readonly segments: readonly string[];
}

/** What may stand in a path in place of `{id}`; nothing is decoded (P04). */
const VALUE = /^[A-Za-z0-9_.-]{1,128}$/;

const PARAMETER = /^\{(\w+)\}$/;

const entryOf = (shape: HttpShape, destination: Entry['destination']): Entry => ({ ...shape, destination, segments: shape.path.split('/') });

/** The values of a path's parameters, or undefined when the path is another. */
const match = ({ segments }: Entry, path: readonly string[]): Readonly<Record<string, string>> | undefined => {
  if (segments.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const given = path[at] ?? '';
    const name = PARAMETER.exec(segment)?.[1];
    if (name === undefined ? segment !== given : !VALUE.test(given)) return undefined;
    if (name !== undefined) params[name] = given;
  }
  return params;
};

/** A page may call the admin plane only from where the gateway itself is (W02). */
const checkOrigin = ({ headers }: Inbound, publicOrigin: string | undefined): void => {
  const { origin, host = '' } = headers;
  if (origin === undefined || origin === publicOrigin || origin === `http://${host}` || origin === `https://${host}`) return;
  throw new GatewayError('http.origin-refused', { reason: 'the Origin of an admin request is not the gateway itself', detail: 'The admin API is not for pages of other origins.' });
};

export interface AdminRouteOptions {
  readonly operations: readonly AnyOperation[];
  /** Refuses names in Host that are not ours; what it asks of Origin is asked more strictly here. */
  readonly checkHost: (inbound: Inbound) => void;
  readonly publicOrigin: string | undefined;
}

export type AdminRouted = Routed & { readonly destination: Destination };

const ROUTE = { server: 'admin', kind: 'admin', environment: 'live', acceptedTools: new Set<string>(), timeoutMs: 0 } as const;

/**
 * Finds the operation of a path. There is no CORS: a preflight is a method that is not allowed.
 * @throws GatewayError `http.not-found`, `http.host-refused`, `http.origin-refused`, `http.method-not-allowed`
 */
export const buildAdminRoute = ({ operations, checkHost, publicOrigin }: AdminRouteOptions): ((inbound: Inbound) => AdminRouted) => {
  const entries = [entryOf({ method: 'GET', path: '/api/openapi.json' }, { kind: 'document' }), ...operations.map((operation) => entryOf(shapeOf(operation), { kind: 'operation', operation }))];
  return (inbound) => {
    checkHost(inbound);
    checkOrigin(inbound, publicOrigin);
    const path = inbound.path.split('/');
    const found = entries.flatMap((entry) => {
      const params = match(entry, path);
      return params === undefined ? [] : [{ entry, params, isPlain: Object.keys(params).length === 0 }];
    });
    if (found.length === 0) throw new GatewayError('http.not-found', { reason: 'no operation has this path', detail: 'GET /api/openapi.json lists all operations.' });
    // A path that is spelled out comes before one with a parameter in the same place.
    const fitting = found.filter(({ entry }) => entry.method === inbound.method).sort((one, other) => Number(other.isPlain) - Number(one.isPlain))[0];
    if (fitting === undefined) throw new GatewayError('http.method-not-allowed', { reason: `method ${inbound.method} of an admin path`, headers: { Allow: [...new Set(found.map(({ entry }) => entry.method))].join(', ') } });
    const { destination } = fitting.entry;
    return widen(inbound, { route: ROUTE, destination: destination.kind === 'operation' ? { ...destination, params: fitting.params } : destination });
  };
};
