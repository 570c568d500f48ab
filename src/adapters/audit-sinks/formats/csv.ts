import type { AuditEvent } from '../../../model/audit-event.ts';
import { sentenceOf } from '../../../model/sentence.ts';

type Cell = string | number | boolean | undefined;

/** The columns, in their order: one that is added goes to the end, because spreadsheets count them. */
const COLUMNS: Readonly<Record<string, (event: AuditEvent) => Cell>> = {
  at: ({ at }) => at,
  id: ({ id }) => id,
  who: ({ who }) => who,
  group: ({ group }) => group,
  name: ({ name }) => name,
  credential: ({ credential }) => credential,
  key: ({ key }) => key,
  method: ({ method }) => method,
  via: ({ via }) => via,
  issuer: ({ issuer }) => issuer,
  clientId: ({ clientId }) => clientId,
  client: ({ client }) => client,
  address: ({ address }) => address,
  server: ({ server }) => server,
  environment: ({ environment }) => environment,
  account: ({ account }) => account,
  call: ({ call }) => call,
  target: ({ target }) => target,
  arguments: (event) => (event.arguments === undefined ? undefined : JSON.stringify(event.arguments)),
  decision: ({ decision }) => decision,
  rule: ({ rule }) => rule,
  policy: ({ policy }) => policy,
  code: ({ code }) => code,
  reason: ({ reason }) => reason,
  status: ({ status }) => status,
  durationMs: ({ durationMs }) => durationMs,
  ended: ({ ended }) => ended,
  type: ({ type }) => type,
  sentence: (event) => sentenceOf(event),
  traceId: ({ traceId }) => traceId,
};

/**
 * What a spreadsheet would take for a formula: a caller chooses tools and arguments, and an auditor opens the file. The apostrophe that is
 * put before it says that it is text.
 */
const FORMULA = /^[\s\0]*[=+\-@\uff0b\uff0d\uff1d\uff20|]/u;

/** A cell by RFC 4180 §2; a number is nobody's choice and stays one. */
const cellOf = (cell: Cell): string => {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || text !== cell ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A row of a table (RFC 4180 §2). */
export const csvRow = (cells: readonly Cell[]): string => `${cells.map(cellOf).join(',')}\r\n`;

/** The first line of a file (RFC 4180 §2.3). */
export const CSV_HEADER = csvRow(Object.keys(COLUMNS));

/** A record as a line of CSV. */
export const csvLine = (event: AuditEvent): string => csvRow(Object.values(COLUMNS).map((column) => column(event)));
