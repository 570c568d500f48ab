import type { AuditEvent } from './audit-event.ts';
import { NO_IDENTITY } from './principal.ts';
import { printable } from './redaction.ts';

/** What a call did, in words; methods not named here are said by their name. */
const VERBS: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'called'],
  ['resources/read', 'read'],
  ['prompts/get', 'got prompt'],
  ['tools/list', 'listed tools'],
  ['resources/list', 'listed resources'],
  ['resources/templates/list', 'listed resource templates'],
  ['prompts/list', 'listed prompts'],
  ['initialize', 'opened a session'],
  ['server/discover', 'asked what the server can do'],
  ['http/stream', 'opened a stream'],
  ['http/end', 'ended a session'],
  ['http/status', 'asked for status'],
  ['tls/handshake', 'failed to connect by TLS'],
]);

/** Who acted: the person or service with the display group of R71, never a bare key (R72), or that nobody is known (D2). Safe to print. */
export const actorOf = (event: AuditEvent): string => {
  if (event.who === undefined) return `somebody at ${printable(event.address)}`;
  if (event.who === NO_IDENTITY) return printable(`${NO_IDENTITY} (key "${event.name ?? ''}")`);
  return printable(event.group === undefined ? event.who : `${event.who} (${event.group})`);
};

/** An operation of the admin plane is said as it is typed: `ran keys revoke key_1 on admin`; a dry run is `tried out`. */
const verbFor = ({ call, dryRun }: AuditEvent): string => VERBS.get(call) ?? (call.startsWith('admin/') ? `${dryRun === true ? 'tried out' : 'ran'} ${call.slice('admin/'.length).replaceAll('/', ' ')}` : `sent ${call}`);

/** So many ids are said; the record has more of them. */
const MOST_SAID = 3;

const changedText = ({ changed }: AuditEvent): string => {
  if (changed === undefined) return '';
  const [said, more] = [changed.ids.slice(0, MOST_SAID), changed.count - Math.min(changed.ids.length, MOST_SAID)];
  return ` → ${said.join(' ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
};

/** What was done: `called delete_customer {"id":"cust_789"} on crm`. Safe to print: what the caller chose is escaped. */
export const deedOf = (event: AuditEvent): string => {
  const target = event.target === undefined ? '' : ` ${event.target}`;
  const values = event.arguments === undefined ? '' : ` ${JSON.stringify(event.arguments)}`;
  const server = event.server === undefined ? '' : ` on ${event.server}`;
  return printable(`${verbFor(event)}${target}${values}${server}${changedText(event)}`);
};

/** The record as a sentence: `alice@company.com (Engineering) called delete_customer {"id":"cust_789"} on crm` (R71, R72). */
export const sentenceOf = (event: AuditEvent): string => `${actorOf(event)} ${deedOf(event)}${event.client === undefined ? '' : ` via ${printable(event.client)}`}`;
