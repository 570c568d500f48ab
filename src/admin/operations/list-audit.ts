import { z } from 'zod';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { Operation } from '../../ports/operation.ts';
import { readFilter } from '../audit/filter.ts';
import { lookBack } from '../audit/look-back.ts';
import { shownTo } from '../audit/shown-to.ts';
import type { AdminNeeds } from '../needs.ts';
import { readInput } from '../read-input.ts';

const input = z.strictObject({
  /** A filter such as `who:alice* -decision:allow since:7d`. */
  q: z.string().max(2_000).default(''),
  /** `next` of the page before. */
  cursor: z.number().int().min(1).exactOptional(),
  limit: z.number().int().min(1).max(1_000).default(100),
  /** Whether the intent records of writes are wanted too. */
  intents: z.boolean().default(false),
});

export interface ListedAudit {
  /** Newest first. */
  readonly records: readonly AuditEvent[];
  /** What to pass as `cursor` to go on; absent where the trail, or what the filter asks of it, ends. A page may be short, or empty, and have one. */
  readonly next?: number;
}

/** So many records are looked at in one go: calls go on between two. */
const MOST_LOOKED_AT = 5_000;

/** Looks back through the trail, newest first. Who looked, and for what, is on record like every operation. */
export const listAudit: Operation<'audit list', z.input<typeof input>, ListedAudit, AdminNeeds> = {
  name: 'audit list',
  summary: 'look back through the audit trail by a filter; arguments are shown to auditors alone',
  input,
  permission: 'admin:audit',
  run(raw, { trail, world }, by) {
    const { q, cursor, limit, intents } = readInput(input, raw);
    const filter = readFilter(q, world.clock.nowMs());
    const records: AuditEvent[] = [];
    let looked = 0;
    for (const { position, event } of lookBack(trail, filter, { before: cursor, intents, shown: shownTo(by) })) {
      looked += 1;
      if (event !== undefined) records.push(event);
      if (records.length >= limit || looked >= MOST_LOOKED_AT) return { records, next: position };
    }
    return { records };
  },
};
