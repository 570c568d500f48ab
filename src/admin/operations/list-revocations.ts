import { z } from 'zod';
import type { Denial } from '../../model/token/denial.ts';
import type { Operation } from '../../ports/operation.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** `next` of the page before. */
  after: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(1_000).default(100),
});

export interface ListedRevocations {
  readonly revocations: readonly Denial[];
  /** What to pass as `after` for the next page; absent on the last one. */
  readonly next?: number;
}

/** Lists what is denied, in the order it was. */
export const listRevocations: Operation<'revocations list', z.input<typeof input>, ListedRevocations, AdminNeeds> = {
  name: 'revocations list',
  summary: 'list the tokens, sessions, subjects, clients, issuers, people and certificates that are refused',
  input,
  permission: 'admin:revocations',
  run(raw, { store, world }) {
    const { after, limit } = readInput(input, raw);
    const page = store.denials.after(after, limit, world.clock.nowMs());
    const last = page.at(-1);
    return { revocations: page.map(({ denial }) => denial), ...(last === undefined || page.length < limit ? {} : { next: last.position }) };
  },
};
