import { z } from 'zod';
import type { Denial } from '../../model/token/denial.ts';
import type { KnownClient } from '../../ports/client-register.ts';
import type { Operation } from '../../ports/operation.ts';
import { clientId, findClient, ownIssuers } from '../clients.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ client: clientId });

export interface ShownClient extends KnownClient {
  /** The accounts that have allowed it something: `person:per_…`, `key:key_…`. */
  readonly allowedBy: readonly string[];
  readonly denials: readonly Denial[];
}

/** Shows one OAuth client, and who has allowed it to act for them. */
export const showClient: Operation<'clients show', z.input<typeof input>, ShownClient, AdminNeeds> = {
  name: 'clients show',
  summary: 'show an OAuth client, and who has allowed it to act for them',
  input,
  permission: 'admin:clients',
  http: { method: 'GET', path: '/api/clients/show' },
  run(raw, needs) {
    const found = findClient(needs, readInput(input, raw).client);
    const denials = ownIssuers(needs).map(({ issuer }) => needs.store.denials.standing('client', issuer, found.id)).filter((denial) => denial !== undefined);
    return { ...found, allowedBy: needs.clients.allowedTo(found.id), denials };
  },
};
