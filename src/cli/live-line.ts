import type { AuditEvent } from '../model/audit-event.ts';
import { printable } from '../model/redaction.ts';
import { actorOf, deedOf, sentenceOf } from '../model/sentence.ts';
import type { painter } from './terminal.ts';

const MARKS = { allow: '', deny: ' ✗', error: ' !' } as const;
const COLOURS = { allow: 'green', deny: 'yellow', error: 'red' } as const;

type Paint = ReturnType<typeof painter>;

const outcome = (event: AuditEvent, paint: Paint): string => paint(COLOURS[event.decision], `${event.decision}${MARKS[event.decision]}${event.code === undefined ? '' : ` ${event.code}`}`);

const duration = (event: AuditEvent): string => (event.durationMs === undefined ? '' : `  ${String(Math.max(1, Math.round(event.durationMs)))} ms`);

/** One line of the live stream: `10:42:07  you via curl  called delete_customer {"id":"cust_789"} on crm  allow  3 ms`. */
export const liveLine = (event: AuditEvent, paint: Paint): string => {
  const time = new Date(event.at).toTimeString().slice(0, 8);
  const client = event.client === undefined ? '' : ` via ${printable(event.client)}`;
  return `${paint('dim', time)}  ${actorOf(event)}${client}  ${deedOf(event)}  ${outcome(event, paint)}${paint('dim', duration(event))}`;
};

/** One line of `sallyport audit`: the time, the sentence of R71, the decision and its rule. */
export const auditLine = (event: AuditEvent, paint: Paint): string => {
  const rule = event.rule === undefined ? '' : ` by ${printable(event.rule)}`;
  const why = event.decision === 'allow' || event.reason === undefined ? '' : ` (${printable(event.reason)})`;
  const kind = event.type === 'intent' ? 'intent' : outcome(event, paint);
  return `${paint('dim', event.at)} ${sentenceOf(event)}, ${kind}${event.type === 'intent' ? '' : rule}${why}${paint('dim', duration(event))} ${paint('dim', event.id)}`;
};
