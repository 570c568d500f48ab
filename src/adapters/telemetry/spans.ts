import type { AuditEvent } from '../../model/audit-event.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { spanIdOf } from '../../model/trace-context.ts';
import { upstreamWaitMs } from '../../model/upstream-wait.ts';
import { otlpAttributes } from '../audit-sinks/formats/otlp-value.ts';

/** `SpanKind` of OTLP. */
const KIND = { internal: 1, server: 2, client: 3 } as const;

/** `StatusCode` of OTLP; the words of a refusal are the operator's and stay in the trail. */
const FAILED = { code: 2 } as const;

/** Kept (W3C Trace Context), and whether the parent is known to be of another process or of this one (OTLP, `SpanFlags`). */
const FLAGS = { fromElsewhere: 0x301, fromHere: 0x101 } as const;

/** What is told of a call besides what everybody may see. */
export interface SpanSettings {
  /** Whether arguments of tools stand in spans, as they are in the audit trail. */
  readonly withArguments: boolean;
  /** Whether the server lists a tool of that name; other names are in no span's name, because there may be any number of them. */
  readonly isKnownTool: (server: string, tool: string) => boolean;
}

/** A record whose trace is kept. */
export type Traced = AuditEvent & { readonly traceId: string };

export const isTraced = (event: AuditEvent): event is Traced => event.traceSampled === true && event.traceId !== undefined && event.type === 'call';

/** A time so many milliseconds behind a request's beginning, which has no fraction of one; 64-bit integers are texts. */
const nanosAt = (startMs: number, behindMs: number): string => String(BigInt(startMs) * 1_000_000n + BigInt(Math.round(behindMs * 1_000_000)));

interface Part {
  readonly id: Parameters<typeof spanIdOf>[1];
  readonly name: string;
  readonly kind: number;
  readonly fromMs: number;
  readonly forMs: number;
  readonly attributes?: Readonly<Record<string, JsonValue | undefined>>;
  readonly failed?: boolean;
}

const isTool = ({ call }: AuditEvent): boolean => call === 'tools/call';

/** An MCP method; everything else that is on record is HTTP, or the gateway's own. */
export const isMcpMethod = (call: string): boolean => /^(?:initialize|ping|(?:tools|prompts|resources|tasks|server|completion|logging|subscriptions|notifications)\/[a-zA-Z_/-]{1,40})$/.test(call);

/** What failed, in few words: the error's code, or that the tool has said so. */
export const errorTypeOf = ({ code, toolError }: Pick<AuditEvent, 'code' | 'toolError'>): string | undefined => code ?? (toolError === true ? 'tool_error' : undefined);

/** What both ends of a call say of it (semantic conventions for MCP, "Server" and "Client"). */
const callAttributes = (event: AuditEvent): Readonly<Record<string, JsonValue | undefined>> => ({
  'mcp.method.name': isMcpMethod(event.call) ? event.call : undefined,
  'gen_ai.operation.name': isTool(event) ? 'execute_tool' : undefined,
  'gen_ai.tool.name': isTool(event) ? event.target : undefined,
  'gen_ai.prompt.name': event.call === 'prompts/get' ? event.target : undefined,
  'mcp.resource.uri': event.call.startsWith('resources/') ? event.target : undefined,
  'sallyport.server': event.server,
});

const gatewayAttributes = (event: AuditEvent, { withArguments }: SpanSettings): Readonly<Record<string, JsonValue | undefined>> => ({
  ...callAttributes(event),
  'network.transport': 'tcp',
  'network.protocol.name': 'http',
  'http.response.status_code': event.status,
  'error.type': errorTypeOf(event),
  'sallyport.request.id': event.id,
  'sallyport.call': isMcpMethod(event.call) ? undefined : event.call,
  'sallyport.decision': event.decision,
  'sallyport.rule': event.rule,
  'sallyport.policy': event.policy,
  'sallyport.ended': event.ended,
  'gen_ai.tool.call.arguments': withArguments && event.arguments !== undefined ? JSON.stringify(event.arguments) : undefined,
});

const nameOf = (event: AuditEvent, { isKnownTool }: SpanSettings): string => {
  const { call, server, target } = event;
  if (!isMcpMethod(call)) return call.split(' ', 1)[0] ?? call;
  return isTool(event) && server !== undefined && target !== undefined && isKnownTool(server, target) ? `${call} ${target}` : call;
};

/** Where the time went, one after the other; a step that was never reached is none. */
const partsOf = (event: AuditEvent, name: string): readonly Part[] => {
  const { authMs, policyMs } = event;
  const [decidedMs, waitedMs] = [(authMs ?? 0) + (policyMs ?? 0), upstreamWaitMs(event)];
  const error = event.code?.startsWith('upstream.') === true || event.toolError === true ? errorTypeOf(event) : undefined;
  return [
    ...(authMs === undefined ? [] : [{ id: 'auth' as const, name: 'authenticate', kind: KIND.internal, fromMs: 0, forMs: authMs }]),
    ...(policyMs === undefined ? [] : [{ id: 'policy' as const, name: 'authorize', kind: KIND.internal, fromMs: authMs ?? 0, forMs: policyMs }]),
    ...(waitedMs === undefined ? [] : [{ id: 'upstream' as const, name, kind: KIND.client, fromMs: decidedMs, forMs: waitedMs, attributes: { ...callAttributes(event), 'error.type': error }, failed: error !== undefined }]),
  ];
};

const spanOf = (event: Traced, part: Part, place: JsonObject): JsonObject => {
  const startMs = Date.parse(event.at);
  return {
    traceId: event.traceId, spanId: spanIdOf(event.id, part.id), ...place, name: part.name, kind: part.kind,
    startTimeUnixNano: nanosAt(startMs, part.fromMs), endTimeUnixNano: nanosAt(startMs, part.fromMs + part.forMs),
    attributes: otlpAttributes(part.attributes ?? {}), status: part.failed === true ? FAILED : {},
  };
};

/**
 * The spans of a request: the gateway's own, and in it who called, whether they may, and the server. All of it is in the record, the ids follow from the request's, so
 * nothing is noted while a request is under way.
 */
export const spansOf = (event: Traced, settings: SpanSettings): readonly JsonObject[] => {
  const name = nameOf(event, settings);
  const whole: Part = { id: 'gateway', name, kind: KIND.server, fromMs: 0, forMs: event.durationMs ?? 0, attributes: gatewayAttributes(event, settings), failed: errorTypeOf(event) !== undefined };
  const place: JsonObject = event.parentSpanId === undefined ? { flags: FLAGS.fromHere } : { parentSpanId: event.parentSpanId, flags: FLAGS.fromElsewhere };
  const within = { parentSpanId: spanIdOf(event.id, 'gateway'), flags: FLAGS.fromHere };
  return [spanOf(event, whole, place), ...partsOf(event, name).map((part) => spanOf(event, part, within))];
};
