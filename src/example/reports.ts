import type { Customer } from './customers.ts';
import { invoicesOf, outstanding } from './invoices.ts';

export const reportKinds = ['customers', 'receivables'] as const;
export type ReportKind = (typeof reportKinds)[number];

type Line = readonly (string | number)[];

const reports: Record<ReportKind, { readonly heading: Line; readonly line: (customer: Customer) => Line }> = {
  customers: {
    heading: ['id', 'name', 'contact', 'email', 'team', 'plan', 'status'],
    line: ({ id, name, contact, email, team, plan, status }) => [id, name, contact, email, team, plan, status],
  },
  receivables: {
    heading: ['id', 'name', 'team', 'outstanding_eur'],
    line: ({ id, name, team }) => [id, name, team, outstanding(invoicesOf(id))],
  },
};

/** RFC 4180 section 2: a field with a quote, a comma or a line break in it is quoted, and its quotes are doubled. */
function field(value: string | number): string {
  const text = String(value);
  return /["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function writeReport(kind: ReportKind, customers: readonly Customer[]) {
  const { heading, line } = reports[kind];
  const lines = [heading, ...customers.map(line)].map((fields) => fields.map(field).join(','));
  return { fileName: `${kind}.csv`, mediaType: 'text/csv', rows: customers.length, text: `${lines.join('\r\n')}\r\n` };
}
