import type { DatabaseSync } from 'node:sqlite';
import type { AuditSink } from '../../ports/audit-sink.ts';

/**
 * Writes records straight into the table, for a command that does one thing and ends: the journal belongs to the gateway, which may run
 * beside it. The row is synced to the disk before the promise settles, and SQLite's own lock keeps two writers apart.
 */
export const buildSqliteRows = (database: DatabaseSync): Pick<AuditSink, 'write'> => {
  const insert = database.prepare('INSERT INTO audit (event) VALUES (?)');
  return {
    // A failure is the promise's, not a throw: whoever writes decides what it means.
    write: async (event) => void insert.run(JSON.stringify(event)),
  };
};
