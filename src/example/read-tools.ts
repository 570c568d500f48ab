import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { answer, noSuchCustomer, sorry } from './answers.ts';
import { customerSchema, teams } from './customers.ts';
import type { Customer, CustomerBook } from './customers.ts';
import { invoiceSchema, invoicesOf, outstanding } from './invoices.ts';

const readOnly = { readOnlyHint: true, openWorldHint: false };
const summarySchema = customerSchema.pick({ id: true, name: true, team: true, status: true });
const byId = z.object({ id: z.string().describe('Customer id, such as cust_789') });

const filters = z.object({
  team: z.enum(teams).optional().describe('Only customers that this team owns'),
  status: customerSchema.shape.status.optional().describe('Only customers that stand here'),
  search: z.string().optional().describe('Only customers whose name contains this text'),
});

function matches(customer: Customer, { team, status, search }: z.infer<typeof filters>): boolean {
  if (team !== undefined && customer.team !== team) return false;
  if (status !== undefined && customer.status !== status) return false;
  return search === undefined || customer.name.toLowerCase().includes(search.toLowerCase());
}

function registerGetCustomer(server: McpServer, book: CustomerBook): void {
  const about = {
    title: 'Get a customer',
    description: 'Returns everything known about one customer: contact, owning team, plan, status and notes.',
    inputSchema: byId,
    outputSchema: customerSchema,
    annotations: readOnly,
  };
  server.registerTool('get_customer', about, ({ id }) => {
    const customer = book.find(id);
    return customer === undefined ? sorry(noSuchCustomer(id)) : answer(customer);
  });
}

function registerListCustomers(server: McpServer, book: CustomerBook): void {
  const about = {
    title: 'List customers',
    description: 'Lists customers with id, name, owning team and status. Without filters it lists all of them.',
    inputSchema: filters,
    outputSchema: z.object({ customers: z.array(summarySchema) }),
    annotations: readOnly,
  };
  server.registerTool('list_customers', about, (filter) => {
    const found = book.all().filter((customer) => matches(customer, filter));
    return answer({ customers: found.map(({ id, name, team, status }) => ({ id, name, team, status })) });
  });
}

function registerFinancialRecords(server: McpServer, book: CustomerBook): void {
  const about = {
    title: 'Financial records',
    description: "Returns one customer's invoices and how much of them is still to be paid, in euros.",
    inputSchema: byId,
    outputSchema: z.object({ id: z.string(), currency: z.string(), outstanding: z.number(), invoices: z.array(invoiceSchema) }),
    annotations: readOnly,
  };
  server.registerTool('financial_records', about, ({ id }) => {
    if (book.find(id) === undefined) return sorry(noSuchCustomer(id));
    const invoices = invoicesOf(id);
    return answer({ id, currency: 'EUR', outstanding: outstanding(invoices), invoices });
  });
}

export function registerReadTools(server: McpServer, book: CustomerBook): void {
  registerGetCustomer(server, book);
  registerListCustomers(server, book);
  registerFinancialRecords(server, book);
}
