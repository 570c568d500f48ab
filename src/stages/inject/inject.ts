import { widen, type Admitted, type Prepared, type RequestHeaders } from '../../model/exchange.ts';
import { holdsSecret } from '../../model/secret-forms.ts';
import type { Secret } from '../../model/secret.ts';

/** What a caller may say to an upstream; everything else stays here (H11, P02). These have been read and found to be one of few. */
const PASSED = ['content-type', 'mcp-protocol-version'] as const;
/** These may say anything, so also the caller's own credential: then they stay here, too. */
const PASSED_TEXTS = ['accept', 'traceparent', 'tracestate', 'accept-language'] as const;
/** In the legacy era nobody has compared these with the body, and somebody on the way to the server may believe them (H03). */
const MODERN_ONLY = ['mcp-method', 'mcp-name'] as const;
const PASSED_PREFIX = 'mcp-param-';
/** Where a stream stopped, in a session that was proven to be the caller's: events of somebody else must not be replayed (M09). */
const SESSION_ONLY = ['last-event-id'] as const;

/** What nearly all clients send; it stands in for one that was withheld, because a server cannot do without. */
const DEFAULT_ACCEPT = 'application/json, text/event-stream';

const copy = (headers: RequestHeaders, names: readonly string[], into: Record<string, string>): void => {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) into[name] = value;
  }
};

/** Copies what holds no trace of the caller's credentials. */
const copyTexts = ({ headers, credentials }: Admitted, names: readonly string[], into: Record<string, string>): void => {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined && (value === DEFAULT_ACCEPT || !credentials.some((credential) => holdsSecret(value, credential.reveal())))) into[name] = value;
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
    copyTexts(admitted, PASSED_TEXTS, headers);
    if (admitted.headers['accept'] !== undefined) headers['accept'] ??= DEFAULT_ACCEPT;
    const { call } = admitted;
    const legacy = call.kind === 'status' || call.era === 'legacy';
    if (!legacy) {
      copy(admitted.headers, MODERN_ONLY, headers);
      for (const name in admitted.headers) if (name.startsWith(PASSED_PREFIX)) copyTexts(admitted, [name], headers);
    }
    if (admitted.sessionId !== undefined) {
      copyTexts(admitted, SESSION_ONLY, headers);
      headers['mcp-session-id'] = admitted.sessionId;
    }
    for (const [name, value] of Object.entries(own.get(admitted.route.server) ?? {})) headers[name] = typeof value === 'string' ? value : value.reveal();
    return widen(admitted, { upstreamHeaders: headers });
  };
