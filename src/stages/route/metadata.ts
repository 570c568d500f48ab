import { GatewayError } from '../../errors/gateway-error.ts';
import { Detour, type Inbound, type Reply } from '../../model/exchange.ts';

/** A path that tokens open, and the document that says how to get one (RFC 9728). */
export interface ProtectedPath {
  /** Such as `/crm/mcp`. */
  readonly path: string;
  /** Where the document is, as clients know it: `resource_metadata` of challenges. */
  readonly url: string;
  /** The paths at which it is answered. */
  readonly at: readonly string[];
  readonly body: string;
  /** The scopes a client is told to begin with. */
  readonly baseline: readonly string[];
}

/** Anybody may read it from any page: it says what every challenge says, and takes no credential. */
const OPEN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'GET, HEAD', 'Access-Control-Allow-Headers': '*', 'Access-Control-Max-Age': '600' } as const;

const replyTo = (method: string, body: string): Reply => {
  if (method === 'OPTIONS') return { kind: 'whole', status: 204, headers: { Allow: 'GET, HEAD, OPTIONS', ...OPEN }, body: '' };
  return { kind: 'whole', status: 200, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300', ...OPEN }, body };
};

/**
 * Answers the metadata documents of a listener, and nothing else under `/.well-known/`: what is not there is a JSON 404 (W2).
 * @throws Detour with the document, GatewayError `http.method-not-allowed`
 */
export const buildMetadata = (paths: readonly ProtectedPath[]): ((inbound: Inbound) => void) => {
  const bodies = new Map(paths.flatMap(({ at, body }) => at.map((path) => [path, body] as const)));
  return ({ path, method }) => {
    if (!path.startsWith('/.well-known/')) return;
    const body = bodies.get(path);
    if (body === undefined) return;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') throw new GatewayError('http.method-not-allowed', { reason: `method ${method} of a metadata document`, headers: { Allow: 'GET, HEAD, OPTIONS' } });
    throw new Detour('protected resource metadata', replyTo(method, body));
  };
};
