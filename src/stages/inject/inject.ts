import { widen, type Admitted, type Prepared, type RequestHeaders } from '../../model/exchange.ts';
import { holdsSecret } from '../../model/secret-forms.ts';
import type { Secret } from '../../model/secret.ts';
import { beginTrace, isTracestate, spanIdOf, traceparentOf, traceSaid, type Tracing } from '../../model/trace-context.ts';

/** What a caller may say to an upstream; everything else stays here (H11, P02). These have been read and found to be one of few. */
const PASSED = ['content-type', 'mcp-protocol-version'] as const;
/** These may say anything, so also the caller's own credential: then they stay here, too. */
const PASSED_TEXTS = ['accept', 'traceparent', 'tracestate', 'accept-language'] as const;
/** Where traces are told, the server's trace is ours to say. */
const TRACED_TEXTS = ['accept', 'accept-language'] as const;
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

/** The server's span is a child of ours, in the trace of the caller or in one that begins here (W3C Trace Context §3.4). The bytes of the body stay as they came. */
const addTrace = (admitted: Admitted, { ratio }: Tracing, into: Record<string, string>): void => {
  const said = traceSaid(admitted);
  into['traceparent'] = traceparentOf(said?.context ?? beginTrace(admitted.id, admitted.atMs, ratio), spanIdOf(admitted.id, 'upstream'));
  const state = said?.state;
  if (isTracestate(state) && !admitted.credentials.some((credential) => holdsSecret(state, credential.reveal()))) into['tracestate'] = state;
};

/**
 * Builds the upstream's headers from an allow-list, so the caller's credential cannot travel on in any spelling, and adds
 * the gateway's own last, so nothing a caller sends can displace them (H08).
 * @param own the upstream's own credential headers by server name, lower-case names
 * @param tracing where traces are told
 */
export const buildInject =
  (own: ReadonlyMap<string, Readonly<Record<string, Secret | string>>>, tracing?: Tracing) =>
  (admitted: Admitted): Prepared => {
    const headers: Record<string, string> = {};
    copy(admitted.headers, PASSED, headers);
    copyTexts(admitted, tracing === undefined ? PASSED_TEXTS : TRACED_TEXTS, headers);
    if (tracing !== undefined) addTrace(admitted, tracing, headers);
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
