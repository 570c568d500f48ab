import type { AuditEvent } from '../../model/audit-event.ts';

/** What a field of the filter looks at in a record: any of these texts. */
type TextsOf = (event: AuditEvent) => readonly (string | number | undefined)[];

/** The fields by which records are looked for; each names one thing that people ask about, and may look at several members. */
const FIELDS = {
  who: ({ who }) => [who],
  group: ({ group, groups = [] }) => [group, ...groups],
  key: ({ credential, key, name }) => [credential, key, name],
  client: ({ client, clientId }) => [client, clientId],
  via: ({ via, method }) => [via, method],
  address: ({ address }) => [address],
  server: ({ server }) => [server],
  account: ({ account }) => [account],
  tool: ({ call, target }) => [call === 'tools/call' ? target : undefined],
  target: ({ target }) => [target],
  call: ({ call }) => [call],
  decision: ({ decision }) => [decision],
  rule: ({ rule }) => [rule],
  code: ({ code }) => [code],
  status: ({ status }) => [status],
  id: ({ id }) => [id],
  trace: ({ traceId }) => [traceId],
} as const satisfies Readonly<Record<string, TextsOf>>;

export type FieldName = keyof typeof FIELDS;

/** Fields that say when, and not what. */
export const TIMES = ['since', 'until'] as const;

export type TimeName = (typeof TIMES)[number];

/** Every name that may stand before a colon. */
export const NAMES: readonly string[] = [...Object.keys(FIELDS), ...TIMES];

export const isField = (name: string): name is FieldName => Object.hasOwn(FIELDS, name);

export const isTime = (name: string): name is TimeName => TIMES.some((one) => one === name);

/** What a record says under a field, in lower case. */
export const textsUnder = (field: FieldName, event: AuditEvent): readonly string[] => FIELDS[field](event).flatMap((text) => (text === undefined ? [] : [String(text).toLowerCase()]));

/** Fields that have few values, so that any other is a slip. */
export const CHOICES: Readonly<Partial<Record<FieldName, readonly string[]>>> = { decision: ['allow', 'deny', 'error'] };
