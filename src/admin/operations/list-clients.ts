import { z } from 'zod';
import type { KnownClient } from '../../ports/client-register.ts';
import type { Operation } from '../../ports/operation.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** `next` of the page before. */
  after: z.string().max(500).exactOptional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

export interface ListedClients {
  readonly clients: readonly KnownClient[];
  /** What to pass as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Lists the OAuth clients that the authorization server knows: those of the configuration, those with a document, those that registered themselves. */
export const listClients: Operation<'clients list', z.input<typeof input>, ListedClients, AdminNeeds> = {
  name: 'clients list',
  summary: 'list the OAuth clients that the authorization server knows',
  input,
  permission: 'admin:clients',
  run(raw, { clients }) {
    const { after, limit } = readInput(input, raw);
    const page = clients.page({ after, limit });
    const registered = page.filter(({ known }) => known === 'registered');
    const last = registered.at(-1);
    return { clients: page, ...(last === undefined || registered.length < limit ? {} : { next: last.id }) };
  },
};
