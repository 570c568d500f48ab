import { isIP } from 'node:net';
import { AUDIT_SCHEMA, type AuditEvent } from '../../../model/audit-event.ts';
import { printable } from '../../../model/redaction.ts';
import { sentenceOf } from '../../../model/sentence.ts';

/** Of the header, `|` and `\` are escaped, of the extension `=`, `\` and line ends (CEF, "Character encoding"). What a caller chose is made visible first. */
const inHeader = (text: string): string => printable(text).replaceAll(/[\\|]/g, '\\$&');

const inExtension = (text: string): string => printable(text).replaceAll(/[\\=]/g, '\\$&');

const SEVERITY = { allow: 3, deny: 6, error: 8 } as const;

const OUTCOME = { allow: 'success', deny: 'failure', error: 'failure' } as const;

type Value = string | number | undefined;

/** CEF's own names where there is one, and its six free texts for the rest. */
const extensionOf = (event: AuditEvent): Readonly<Record<string, Value>> => ({
  rt: Date.parse(event.at),
  externalId: event.id,
  act: event.type === 'intent' ? 'intent' : event.decision,
  outcome: event.type === 'intent' ? undefined : OUTCOME[event.decision],
  suser: event.who,
  suid: event.credential,
  // A name of no address, such as that of a terminal, would be refused by whoever reads addresses here.
  src: isIP(event.address) === 0 ? undefined : event.address,
  shost: isIP(event.address) === 0 ? event.address : undefined,
  requestClientApplication: event.client,
  destinationServiceName: event.server,
  duser: event.account,
  requestMethod: event.call,
  reason: event.reason,
  cs1: event.target, cs1Label: event.target === undefined ? undefined : 'target',
  cs2: event.rule, cs2Label: event.rule === undefined ? undefined : 'rule',
  cs3: event.method, cs3Label: event.method === undefined ? undefined : 'method',
  cs4: event.clientId, cs4Label: event.clientId === undefined ? undefined : 'oauthClient',
  cs5: event.policy, cs5Label: event.policy === undefined ? undefined : 'policy',
  cs6: event.group, cs6Label: event.group === undefined ? undefined : 'group',
  cn1: event.status, cn1Label: event.status === undefined ? undefined : 'httpStatus',
  cn2: event.durationMs === undefined ? undefined : Math.round(event.durationMs), cn2Label: event.durationMs === undefined ? undefined : 'durationMs',
  msg: sentenceOf(event),
});

/** A record in ArcSight's Common Event Format, version 0. The device's version is that of the records. */
export const cefOf = (event: AuditEvent): string => {
  const header = ['CEF:0', 'Sallyport', 'Sallyport', String(AUDIT_SCHEMA), inHeader(event.code ?? event.call), inHeader(`${event.call} ${event.decision}`), String(SEVERITY[event.decision])];
  const extension = Object.entries(extensionOf(event)).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${inExtension(String(value))}`]));
  return `${header.join('|')}|${extension.join(' ')}`;
};
