import { join } from 'node:path';
import { buildSqliteTrailReader } from '../../src/adapters/audit-sinks/sqlite-trail-reader.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { isJsonObject } from '../../src/model/json.ts';

export interface Expected {
  /** Request ids whose replies came back. */
  readonly acknowledged: ReadonlySet<string>;
  /** Numbers of the writes that reached the upstream. */
  readonly writes: ReadonlySet<number>;
}

/**
 * Holds the trail against what was seen outside: every reply has its one record, every write that arrived its intent.
 * @returns the number of records
 * @throws Error naming the first that is missing or doubled
 */
export const checkTrail = (folder: string, expected: Expected): number => {
  const database = openDatabase(join(folder, 'sallyport.db'));
  try {
    const records = buildSqliteTrailReader(database, join(folder, 'journal')).last(100_000_000);
    const calls = new Map<string, number>();
    const intended = new Set<number>();
    for (const { event } of records) {
      if (event.type === 'call') calls.set(event.id, (calls.get(event.id) ?? 0) + 1);
      else if (isJsonObject(event.arguments) && typeof event.arguments['n'] === 'number') intended.add(event.arguments['n']);
    }
    for (const id of expected.acknowledged) if (calls.get(id) !== 1) throw new Error(`the reply ${id} has ${String(calls.get(id) ?? 0)} records instead of one`);
    for (const n of expected.writes) if (!intended.has(n)) throw new Error(`the write ${String(n)} reached the upstream without an intent record`);
    return records.length;
  } finally {
    database.close();
  }
};
