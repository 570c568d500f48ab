import { z } from 'zod';
import { providerAsDenier } from '../../model/token/denial.ts';
import type { Operation } from '../../ports/operation.ts';
import { deniedIds, deny, reason, type Denied } from '../deny.ts';
import { denialsOf, findMeant, personName } from '../people/find-person.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  person: personName,
  /** Somebody of whom nothing is stored, such as one who comes with tokens of an identity provider alone. */
  unknown: z.boolean().default(false),
  reason,
});

const NOBODYS = { issuer: '', maxLifetimeMs: 0 };

export interface DisabledPerson extends Denied {
  readonly names: readonly string[];
}

/** Ends all that somebody holds: keys, tokens and streams are refused from now on, and they cannot sign in (R44). */
export const disablePerson: Operation<'people disable', z.input<typeof input>, DisabledPerson, AdminNeeds> = {
  name: 'people disable',
  summary: 'refuse all that a person holds, keys, tokens and sessions alike, and let them sign in no more',
  input,
  permission: 'admin:people',
  // It only takes away.
  hands: () => [],
  touched: deniedIds,
  run(raw, needs, by) {
    const { person, unknown, reason: why } = readInput(input, raw);
    return needs.store.transaction(() => {
      const meant = findMeant(needs.store, person, () => unknown);
      const standing = denialsOf(needs.store, meant);
      // What a provider has ended it would take back at the next sign-in; an operator's word stands.
      const ofProviders = standing.filter(({ by: denier }) => meant.person !== undefined && denier === providerAsDenier(meant.person.provider));
      for (const { id } of ofProviders) needs.store.denials.lift(id);
      if (standing.length - ofProviders.length === meant.names.length) throw new OperationRefused('that person is disabled already');
      return { names: meant.names, ...deny(meant.names.map((value) => ({ level: 'person', issuer: NOBODYS, value, reason: why })), needs, by) };
    });
  },
};
