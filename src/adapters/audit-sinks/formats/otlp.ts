import { AUDIT_SCHEMA, type AuditEvent } from '../../../model/audit-event.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { sentenceOf } from '../../../model/sentence.ts';
import { otlpValue } from './otlp-value.ts';

/** Names of the semantic conventions where there is one; every other member is `sallyport.` and its name. */
const CONVENTIONS: Readonly<Record<string, string>> = { who: 'user.id', address: 'client.address', client: 'user_agent.name', call: 'mcp.method.name', status: 'http.response.status_code', code: 'error.type' };

/** INFO, WARN and ERROR of the log data model. */
const SEVERITY = { allow: [9, 'INFO'], deny: [13, 'WARN'], error: [17, 'ERROR'] } as const;

/** Said by the record itself. */
const ELSEWHERE: ReadonlySet<string> = new Set(['v', 'at', 'type', 'traceId', 'traceSampled']);

const nameOf = (member: string, { call }: AuditEvent): string => (member === 'target' && call === 'tools/call' ? 'gen_ai.tool.name' : (CONVENTIONS[member] ?? `sallyport.${member}`));

const attributesOf = (event: AuditEvent): readonly JsonObject[] =>
  Object.entries(event as unknown as Readonly<Record<string, JsonValue | undefined>>) // a record is JSON
    .flatMap(([member, value]) => (value === undefined || ELSEWHERE.has(member) ? [] : [{ key: nameOf(member, event), value: otlpValue(value) }]));

/** The trace that a record belongs to has a place of its own in the log data model. */
const traceOf = ({ traceId, traceSampled }: AuditEvent): JsonObject => (traceId === undefined ? {} : { traceId, flags: traceSampled === true ? 1 : 0 });

const logRecord = (event: AuditEvent): JsonObject => {
  const [severityNumber, severityText] = SEVERITY[event.decision];
  const nanoseconds = `${String(Date.parse(event.at))}000000`;
  return { timeUnixNano: nanoseconds, observedTimeUnixNano: nanoseconds, severityNumber, severityText, eventName: `sallyport.audit.${event.type}`, body: { stringValue: sentenceOf(event) }, attributes: attributesOf(event), ...traceOf(event) };
};

/** Records as one request of OTLP/HTTP in JSON (`ExportLogsServiceRequest`). */
export const otlpRequest = (events: readonly AuditEvent[]): JsonObject => ({
  resourceLogs: [{
    resource: { attributes: [{ key: 'service.name', value: { stringValue: 'sallyport' } }] },
    scopeLogs: [{ scope: { name: 'sallyport.audit', version: String(AUDIT_SCHEMA) }, logRecords: events.map(logRecord) }],
  }],
});
