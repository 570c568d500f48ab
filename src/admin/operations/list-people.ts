import { z } from 'zod';
import type { Operation } from '../../ports/operation.ts';
import { listedPerson, type ListedPerson } from '../people/listed-person.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** `next` of the page before. */
  after: z.string().max(64).exactOptional(),
  limit: z.number().int().min(1).max(1_000).default(100),
});

export interface ListedPeople {
  readonly people: readonly ListedPerson[];
  /** What to pass as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Lists who has signed in, in the order they first came. */
export const listPeople: Operation<'people list', z.input<typeof input>, ListedPeople, AdminNeeds> = {
  name: 'people list',
  summary: 'list the people who have signed in',
  input,
  permission: 'admin:people',
  run(raw, { store }) {
    const { after, limit } = readInput(input, raw);
    const page = store.people.page({ after, limit });
    const last = page.at(-1);
    return { people: page.map((person) => listedPerson(person, store)), ...(last === undefined || page.length < limit ? {} : { next: last.id }) };
  },
};
