import { widen, type Admitted, type Prepared, type RequestHeaders } from '../../model/exchange.ts';
import type { Secret } from '../../model/secret.ts';

/** What a caller may say to an upstream; everything else stays here (H11, P02). */
const PASSED = ['accept', 'content-type', 'mcp-protocol-version', 'traceparent', 'tracestate', 'accept-language'] as const;
/** In the legacy era nobody has compared these with the body, and somebody on the way to the server may believe them (H03). */
const MODERN_ONLY = ['mcp-method', 'mcp-name'] as const;
const PASSED_PREFIX = 'mcp-param-';
/** Where a stream stopped, in a session that was proven to be the caller's: events of somebody else must not be replayed (M09). */
const SESSION_ONLY = ['last-event-id'] as const;

const copy = (headers: RequestHeaders, names: readonly string[], into: Record<string, string>): void => {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) into[name] = value;
  }
};

/**
 * Builds the upstream's headers from an allow-list, so the caller's credential cannot travel on in any spelling, and adds
 * the gateway's own last, so nothing a caller sends can displace them (H08).
 * @param own the upstream's own credential headers by server name, lower-case names
 */
export const buildInject =
  (own: ReadonlyMap<string, Readonly<Record<string, Secret | string>>>) =>
  (admitted: Admitted): Prepared => {
    const headers: Record<string, string> = {};
    copy(admitted.headers, PASSED, headers);
    const { call } = admitted;
    const legacy = call.kind === 'status' || call.era === 'legacy';
    if (!legacy) {
      copy(admitted.headers, MODERN_ONLY, headers);
      for (const name in admitted.headers) if (name.startsWith(PASSED_PREFIX)) copy(admitted.headers, [name], headers);
    }
    if (admitted.sessionId !== undefined) {
      copy(admitted.headers, SESSION_ONLY, headers);
      headers['mcp-session-id'] = admitted.sessionId;
    }
    for (const [name, value] of Object.entries(own.get(admitted.route.server) ?? {})) headers[name] = typeof value === 'string' ? value : value.reveal();
    return widen(admitted, { upstreamHeaders: headers });
  };
