import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead } from '../../../model/trail-record.ts';
import type { World } from '../../../ports/world.ts';
import type { Head } from './head.ts';
import { readLine, type Writer } from './link.ts';

/** Where a chain ends in the table: its last record, looked for from the end. */
const lastInTable = (database: DatabaseSync, writer: Writer): ChainHead | undefined => {
  for (const row of database.prepare('SELECT event FROM audit ORDER BY position DESC').iterate()) {
    const read = readLine(String(row['event']));
    if (read?.writer === writer) return read.link;
  }
  return undefined;
};

/**
 * Where a chain goes on. The signed head decides: when the table ends before it, somebody has cut records off, and going on from what is left
 * would hide that; so the chain goes on behind the gap, which the verifier then names.
 */
export const resumeChain = (database: DatabaseSync, head: Head, { writer, log }: { readonly writer: Writer } & Pick<World, 'log'>): ChainHead => {
  const vouched = head.of(writer);
  if (vouched.seq === 0) return vouched;
  const last = lastInTable(database, writer);
  if (last?.seq !== vouched.seq || last.hash !== vouched.hash) {
    log.error('the audit trail does not end where its signed head says: records were cut off or changed; "sallyport audit verify" names the first', { writer, says: vouched.seq, ends: last?.seq ?? 0 });
  }
  return vouched;
};
