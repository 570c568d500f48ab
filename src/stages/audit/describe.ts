import type { GatewayError } from '../../errors/gateway-error.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { methodOf, toolOf, type McpCall } from '../../model/call.ts';
import type { Inbound } from '../../model/exchange.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { RECORD_BOUNDS, redactJson, redactStart, redactText } from '../../model/redaction.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import { traceOf, type Tracing } from '../../model/trace-context.ts';
import type { Walked } from '../../ports/trail.ts';
import type { MaskingFor } from './masking.ts';

const MAX_TARGET = 256;

/** The client program: what the call's clientInfo says, else the product of the User-Agent. Never used to decide (RS-18). */
const clientOf = (walked: Walked): string | undefined => {
  const { call } = walked;
  const params = call?.kind === 'request' ? call.params : {};
  const meta = isJsonObject(params['_meta']) ? params['_meta']['io.modelcontextprotocol/clientInfo'] : undefined;
  const info = isJsonObject(meta) ? meta : params['clientInfo'];
  if (isJsonObject(info) && typeof info['name'] === 'string') return redactStart(info['name'], 64);
  const product = /^[^/\s(]{1,64}/.exec(walked.headers['user-agent'] ?? '')?.[0];
  return product === undefined ? undefined : redactText(product);
};

const targetOf = (call: McpCall): string | undefined => {
  const primitive = call.kind === 'request' || call.kind === 'notification' ? call.primitives[0] : undefined;
  return primitive === undefined ? undefined : redactStart(primitive.name, MAX_TARGET);
};

const argumentsOf = ({ id, route }: Walked, call: McpCall, maskingFor: MaskingFor | undefined): JsonValue | undefined => {
  if (call.kind !== 'request' || call.params['arguments'] === undefined) return undefined;
  if (call.method !== 'tools/call' && !call.method.startsWith('admin/')) return undefined;
  const masking = route === undefined ? undefined : maskingFor?.({ id, server: route.server, tool: toolOf(call) ?? '' });
  return redactJson(call.params['arguments'], RECORD_BOUNDS, masking);
};

/** Of an operation of the admin plane: whether it is only asked what it would do. */
export const isDryRun = (call: McpCall | undefined): boolean => call?.kind === 'request' && call.params['dryRun'] === true;

type Part = { readonly [Member in Exclude<keyof AuditEvent, 'type' | 'decision'>]?: AuditEvent[Member] | undefined };

/** What came of an exchange, or of its beginning. */
export type Outcome = Pick<AuditEvent, 'type' | 'decision'> & Part;

/** A record in the making; a member that is new to the event has no place in `blank` until it is given one, and that does not compile. */
type Draft = { -readonly [Member in keyof Required<AuditEvent>]: AuditEvent[Member] | undefined };

/**
 * An empty record with a place for every member, in the order they are written: one that grows member by member is copied as it grows
 * and costs twice as much to write. A member that stays undefined is not written.
 */
const blank = (): Draft => ({
  v: AUDIT_SCHEMA,
  id: undefined,
  type: undefined,
  at: undefined,
  who: undefined,
  name: undefined,
  group: undefined,
  groups: undefined,
  credential: undefined,
  roles: undefined,
  whole: undefined,
  method: undefined,
  via: undefined,
  issuer: undefined,
  clientId: undefined,
  token: undefined,
  key: undefined,
  certificate: undefined,
  address: undefined,
  client: undefined,
  server: undefined,
  environment: undefined,
  account: undefined,
  call: undefined,
  target: undefined,
  annotation: undefined,
  arguments: undefined,
  dryRun: undefined,
  changed: undefined,
  decision: undefined,
  policy: undefined,
  rule: undefined,
  shadow: undefined,
  code: undefined,
  reason: undefined,
  status: undefined,
  toolError: undefined,
  durationMs: undefined,
  authMs: undefined,
  policyMs: undefined,
  upstreamMs: undefined,
  traceId: undefined,
  parentSpanId: undefined,
  traceSampled: undefined,
  ended: undefined,
});

const addWho = (draft: Draft, { principal, via }: Walked): void => {
  if (principal === undefined) return;
  draft.who = principal.subject;
  draft.name = principal.name;
  draft.group = principal.group;
  draft.credential = principal.credentialId;
  if (principal.groups.length > 0) draft.groups = principal.groups;
  if (principal.roles.length > 0) draft.roles = principal.roles;
  draft.whole = principal.whole;
  draft.method = principal.method;
  draft.via = via;
  draft.clientId = principal.clientId;
  if (principal.token === undefined) return;
  draft.key = principal.key;
  draft.issuer = principal.issuer;
  draft.token = principal.token.tokenId === undefined ? principal.token.digest : redactStart(principal.token.tokenId, 128);
};

/** What a record knows beyond its exchange. */
export interface DescribeNeeds {
  readonly policy: string;
  readonly catalog: Pick<ToolCatalog, 'annotationOf'>;
  /** Which arguments are not to be written down, besides what looks like a secret. */
  readonly maskingFor?: MaskingFor;
  /** Where traces are told. */
  readonly tracing?: Tracing;
}

/** What a later reader needs to judge the call again. */
const addGrounds = (draft: Draft, { route, call }: Walked, { policy, catalog }: DescribeNeeds): void => {
  draft.policy = policy;
  if (route === undefined) return;
  draft.server = route.server;
  draft.environment = route.environment;
  draft.account = route.account;
  const tool = call === undefined ? undefined : toolOf(call);
  draft.annotation = tool === undefined ? undefined : catalog.annotationOf(route.server, tool);
};

/** What the intent says of it is not read again. */
const addTrace = (draft: Draft, walked: Walked, tracing: Tracing | undefined): void => {
  const { intent } = walked;
  if (intent !== undefined) {
    draft.traceId = intent.traceId;
    draft.parentSpanId = intent.parentSpanId;
    draft.traceSampled = intent.traceSampled;
    return;
  }
  const context = traceOf(walked, tracing);
  if (context === undefined) return;
  draft.traceId = context.traceId;
  draft.parentSpanId = context.parentSpanId;
  if (context.sampled) draft.traceSampled = true;
};

const MILLIS: readonly string[] = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`);

let lastSecond = Number.NaN;
let lastText = '';

/** RFC 3339; under load many records begin in the same second, and writing a date costs as much as deciding a call. */
const timestampOf = (at: number): string => {
  const atMs = Math.trunc(at);
  const second = Math.floor(atMs / 1000);
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
    lastSecond = second;
  }
  return lastText + (MILLIS[atMs - second * 1000] ?? '');
};

/** What the caller has said, redacted; what the intent says of it is not read again. */
const addSaid = (draft: Draft, walked: Walked, maskingFor: MaskingFor | undefined): void => {
  const { intent, call } = walked;
  draft.client = intent === undefined ? clientOf(walked) : intent.client;
  if (call === undefined) return;
  draft.target = intent === undefined ? targetOf(call) : intent.target;
  draft.arguments = intent === undefined ? argumentsOf(walked, call, maskingFor) : intent.arguments;
};

/** What every record of an exchange says, however far the exchange has come; what came of it is the caller's to add. */
export const describe = (walked: Walked, needs: DescribeNeeds, outcome: Outcome): AuditEvent => {
  const { call, permit } = walked;
  const draft = blank();
  draft.id = walked.id;
  draft.at = timestampOf(walked.atMs);
  draft.address = walked.address;
  draft.call = call === undefined ? `${walked.method.slice(0, 16)} ${redactText(walked.path.slice(0, MAX_TARGET))}` : methodOf(call).slice(0, 128);
  addWho(draft, walked);
  draft.certificate = walked.certificateRecord;
  addGrounds(draft, walked, needs);
  addSaid(draft, walked, needs.maskingFor);
  if (walked.route?.kind === 'admin' && isDryRun(call)) draft.dryRun = true;
  draft.changed = walked.changed;
  draft.rule = permit?.rule;
  draft.shadow = permit?.shadow;
  draft.toolError = walked.toolError;
  addTrace(draft, walked, needs.tracing);
  return Object.assign(draft as AuditEvent, outcome); // what a record must have is set above, or in every outcome
};

/** A refusal is the caller's doing, an error everybody else's. */
export const describeRefusal = (error: GatewayError): Part & Pick<AuditEvent, 'decision'> => ({
  decision: error.row.blame === 'caller' && error.code !== 'client.gone' ? 'deny' : 'error',
  code: error.code,
  reason: redactStart(error.circumstances.reason, 512),
  ...(error.circumstances.rule === undefined ? {} : { rule: error.circumstances.rule }),
  ...(error.circumstances.shadow === undefined ? {} : { shadow: error.circumstances.shadow }),
});

/** The record of bytes that never became a request, or of a connection that never came to be. */
export const describeMalformed = (inbound: Pick<Inbound, 'id' | 'atMs' | 'address'>, { code, status, reason }: { readonly code: string; readonly status?: number; readonly reason?: string }): AuditEvent => ({
  v: AUDIT_SCHEMA,
  id: inbound.id,
  type: 'call',
  at: new Date(inbound.atMs).toISOString(),
  address: inbound.address,
  call: status === undefined ? 'tls/handshake' : 'http/malformed',
  decision: 'deny',
  code: status === undefined ? 'tls.refused' : 'http.malformed',
  reason: reason ?? `Node's parser says ${redactStart(code, 64)}`,
  ...(status === undefined ? {} : { status }),
});
