import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { clientId } from '../clients.ts';
import { accountsOf } from '../people/accounts-of.ts';
import { findMeant, personName } from '../people/find-person.ts';
import { NothingFound, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  person: personName,
  /** Of this client alone. */
  client: clientId.exactOptional(),
});

export interface RevokedConsents {
  readonly names: readonly string[];
  /** The clients whose access has ended. */
  readonly clients: readonly string[];
}

/** Takes back what a person has allowed clients: their tokens end, and the person is asked anew. */
export const revokeConsents: Operation<'consents revoke', z.input<typeof input>, RevokedConsents, AdminNeeds> = {
  name: 'consents revoke',
  summary: 'take back what a person has allowed OAuth clients; they are asked anew',
  input,
  permission: 'admin:clients',
  http: { method: 'POST', path: '/api/consents/revoke' },
  // It only takes away.
  hands: () => [],
  touched: ({ clients }) => clients,
  run(raw, needs) {
    const { person, client } = readInput(input, raw);
    return needs.store.transaction(() => {
      const meant = findMeant(needs.store, person);
      const allowed = accountsOf(meant, needs).flatMap((account) => needs.clients.allowedBy(account).map(({ clientId: id }) => ({ account, id })));
      const chosen = allowed.filter(({ id }) => client === undefined || id === client);
      if (chosen.length === 0) throw new NothingFound('that person has allowed nothing of the kind: "sallyport consents list PERSON" tells what there is');
      for (const { account, id } of chosen) needs.clients.endClient(account, id);
      return { names: meant.names, clients: [...new Set(chosen.map(({ id }) => id))] };
    });
  },
};
