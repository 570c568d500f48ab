import { z } from 'zod';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RECORD_CLASSES } from '../../model/trail-record.ts';

const duration = z.number().min(0);

const certificate = z.strictObject({ fingerprint: z.string(), subject: z.string().exactOptional(), issuer: z.string().exactOptional(), serial: z.string().exactOptional(), flaw: z.string().exactOptional() });

const changed = z.strictObject({ count: z.number().int().min(1), ids: z.array(z.string()).max(100) });

const shadow = z.strictObject({ policy: z.string(), decision: z.enum(['allow', 'deny']), rule: z.string().exactOptional() });

/** Every member of a record, in the order of the table in docs/audit.md, which is written from here. One that is missing here does not compile. */
const members = {
  v: z.literal(AUDIT_SCHEMA).describe('1, the version of this table; whoever reads a version they do not know should stop'),
  type: z.enum(['call', 'intent']).describe('`call`, which closes a request, or `intent`, see below'),
  id: z.string().min(1).describe('the request\'s id, as in `X-Request-Id`, in problem documents and in the log'),
  at: z.iso.datetime({ precision: 3 }).describe('when the request came in, RFC 3339 in UTC with milliseconds'),
  who: z.string().exactOptional().describe('the person or service the key acts for or the token is about, or `os:` and the account that ran a command; absent when nobody was proven'),
  name: z.string().exactOptional().describe('the name of the key'),
  group: z.string().exactOptional().describe('the display group of the key, if it has one'),
  groups: z.array(z.string()).exactOptional().describe('all groups of the caller, if there are any'),
  credential: z.string().exactOptional().describe('the id of the key, never the key; `env_…` for keys of `MCP_API_KEYS`; for a token a digest of issuer, subject and client'),
  method: z.string().exactOptional().describe('how they were proven: `api-key`, `oauth`; `terminal` for a command'),
  roles: z.array(z.string()).exactOptional().describe('the roles of the key, if it has any'),
  whole: z.literal(true).exactOptional().describe('true when the key was given neither permissions nor roles of its own, so that rules about its owner reach it'),
  via: z.string().exactOptional().describe('where the credential stood: `header`, `bearer`, `dpop` or `query`'),
  issuer: z.string().exactOptional().describe('of an access token: its issuer, by its name in the configuration'),
  clientId: z.string().exactOptional().describe('of an access token: the client it was issued to'),
  key: z.string().exactOptional().describe('the id of the key that came with the token, where the server asks for both'),
  certificate: certificate.exactOptional().describe('the client certificate of the connection, good or not: `fingerprint` (SHA-256), `subject`, `issuer`, `serial`, and `flaw` where it is not good'),
  token: z.string().exactOptional().describe('of an access token: its `jti`, or its SHA-256 where it has none'),
  address: z.string().describe('`terminal` for a command, otherwise the caller\'s address; behind a trusted proxy, the one that proxy saw'),
  client: z.string().exactOptional().describe('the program as it calls itself; nothing is ever decided by it'),
  server: z.string().exactOptional().describe('the server\'s name'),
  environment: z.enum(['live', 'test']).exactOptional().describe('the environment of the server, `live` or `test`'),
  account: z.string().exactOptional().describe('the account that the gateway\'s own credential belongs to at the server, where the configuration names it (`servers.*.account`)'),
  call: z.string().describe('the MCP method, or `http/stream`, `http/end`, `http/status`, `http/malformed`, or HTTP method and path where no call was read'),
  target: z.string().exactOptional().describe('the tool, resource or prompt'),
  arguments: z.json().exactOptional().describe('the arguments of a tool call, redacted and bounded; of an operation, which rights, limits, times and owner were given'),
  annotation: z.enum(['read-only', 'write', 'destructive']).exactOptional().describe('what the server had claimed of the tool: `read-only`, `write` or `destructive`'),
  changed: changed.exactOptional().describe('what an operation has made or changed: `count`, and `ids` of the first hundred'),
  dryRun: z.boolean().exactOptional().describe('true when an operation was only asked what it would do'),
  decision: z.enum(['allow', 'deny', 'error']).describe('`allow`; `deny`, which is the caller\'s doing; `error`, which is anybody else\'s'),
  policy: z.string().exactOptional().describe('the version of the rules that decided ([rules.md](rules.md))'),
  rule: z.string().exactOptional().describe('the permission that allowed it and where it comes from, such as `role reader: crm:get_*`, or the rule that decided, such as `rule office hours`'),
  shadow: shadow.exactOptional().describe('what a second policy that only watches would have decided otherwise: its version as `policy`, `decision` and `rule` ([rules.md](rules.md#a-second-policy-that-only-watches))'),
  code: z.string().exactOptional().describe('the error\'s code ([errors.md](errors.md))'),
  reason: z.string().exactOptional().describe('the private reason of a refusal, which the caller was not told'),
  status: z.number().int().min(100).max(599).exactOptional().describe('the HTTP status of the reply'),
  toolError: z.literal(true).exactOptional().describe('true when the call was let in and its result says that the tool failed (`isError`)'),
  durationMs: duration.exactOptional().describe('from the request to the end of the reply, streams included'),
  authMs: duration.exactOptional().describe('of it, until the caller was known'),
  policyMs: duration.exactOptional().describe('from there until the call was decided, the reading of the body included'),
  upstreamMs: duration.exactOptional().describe('from there until the server began to answer'),
  traceId: z.string().regex(/^[0-9a-f]{32}$/).exactOptional().describe('the trace that the request belongs to, as its caller says in `params._meta` or in the header `traceparent`; of one that begins here, where traces are told ([tracing.md](tracing.md))'),
  parentSpanId: z.string().regex(/^[0-9a-f]{16}$/).exactOptional().describe('the caller\'s span in that trace'),
  traceSampled: z.literal(true).exactOptional().describe('true when the spans of that trace are kept'),
  ended: z.string().exactOptional().describe('how a stream ended, if not by itself: `client-gone`, `revoked`, `stopping`, `reconfigured`, `upstream-failed` or `broken`'),
} satisfies Readonly<Record<keyof AuditEvent, z.ZodType>>;

