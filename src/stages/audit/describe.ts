import type { GatewayError } from '../../errors/gateway-error.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { methodOf, toolOf, type McpCall } from '../../model/call.ts';
import type { Inbound } from '../../model/exchange.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { RECORD_BOUNDS, redactJson, redactStart, redactText } from '../../model/redaction.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { Walked } from '../../ports/trail.ts';

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

const argumentsOf = (call: McpCall): JsonValue | undefined => {
  if (call.kind !== 'request' || call.method !== 'tools/call' || call.params['arguments'] === undefined) return undefined;
  return redactJson(call.params['arguments'], RECORD_BOUNDS);
};

type Part = Partial<AuditEvent>;

/** A record in the making: filled member by member, because it is made for every request. */
type Draft = { -readonly [Member in keyof AuditEvent]?: AuditEvent[Member] };

const addWho = (draft: Draft, { principal, via }: Walked): void => {
  if (principal === undefined) return;
  draft.who = principal.subject;
  draft.name = principal.name;
  if (principal.group !== undefined) draft.group = principal.group;
  draft.credential = principal.credentialId;
  if (principal.roles.length > 0) draft.roles = principal.roles;
  draft.method = principal.method;
  if (via !== undefined) draft.via = via;
};

/** What a record knows beyond its exchange. */
export interface DescribeNeeds {
  readonly policy: string;
  readonly catalog: Pick<ToolCatalog, 'annotationOf'>;
}

/** What a later reader needs to judge the call again. */
const addGrounds = (draft: Draft, { route, call }: Walked, { policy, catalog }: DescribeNeeds): void => {
  draft.policy = policy;
  if (route === undefined) return;
  draft.server = route.server;
  draft.environment = route.environment;
  const tool = call === undefined ? undefined : toolOf(call);
  const annotation = tool === undefined ? undefined : catalog.annotationOf(route.server, tool);
  if (annotation !== undefined) draft.annotation = annotation;
};

const addWhat = (draft: Draft, call: McpCall): void => {
  const target = targetOf(call);
  const values = argumentsOf(call);
  if (target !== undefined) draft.target = target;
  if (values !== undefined) draft.arguments = values;
};

/** What every record of an exchange says, however far the exchange has come; `type` and `decision` are the caller's to add. */
export const describe = (walked: Walked, needs: DescribeNeeds): Omit<AuditEvent, 'type' | 'decision'> => {
  const { call, permit } = walked;
  const client = clientOf(walked);
  const draft: Draft & Pick<AuditEvent, 'v' | 'id' | 'at' | 'address' | 'call'> = {
    v: AUDIT_SCHEMA,
    id: walked.id,
    at: new Date(walked.atMs).toISOString(),
    address: walked.address,
    call: call === undefined ? `${walked.method.slice(0, 16)} ${redactText(walked.path.slice(0, MAX_TARGET))}` : methodOf(call).slice(0, 128),
  };
  addWho(draft, walked);
  if (client !== undefined) draft.client = client;
  addGrounds(draft, walked, needs);
  if (call !== undefined) addWhat(draft, call);
  if (permit !== undefined) draft.rule = permit.rule;
  return draft;
};

/** A refusal is the caller's doing, an error everybody else's. */
export const describeRefusal = (error: GatewayError): Part => ({
  decision: error.row.blame === 'caller' && error.code !== 'client.gone' ? 'deny' : 'error',
  code: error.code,
  reason: redactStart(error.circumstances.reason, 512),
  ...(error.circumstances.rule === undefined ? {} : { rule: error.circumstances.rule }),
});

/** The record of bytes that never became a request. */
export const describeMalformed = (inbound: Pick<Inbound, 'id' | 'atMs' | 'address'>, { code, status }: { readonly code: string; readonly status: number }): AuditEvent => ({
  v: AUDIT_SCHEMA,
  id: inbound.id,
  type: 'call',
  at: new Date(inbound.atMs).toISOString(),
  address: inbound.address,
  call: 'http/malformed',
  decision: 'deny',
  code: 'http.malformed',
  reason: `Node's parser says ${redactStart(code, 64)}`,
  status,
});
