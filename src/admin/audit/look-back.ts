import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader } from '../../ports/audit-sink.ts';
import type { Filter } from './filter.ts';

/** So many records are read at a time, however long the trail is. */
const PAGE = 1_000;

export interface Entry {
  readonly position: number;
  readonly event: AuditEvent;
}

/** How far is looked. */
export interface Extent {
  /** Records before this position; absent: from the end. */
  readonly before?: number | undefined;
  /** As whoever asks may see a record: what is not shown is not looked at either, or a filter would tell it. */
  readonly shown: (event: AuditEvent) => AuditEvent;
  readonly intents: boolean;
}

/**
 * Goes back through the trail, newest first, a page at a time, and no further than the filter asks. A record that does not match comes as its
 * position alone, so that whoever reads may stop and go on there.
 */
export function* lookBack(reader: Pick<AuditReader, 'before' | 'positionAt'>, filter: Filter, { before, shown, intents }: Extent): Generator<{ readonly position: number; readonly event?: AuditEvent }> {
  const first = filter.sinceMs === undefined ? 0 : reader.positionAt(filter.sinceMs);
  let position = before ?? Number.MAX_SAFE_INTEGER;
  for (let page = reader.before(position, PAGE); page.length > 0; page = reader.before(position, PAGE)) {
    for (const entry of page) {
      ({ position } = entry);
      if (position <= first) return;
      const event = shown(entry.event);
      const wanted = (intents || event.type === 'call') && filter.matches(event);
      yield wanted ? { position, event } : { position };
    }
  }
}

/** The last records that match, oldest first. */
export const lastThatMatch = (reader: Pick<AuditReader, 'before' | 'positionAt'>, filter: Filter, { limit, ...extent }: Extent & { readonly limit: number }): readonly Entry[] => {
  const found: Entry[] = [];
  for (const { position, event } of lookBack(reader, filter, extent)) {
    if (event !== undefined && found.push({ position, event }) >= limit) break;
  }
  return found.toReversed();
};
