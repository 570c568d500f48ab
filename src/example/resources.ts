import { ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import type { McpServer, ReadResourceResult } from '@modelcontextprotocol/server';
import { noSuchCustomer } from './answers.ts';
import { teams } from './customers.ts';
import type { CustomerBook } from './customers.ts';

const mimeType = 'application/json';

function json(uri: URL, value: unknown): ReadResourceResult {
  return { contents: [{ uri: uri.href, mimeType, text: JSON.stringify(value, null, 2) }] };
}

function registerTeams(server: McpServer, book: CustomerBook): void {
  const about = { title: 'Teams', description: 'The teams, and which customers each of them owns.', mimeType };
  server.registerResource('teams', 'crm://teams', about, (uri) => {
    const owned = teams.map((team) => ({
      team,
      customers: book.all().flatMap((customer) => (customer.team === team ? customer.id : [])),
    }));
    return json(uri, owned);
  });
}

function registerCustomers(server: McpServer, book: CustomerBook): void {
  const template = new ResourceTemplate('crm://customers/{id}', {
    list: () => ({
      resources: book.all().map(({ id, name }) => ({ uri: `crm://customers/${id}`, name: id, title: name, mimeType })),
    }),
    complete: { id: (typed) => book.idsStartingWith(typed) },
  });
  const about = { title: 'Customer', description: 'Everything known about one customer.', mimeType };
  server.registerResource('customer', template, about, (uri, { id }) => {
    const wanted = String(id);
    const customer = book.find(wanted);
    if (customer === undefined) throw new ResourceNotFoundError(uri.href, noSuchCustomer(wanted));
    return json(uri, customer);
  });
}

export function registerResources(server: McpServer, book: CustomerBook): void {
  registerTeams(server, book);
  registerCustomers(server, book);
}
