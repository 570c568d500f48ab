import { z } from 'zod';

export const invoiceSchema = z.object({
  number: z.string().describe('Invoice number'),
  customerId: z.string(),
  issued: z.string().describe('Date of issue'),
  amount: z.number().describe('Amount in euros'),
  status: z.enum(['paid', 'open', 'overdue']),
});

export type Invoice = z.infer<typeof invoiceSchema>;

type Row = readonly [number: string, customerId: string, issued: string, amount: number, status: Invoice['status']];

const rows: readonly Row[] = [
  ['INV-2026-0117', 'cust_001', '2026-03-14', 48_000, 'paid'],
  ['INV-2026-0402', 'cust_001', '2026-09-14', 12_400, 'open'],
  ['INV-2026-0203', 'cust_002', '2026-05-01', 9600, 'paid'],
  ['INV-2026-0391', 'cust_002', '2026-09-01', 9600, 'paid'],
  ['INV-2025-0988', 'cust_003', '2025-11-22', 72_000, 'paid'],
  ['INV-2026-0311', 'cust_005', '2026-06-30', 65_000, 'overdue'],
  ['INV-2026-0098', 'cust_006', '2026-02-19', 14_300, 'paid'],
  ['INV-2026-0021', 'cust_007', '2026-01-09', 2400, 'paid'],
  ['INV-2026-0377', 'cust_789', '2026-08-27', 310, 'overdue'],
  ['INV-2026-0451', 'cust_789', '2026-11-03', 310, 'open'],
];

export const invoices: readonly Invoice[] = rows.map(([number, customerId, issued, amount, status]) => {
  return { number, customerId, issued, amount, status };
});

export const invoicesOf = (customerId: string): Invoice[] => invoices.filter((invoice) => invoice.customerId === customerId);

/** What has been billed and not been paid. */
export function outstanding(some: readonly Invoice[]): number {
  return some.filter(({ status }) => status !== 'paid').reduce((sum, { amount }) => sum + amount, 0);
}
