import { z } from 'zod';
import type { Denial } from '../../model/token/denial.ts';
import type { Operation } from '../../ports/operation.ts';
import { denialsOf, findMeant, personName } from '../people/find-person.ts';
import { listedPerson, type ListedPerson } from '../people/listed-person.ts';
import { listed, type ListedKey } from '../keys/listed-key.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({ person: personName });

const MOST_KEYS = 100;

export interface ShownPerson {
  /** Absent for somebody who owns keys and never signed in. */
  readonly person?: ListedPerson;
  readonly names: readonly string[];
  readonly keys: readonly ListedKey[];
  readonly denials: readonly Denial[];
}

/** Shows one person: what is known of them, and what would end with them. */
export const showPerson: Operation<'people show', z.input<typeof input>, ShownPerson, AdminNeeds> = {
  name: 'people show',
  summary: 'show a person, their groups and roles, and the keys they own',
  input,
  permission: 'admin:people',
  http: { method: 'GET', path: '/api/people/show' },
  run(raw, { store, world }) {
    const meant = findMeant(store, readInput(input, raw).person, (name) => denialsOf(store, { names: [name] }).length > 0);
    const keys = meant.names.flatMap((owner) => store.apiKeys.page({ limit: MOST_KEYS, owner })).slice(0, MOST_KEYS);
    return { ...(meant.person === undefined ? {} : { person: listedPerson(meant.person, store) }), names: meant.names, keys: keys.map((key) => listed(key, store, world.clock.nowMs())), denials: denialsOf(store, meant) };
  },
};
