import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { answer, noSuchCustomer, sorry } from './answers.ts';
import { customerSchema, teams } from './customers.ts';
import type { CustomerBook } from './customers.ts';
import { reportKinds, writeReport } from './reports.ts';

const id = z.string().describe('Customer id, such as cust_789');
const ofTeam = z.enum(teams).optional().describe('Only if this team owns the customer; otherwise nothing is changed');
const changes = customerSchema.omit({ id: true, since: true }).partial();

/** An optional field that was not given may be there as `undefined`; it must not erase what is known. */
function given(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function registerUpdateCustomer(server: McpServer, book: CustomerBook): void {
  const about = {
    title: 'Update a customer',
    description: 'Changes the given fields of one customer, leaves the others as they are, and returns the result.',
    inputSchema: changes.extend({ id, ofTeam }),
    outputSchema: customerSchema,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  };
  server.registerTool('update_customer', about, ({ id: wanted, ofTeam: owner, ...fields }) => {
    const customer = book.find(wanted);
    if (customer === undefined) return sorry(noSuchCustomer(wanted));
    if (owner !== undefined && customer.team !== owner) return sorry(`${wanted} is not a customer of the team ${owner}; nothing was changed.`);
    const changed = given(fields);
    const names = Object.keys(changes.shape).join(', ');
    if (Object.keys(changed).length === 0) return sorry(`Nothing to change was given. Give at least one of: ${names}.`);
    const updated = customerSchema.parse({ ...customer, ...changed });
    book.put(updated);
    return answer(updated);
  });
}

function registerDeleteCustomer(server: McpServer, book: CustomerBook): void {
  const about = {
    title: 'Delete a customer',
    description: 'Deletes one customer for good. There is no way to undo this, so ask the user before calling it.',
    inputSchema: z.object({ id }),
    outputSchema: z.object({ deleted: customerSchema.pick({ id: true, name: true }) }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  };
  server.registerTool('delete_customer', about, ({ id: wanted }) => {
    const customer = book.find(wanted);
    if (customer === undefined) return sorry(noSuchCustomer(wanted));
    book.remove(wanted);
    server.sendResourceListChanged();
    return answer({ deleted: { id: customer.id, name: customer.name } });
  });
}

function registerExportReport(server: McpServer, book: CustomerBook): void {
  const about = {
    title: 'Export a report',
    description: 'Writes a report about all customers as CSV, for use outside of the CRM.',
    inputSchema: z.object({ kind: z.enum(reportKinds).describe('customers: who they are; receivables: who owes how much') }),
    outputSchema: z.object({ fileName: z.string(), mediaType: z.string(), rows: z.number(), text: z.string() }),
    // Nothing is changed in here, but data leaves: whoever may read one customer may not yet take all of them away.
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  };
  server.registerTool('export_report', about, ({ kind }) => answer(writeReport(kind, book.all())));
}

export function registerChangeTools(server: McpServer, book: CustomerBook): void {
  registerUpdateCustomer(server, book);
  registerDeleteCustomer(server, book);
  registerExportReport(server, book);
}
