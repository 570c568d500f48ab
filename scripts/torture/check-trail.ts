import { verifyTrail } from '../../src/adapters/audit-sinks/chain/verify-trail.ts';
import { openHome } from '../../src/cli/home.ts';
import { readTrail } from '../../src/cli/read-trail.ts';
import { isJsonObject } from '../../src/model/json.ts';

export interface Expected {
  /** Request ids whose replies came back. */
  readonly acknowledged: ReadonlySet<string>;
  /** Numbers of the writes that reached the upstream. */
  readonly writes: ReadonlySet<number>;
}

/**
 * Holds the trail against what was seen outside: every reply has its one record, every write that arrived its intent, and the chain holds.
 * @returns the number of records
 * @throws Error naming the first that is missing or doubled
 */
export const checkTrail = (folder: string, expected: Expected): number => {
  const home = openHome(folder);
  try {
    const records = readTrail(home).last(100_000_000);
    const calls = new Map<string, number>();
    const intended = new Set<number>();
    for (const { event } of records) {
      if (event.type === 'call') calls.set(event.id, (calls.get(event.id) ?? 0) + 1);
      else if (isJsonObject(event.arguments) && typeof event.arguments['n'] === 'number') intended.add(event.arguments['n']);
    }
    for (const id of expected.acknowledged) if (calls.get(id) !== 1) throw new Error(`the reply ${id} has ${String(calls.get(id) ?? 0)} records instead of one`);
    for (const n of expected.writes) if (!intended.has(n)) throw new Error(`the write ${String(n)} reached the upstream without an intent record`);
    const { fault } = verifyTrail({ database: home.database, publicKey: home.signer.publicKey.pem });
    if (fault !== undefined) throw new Error(`the trail is not what was written: ${fault.what}`);
    return records.length;
  } finally {
    home.database.close();
  }
};
