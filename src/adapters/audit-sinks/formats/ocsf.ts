import { isIP } from 'node:net';
import type { AuditEvent } from '../../../model/audit-event.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { sentenceOf } from '../../../model/sentence.ts';

/** The version of the Open Cybersecurity Schema Framework that the members are named after. */
const OCSF_VERSION = '1.3.0';

/** An event class of OCSF, and what happened in its terms. */
interface Kind {
  readonly category: number;
  readonly categoryName: string;
  readonly class: number;
  readonly className: string;
  readonly activity: number;
  readonly activityName: string;
}

/** Account Change (3001), by the last word of the operation. */
const ACCOUNT_CHANGES: ReadonlyMap<string, readonly [number, string]> = new Map([
  ['create', [1, 'Create']], ['enable', [2, 'Enable']], ['release', [2, 'Enable']], ['rotate', [4, 'Password Reset']], ['rotate-all', [4, 'Password Reset']],
  ['disable', [5, 'Disable']], ['revoke', [6, 'Delete']], ['revoke-all', [6, 'Delete']], ['allow', [7, 'Attach Policy']], ['narrow', [8, 'Detach Policy']], ['report-leak', [9, 'Lock']],
]);

/** Of operations, those that only look are calls of an API like others. */
const LOOKS = /\/(?:list|show|unused|suggest|export)$/;

const isAccountChange = ({ call }: AuditEvent): boolean => /^admin\/(?:keys|people)\//.test(call) && !LOOKS.test(call);

/** Whoever was not proven, or asked to be: sign-ins and the endpoints of the authorization server. */
const isAuthentication = ({ code = '', call }: AuditEvent): boolean => /^(?:credential|token|certificate|login|idp|session|oauth|refresh)\./.test(code) || /^(?:(?:GET|POST) \/(?:auth|oauth)\/|provider\/check$)/.test(call);

const READS = /^(?:ping|initialize|server\/discover|(?:tools|prompts|resources|resources\/templates|tasks)\/(?:list|get|read)|completion\/complete|http\/(?:stream|status)|GET .*)$/;

const apiActivity = ({ call, annotation }: AuditEvent): readonly [number, string] => {
  if (READS.test(call) || LOOKS.test(call) || annotation === 'read-only') return [2, 'Read'];
  if (annotation === 'destructive') return [4, 'Delete'];
  return annotation === 'write' ? [3, 'Update'] : [99, 'Other'];
};

const kindOf = (event: AuditEvent): Kind => {
  if (isAccountChange(event)) {
    const [activity, activityName] = ACCOUNT_CHANGES.get(event.call.slice(event.call.lastIndexOf('/') + 1)) ?? [99, 'Other'];
    return { category: 3, categoryName: 'Identity & Access Management', class: 3001, className: 'Account Change', activity, activityName };
  }
  if (isAuthentication(event)) return { category: 3, categoryName: 'Identity & Access Management', class: 3002, className: 'Authentication', activity: 1, activityName: 'Logon' };
  const [activity, activityName] = apiActivity(event);
  return { category: 6, categoryName: 'Application Activity', class: 6003, className: 'API Activity', activity, activityName };
};

const SEVERITY = { allow: [1, 'Informational'], deny: [3, 'Medium'], error: [4, 'High'] } as const;

const withoutAbsent = (members: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));

const userOf = ({ who, groups, credential }: AuditEvent): JsonObject =>
  withoutAbsent({ name: who ?? 'unknown', uid: who, credential_uid: credential, groups: groups?.map((name) => ({ name })) });

/** Whose account was changed is what the operation was about. */
const changedUser = ({ target, changed }: AuditEvent): JsonObject => withoutAbsent({ name: target ?? changed?.ids[0] ?? 'unknown', uid: changed?.ids[0] ?? target });

const actorOf = (event: AuditEvent): JsonObject => withoutAbsent({ user: userOf(event), app_name: event.client, app_uid: event.clientId, authorizations: event.rule === undefined ? undefined : [{ decision: event.decision, policy: withoutAbsent({ name: event.rule, uid: event.policy }) }] });

/** What the three classes have in common. */
const baseOf = (event: AuditEvent, kind: Kind): JsonObject => {
  const [severity, severityName] = SEVERITY[event.decision];
  const isIntent = event.type === 'intent';
  return withoutAbsent({
    category_uid: kind.category, category_name: kind.categoryName, class_uid: kind.class, class_name: kind.className,
    activity_id: kind.activity, activity_name: kind.activityName, type_uid: kind.class * 100 + kind.activity, type_name: `${kind.className}: ${kind.activityName}`,
    time: Date.parse(event.at), duration: event.durationMs === undefined ? undefined : Math.round(event.durationMs), message: sentenceOf(event),
    severity_id: severity, severity: severityName,
    status_id: isIntent ? 0 : event.decision === 'allow' ? 1 : 2, status: isIntent ? 'Unknown' : event.decision === 'allow' ? 'Success' : 'Failure', status_code: event.code, status_detail: event.reason,
    metadata: { version: OCSF_VERSION, uid: `${event.id}/${event.type}`, correlation_uid: event.id, log_name: 'audit', log_version: String(event.v), product: { name: 'Sallyport', vendor_name: 'Sallyport' } },
    src_endpoint: isIP(event.address) === 0 ? { name: event.address } : { ip: event.address },
    // What has no member of its own is kept whole, so that nothing of the trail is lost on the way.
    unmapped: { ...event } as unknown as JsonObject, // a record is JSON
  });
};

const apiOf = ({ call, server = 'none', id, code }: AuditEvent): JsonObject =>
  withoutAbsent({ operation: call, service: { name: server }, request: { uid: id }, response: code === undefined ? undefined : { error: code } });

/** A record as an event of OCSF: API Activity (6003), Authentication (3002) or Account Change (3001). */
export const ocsfOf = (event: AuditEvent): JsonObject => {
  const kind = kindOf(event);
  const base = baseOf(event, kind);
  if (kind.class === 3001) return { ...base, actor: actorOf(event), user: changedUser(event) };
  if (kind.class === 3002) return { ...base, actor: actorOf(event), user: userOf(event), service: { name: event.server ?? 'sallyport' }, is_remote: true };
  return { ...base, actor: actorOf(event), api: apiOf(event), ...(event.target === undefined ? {} : { resources: [{ name: event.target, type: event.call.split('/')[0] ?? '' }] }) };
};
