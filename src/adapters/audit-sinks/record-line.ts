import type { AuditEvent } from '../../model/audit-event.ts';

/** Nothing in it has to be escaped (RFC 8259 §7): ASCII without controls, quotation mark and backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

const text = (name: string, value: string | undefined): string => (value === undefined ? '' : `,"${name}":${quoted(value)}`);

const value = (name: string, member: unknown): string => (member === undefined ? '' : `,"${name}":${JSON.stringify(member)}`);

/** `.001` to `.999` without trailing zeros, and nothing for a whole number. */
const FRACTIONS: readonly string[] = Array.from({ length: 1000 }, (_, thousandths) => String(thousandths / 1000).slice(1));

const MOST_MICROS = 2 ** 30;

/** A duration in milliseconds. They are written to the microsecond, and as whole numbers those need no search for the shortest decimal fraction. */
const millis = (name: string, ms: number | undefined): string => {
  if (ms === undefined) return '';
  const micros = Math.round(ms * 1000);
  if (!(micros >= 0 && micros < MOST_MICROS && micros / 1000 === ms)) return value(name, ms);
  const whole = Math.trunc(micros / 1000);
  return `,"${name}":${String(whole)}${FRACTIONS[micros - whole * 1000] ?? ''}`;
};

const callerText = (event: AuditEvent): string => {
  const { who, name, group, groups, credential, roles, whole, method, via, issuer, clientId, token, key } = event;
  const person = text('who', who) + text('name', name) + text('group', group) + value('groups', groups) + text('credential', credential) + value('roles', roles);
  return person + value('whole', whole) + text('method', method) + text('via', via) + text('issuer', issuer) + text('clientId', clientId) + text('token', token) + text('key', key);
};

/** Lists are compared as the objects they are: those of one principal are the same in each of its records. */
const isSameCaller = (one: AuditEvent, other: AuditEvent): boolean =>
  one.who === other.who && one.name === other.name && one.group === other.group && one.groups === other.groups && one.roles === other.roles && one.whole === other.whole &&
  one.method === other.method && one.via === other.via && one.issuer === other.issuer && one.clientId === other.clientId && one.token === other.token && one.key === other.key;

const whereText = ({ certificate, address, client, server, environment, account, call, target, annotation }: AuditEvent): string => {
  const where = value('certificate', certificate) + text('address', address) + text('client', client) + text('server', server) + text('environment', environment) + text('account', account);
  return where + text('call', call) + text('target', target) + text('annotation', annotation);
};

const isSameWhere = (one: AuditEvent, other: AuditEvent): boolean =>
  one.certificate === other.certificate && one.address === other.address && one.client === other.client && one.server === other.server && one.environment === other.environment &&
  one.account === other.account && one.call === other.call && one.target === other.target && one.annotation === other.annotation;

const argumentText = (event: AuditEvent): string => value('arguments', event.arguments) + value('dryRun', event.dryRun) + value('changed', event.changed);

const outcomeText = ({ decision, policy, rule, shadow, code, reason, status, toolError, durationMs, authMs, policyMs, upstreamMs, traceId, parentSpanId, traceSampled, ended }: AuditEvent): string => {
  const decided = `,"decision":"${decision}"` + text('policy', policy) + text('rule', rule) + value('shadow', shadow) + text('code', code) + text('reason', reason);
  const times = millis('durationMs', durationMs) + millis('authMs', authMs) + millis('policyMs', policyMs) + millis('upstreamMs', upstreamMs);
  const trace = traceId === undefined ? '' : text('traceId', traceId) + text('parentSpanId', parentSpanId) + value('traceSampled', traceSampled);
  return decided + value('status', status) + value('toolError', toolError) + times + trace + text('ended', ended);
};

const MOST_CALLERS = 1_000;

/**
 * Writes records as JSON.stringify would, at less than half its cost: most texts need no escape, and what is said of a caller is the same
 * in each record of a credential. Members stand in the order of `blank()` in stages/audit/describe.ts.
 * @returns one line without its last brace, because the place of the record in its chain comes before that one
 */
export const buildRecordLine = (): ((event: AuditEvent) => string) => {
  const callers = new Map<string, { readonly like: AuditEvent; readonly text: string }>();
  const callerOf = (event: AuditEvent): string => {
    const { credential } = event;
    if (credential === undefined) return callerText(event);
    const known = callers.get(credential);
    if (known !== undefined && isSameCaller(known.like, event)) return known.text;
    if (callers.size >= MOST_CALLERS) callers.clear();
    const made = callerText(event);
    callers.set(credential, { like: event, text: made });
    return made;
  };
  // A call comes behind its intent, and often behind another one like it.
  let last: { readonly like: AuditEvent; readonly text: string } | undefined;
  const whereOf = (event: AuditEvent): string => {
    if (last === undefined || !isSameWhere(last.like, event)) last = { like: event, text: whereText(event) };
    return last.text;
  };
  return (event) => `{"v":${String(event.v)}${text('id', event.id)},"type":"${event.type}"${text('at', event.at)}${callerOf(event)}${whereOf(event)}${argumentText(event)}${outcomeText(event)}`;
};