const hash = z.string().regex(/^[\w-]{43}$/);

/** The place of a record in its chain; records of versions before the chains have none. */
const place = {
  writer: z.enum(['gateway', 'terminal', 'retention']).exactOptional().describe('which chain the record stands in ([Proving it](#proving-it))'),
  seq: z.number().int().min(1).exactOptional().describe('its number there'),
  hash: hash.exactOptional().describe('the SHA-256 over the hash before it and all that the record says'),
  after: z.record(z.string(), z.number().int().min(0)).exactOptional().describe('how far the other chains were, of a record that was not written by the gateway'),
};

const ofTheTrail = { v: members.v, at: members.at, ...place };

const link = z.strictObject({ seq: z.number().int().min(0), hash });

const kinds = z.enum(RECORD_CLASSES);

/** A record about a request. */
export const eventSchema = z.strictObject({ ...members, ...place });

/** Everything that stands in the trail, version 1. */
export const recordSchema = z.union([
  eventSchema,
  z.strictObject({ ...ofTheTrail, type: z.literal('checkpoint'), heads: z.record(z.string(), link), keyId: z.string(), signature: z.string() }).describe('how far the chains went, signed (Ed25519)'),
  z.strictObject({ ...ofTheTrail, type: z.literal('pruning'), counts: z.partialRecord(kinds, z.number().int().min(1)), digest: hash }).describe('which records were forgotten, and a digest over what is left of them'),
  z.strictObject({ ...ofTheTrail, type: z.literal('pruned'), class: kinds, by: z.number().int().min(1) }).describe('what is left of a record that was forgotten'),
]);

/** Members may be added within version 1: whoever reads goes on when there is one they do not know. */
const open = (schema: JsonObject): JsonObject => {
  const { anyOf } = schema;
  return { ...schema, anyOf: Array.isArray(anyOf) ? anyOf.map((one) => (isJsonObject(one) ? { ...one, additionalProperties: true } : one)) : [] };
};

/** docs/audit.schema.json, whole. */
export const renderRecordSchema = (): JsonObject => {
  const { $schema, ...schema } = z.toJSONSchema(recordSchema);
  // zod's type has members such as `~standard` that JSON does not; the text holds only JSON.
  const plain = JSON.parse(JSON.stringify(schema)) as JsonObject;
  return { $schema: String($schema), $id: 'https://sallyport.dev/audit.schema.json', title: 'Record of the audit trail of Sallyport, version 1', ...open(plain) };
};

const BEGIN = '<!-- record: written by "npm run docs" from src/admin/audit/record-schema.ts -->';
const END = '<!-- end of record -->';

/** docs/audit.md with its table of members as they are now. */
export const withRecordTable = (guide: string): string => {
  const [before = '', rest = ''] = guide.split(BEGIN);
  const rows = Object.entries(eventSchema.shape).map(([name, schema]) => `| \`${name}\` | ${schema.description ?? ''} |`);
  return `${before}${BEGIN}\n\n${['| member | meaning |', '|---|---|', ...rows].join('\n')}\n\n${END}${rest.slice(rest.indexOf(END) + END.length)}`;
};
