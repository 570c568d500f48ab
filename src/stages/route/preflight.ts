import type { Inbound, Reply } from '../../model/exchange.ts';

/** Headers a browser client must be able to read (W7). */
export const EXPOSED_HEADERS = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, Mcp-Protocol-Version, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';

/**
 * The CORS answer to an origin that was already found allowed. No credentials mode: a key travels in a header that the
 * page itself must hold, never in a cookie (P06).
 */
export const corsHeaders = (origin: string): Readonly<Record<string, string>> => ({
  'Access-Control-Allow-Origin': origin,
  'Access-Control-Expose-Headers': EXPOSED_HEADERS,
  Vary: 'Origin',
});

/** Answers OPTIONS: what may be sent, nothing about what is there. */
export const preflightReply = (inbound: Inbound): Reply => {
  const { origin } = inbound.headers;
  const asked = inbound.headers['access-control-request-headers'] ?? '';
  const allowed = /^[A-Za-z0-9_, -]*$/.test(asked) ? asked : '';
  return {
    kind: 'whole',
    status: 204,
    headers: {
      Allow: 'GET, POST, DELETE, OPTIONS',
      ...(origin === undefined
        ? {}
        : {
            ...corsHeaders(origin),
            'Access-Control-Allow-Methods': 'GET, POST, DELETE',
            'Access-Control-Allow-Headers': allowed,
            'Access-Control-Max-Age': '600',
          }),
    },
    body: '',
  };
};
