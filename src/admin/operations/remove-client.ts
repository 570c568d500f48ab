import { z } from 'zod';
import type { KnownClient } from '../../ports/client-register.ts';
import type { Operation } from '../../ports/operation.ts';
import { clientId, findClient, ownIssuers } from '../clients.ts';
import { always, deniedIds, deny, reason, type Denied } from '../deny.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ client: clientId, always, reason });

export interface RemovedClient extends Denied {
  readonly client: KnownClient;
  /** How many authorizations have ended. */
  readonly ended: number;
}

/** Ends all that an OAuth client has, and forgets it; with `always` nobody of its id is let in again. */
export const removeClient: Operation<'clients remove', z.input<typeof input>, RemovedClient, AdminNeeds> = {
  name: 'clients remove',
  summary: 'end all that an OAuth client has, and forget it',
  input,
  permission: 'admin:clients',
  http: { method: 'POST', path: '/api/clients/remove' },
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { client: id, always: forGood, reason: why } = readInput(input, raw);
    return needs.store.transaction(() => {
      const client = findClient(needs, id);
      const ended = needs.clients.remove(id);
      const until = forGood ? {} : { issuedUntilMs: needs.world.clock.nowMs() };
      return { client, ended, ...deny(ownIssuers(needs).map((issuer) => ({ level: 'client', issuer, value: id, ...until, reason: why })), needs, by) };
    });
  },
};
