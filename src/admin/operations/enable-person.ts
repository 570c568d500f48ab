import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { denialsOf, findMeant, personName } from '../people/find-person.ts';
import { OperationRefused, type AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ person: personName });

export interface EnabledPerson {
  readonly names: readonly string[];
  readonly lifted: readonly string[];
}

/** Takes a disabling back: what has not ended otherwise is good again. */
export const enablePerson: Operation<'people enable', z.input<typeof input>, EnabledPerson, AdminNeeds> = {
  name: 'people enable',
  summary: 'take back that a person was disabled',
  input,
  permission: 'admin:people',
  touched: ({ lifted }) => lifted,
  run(raw, { store }) {
    const { person } = readInput(input, raw);
    return store.transaction(() => {
      const meant = findMeant(store, person, (name) => denialsOf(store, { names: [name] }).length > 0);
      const lifted = denialsOf(store, meant).map(({ id }) => id);
      if (lifted.length === 0) throw new OperationRefused('that person is not disabled');
      for (const id of lifted) store.denials.lift(id);
      return { names: meant.names, lifted };
    });
  },
};
