import type { GatewayError } from '../../errors/gateway-error.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { methodOf, type McpCall } from '../../model/call.ts';
import type { Inbound } from '../../model/exchange.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { redactJson, redactText, type RedactionBounds } from '../../model/redaction.ts';
import type { Walked } from '../../ports/trail.ts';

const BOUNDS: RedactionBounds = { maxText: 256, maxDepth: 6, maxMembers: 32 };
const MAX_TARGET = 256;

/** The client program: what the call's clientInfo says, else the product of the User-Agent. Never used to decide (RS-18). */
const clientOf = (walked: Walked): string | undefined => {
  const { call } = walked;
  const params = call?.kind === 'request' ? call.params : {};
  const meta = isJsonObject(params['_meta']) ? params['_meta']['io.modelcontextprotocol/clientInfo'] : undefined;
  const info = isJsonObject(meta) ? meta : params['clientInfo'];
  if (isJsonObject(info) && typeof info['name'] === 'string') return redactText(info['name'].slice(0, 64));
  const product = /^[^/\s(]{1,64}/.exec(walked.headers['user-agent'] ?? '')?.[0];
  return product === undefined ? undefined : redactText(product);
};

const targetOf = (call: McpCall): string | undefined => {
  const primitive = call.kind === 'request' || call.kind === 'notification' ? call.primitives[0] : undefined;
  return primitive === undefined ? undefined : redactText(primitive.name.slice(0, MAX_TARGET));
};

const argumentsOf = (call: McpCall): JsonValue | undefined => {
  if (call.kind !== 'request' || call.method !== 'tools/call' || call.params['arguments'] === undefined) return undefined;
  return redactJson(call.params['arguments'], BOUNDS);
};

type Part = Partial<AuditEvent>;

const who = ({ principal, via }: Walked): Part =>
  principal === undefined
    ? {}
    : {
        who: principal.subject,
        name: principal.name,
        ...(principal.group === undefined ? {} : { group: principal.group }),
        credential: principal.credentialId,
        method: principal.method,
        ...(via === undefined ? {} : { via }),
      };

const what = ({ call, method, path }: Walked): { readonly call: string } & Part => {
  if (call === undefined) return { call: `${method.slice(0, 16)} ${redactText(path.slice(0, MAX_TARGET))}` };
  const target = targetOf(call);
  const values = argumentsOf(call);
  return { call: methodOf(call).slice(0, 128), ...(target === undefined ? {} : { target }), ...(values === undefined ? {} : { arguments: values }) };
};

/** What every record of an exchange says, however far the exchange has come. */
export const describe = (walked: Walked): Omit<AuditEvent, 'type' | 'decision'> => {
  const client = clientOf(walked);
  return {
    v: AUDIT_SCHEMA,
    id: walked.id,
    at: new Date(walked.atMs).toISOString(),
    ...who(walked),
    address: walked.address,
    ...(client === undefined ? {} : { client }),
    ...(walked.route === undefined ? {} : { server: walked.route.server }),
    ...what(walked),
    ...(walked.permit === undefined ? {} : { rule: walked.permit.rule }),
  };
};

/** A refusal is the caller's doing, an error everybody else's. */
export const describeRefusal = (error: GatewayError): Part => ({
  decision: error.row.blame === 'caller' && error.code !== 'client.gone' ? 'deny' : 'error',
  code: error.code,
  reason: redactText(error.circumstances.reason.slice(0, 512)),
});

/** The record of bytes that never became a request. */
export const describeMalformed = (inbound: Pick<Inbound, 'id' | 'atMs' | 'address'>, { code, status }: { readonly code: string; readonly status: number }): AuditEvent => ({
  v: AUDIT_SCHEMA,
  type: 'call',
  id: inbound.id,
  at: new Date(inbound.atMs).toISOString(),
  address: inbound.address,
  call: 'http/malformed',
  decision: 'deny',
  code: 'http.malformed',
  reason: `Node's parser says ${redactText(code.slice(0, 64))}`,
  status,
});
