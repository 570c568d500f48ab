import { hash } from 'node:crypto';
import type { McpCall } from './call.ts';
import type { RequestHeaders } from './exchange.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** The trace that a request belongs to. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 hexadecimal digits; absent for a trace that begins here. */
  readonly parentSpanId?: string;
  /** Whether its spans are kept. */
  readonly sampled: boolean;
}

/** version - trace-id - parent-id - trace-flags, in lower case (W3C Trace Context §3.2.2). */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/;
const CHARACTERS = 55;
const [NO_TRACE, NO_SPAN, NO_VERSION] = ['0'.repeat(32), '0'.repeat(16), 'ff'];

/** What follows belongs to versions after 00. */
const isWhole = (text: string, version: string): boolean => text.length === CHARACTERS || (version !== '00' && text[CHARACTERS] === '-');

/** The last bit of the flags. */
const SAMPLED = '13579bdf';

/** What a `traceparent` says; undefined when it cannot be read, which is as if there were none and never a reason to refuse (W3C Trace Context §3.2.2.5). */
export const readTraceparent = (text: unknown): TraceContext | undefined => {
  if (typeof text !== 'string' || !TRACEPARENT.test(text)) return undefined;
  const [version, traceId, parentSpanId] = [text.slice(0, 2), text.slice(3, 35), text.slice(36, 52)];
  if (version === NO_VERSION || traceId === NO_TRACE || parentSpanId === NO_SPAN || !isWhole(text, version)) return undefined;
  return { traceId, parentSpanId, sampled: SAMPLED.includes(text.charAt(CHARACTERS - 1)) };
};

/** One member of a list: a key, `=`, a value (W3C Trace Context §3.3.1.3). */
const MEMBER = /^[ \t]*(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~][ \t]*$/;
const [MOST_STATE, MOST_MEMBERS] = [512, 32];

/** Whether a `tracestate` may go on: a list that can be read, of no more than everybody has to pass on (W3C Trace Context §3.3.1.5). */
export const isTracestate = (text: unknown): text is string => {
  if (typeof text !== 'string' || text.length > MOST_STATE) return false;
  const members = text.split(',').filter((member) => member.trim() !== '');
  return members.length > 0 && members.length <= MOST_MEMBERS && members.every((member) => MEMBER.test(member));
};

const metaOf = (call: McpCall | undefined): JsonObject | undefined => {
  const meta = call?.kind === 'request' || call?.kind === 'notification' ? call.params['_meta'] : undefined;
  return isJsonObject(meta) ? meta : undefined;
};

/** What a caller says of its trace. */
export interface SaidOfTrace {
  readonly context: TraceContext;
  /** As it came; whether it may go on is another question. */
  readonly state: unknown;
}

/**
 * The trace that a caller speaks of: in `params._meta` (SEP-414), because the message is the call and may cross several HTTP requests, and else in the headers
 * (semantic conventions for MCP, "Context propagation").
 */
export const traceSaid = ({ call, headers }: { readonly call?: McpCall | undefined; readonly headers: RequestHeaders }): SaidOfTrace | undefined => {
  const meta = metaOf(call);
  const inMeta = meta === undefined ? undefined : readTraceparent(meta['traceparent']);
  if (meta !== undefined && inMeta !== undefined) return { context: inMeta, state: meta['tracestate'] };
  const { traceparent } = headers;
  const inHeaders = traceparent === undefined ? undefined : readTraceparent(traceparent);
  return inHeaders === undefined ? undefined : { context: inHeaders, state: headers['tracestate'] };
};

/** The last 14 digits of a trace id are random, and say whether it is kept wherever it comes by (W3C Trace Context, level 2 §2.2.3.4). */
const RANDOM_DIGITS = 14;

/** A trace that begins with a request: its id is the time and the random part of the request's, so whoever knows the one knows the other. @param ratio of traces that are kept, 0 to 1 */
export const beginTrace = (requestId: string, atMs: number, ratio: number): TraceContext => {
  const traceId = `${Math.trunc(atMs).toString(16).padStart(16, '0')}${requestId.slice(-16)}`;
  return { traceId, sampled: Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) < ratio * 16 ** RANDOM_DIGITS };
};

/** The id of a span of ours, by the request and the part of it that the span is about: nothing has to be remembered until the span is told. */
export const spanIdOf = (requestId: string, part: 'gateway' | 'auth' | 'policy' | 'upstream'): string => hash('sha256', `${part} ${requestId}`).slice(0, 16);

/** The context as it is passed on, with a span of ours as the parent. */
export const traceparentOf = ({ traceId, sampled }: TraceContext, spanId: string): string => `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/** Whether and how traces are told. */
export interface Tracing {
  /** Of the traces that begin here, how many are kept, 0 to 1; of all others their beginner decides. */
  readonly ratio: number;
}

/** The trace of a request: what its caller says, or one that begins with it where traces are told. */
export const traceOf = (exchange: { readonly id: string; readonly atMs: number; readonly call?: McpCall | undefined; readonly headers: RequestHeaders }, tracing: Tracing | undefined): TraceContext | undefined =>
  traceSaid(exchange)?.context ?? (tracing === undefined ? undefined : beginTrace(exchange.id, exchange.atMs, tracing.ratio));

/** By what a line of the log can be found beside the other lines of its request, and beside the spans of its trace. */
export const loggedAs = (exchange: Parameters<typeof traceOf>[0], tracing?: Tracing): { readonly request_id: string; readonly trace_id?: string } => {
  const context = traceOf(exchange, tracing);
  return context === undefined ? { request_id: exchange.id } : { request_id: exchange.id, trace_id: context.traceId };
};
