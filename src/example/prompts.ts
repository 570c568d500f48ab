import { completable, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { noSuchCustomer } from './answers.ts';
import type { Customer, CustomerBook } from './customers.ts';
import { invoicesOf } from './invoices.ts';

function request(customer: Customer): string {
  const facts = JSON.stringify({ ...customer, invoices: invoicesOf(customer.id) }, null, 2);
  return [
    `Summarize the customer ${customer.name} for a colleague who will call them in five minutes.`,
    'Say who to talk to, what they pay for, what is still to be paid, and what to be careful about.',
    `This is all we know:\n\n${facts}`,
  ].join(' ');
}

export function registerPrompts(server: McpServer, book: CustomerBook): void {
  const id = completable(z.string().describe('Customer id, such as cust_001'), (typed) => book.idsStartingWith(typed));
  const about = {
    title: 'Summarize a customer',
    description: 'Prepares a colleague for a call with one customer.',
    argsSchema: z.object({ id }),
  };
  server.registerPrompt('summarize_customer', about, (args) => {
    const customer = book.find(args.id);
    if (customer === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, noSuchCustomer(args.id));
    return { messages: [{ role: 'user', content: { type: 'text', text: request(customer) } }] };
  });
}
