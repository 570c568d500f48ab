import type { DatabaseSync } from 'node:sqlite';
import type { QuotaRow, QuotaStore } from '../../../ports/quota-store.ts';

const SAVE = `INSERT INTO quotas (scope, name, day, day_used, month, month_used) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (scope, name) DO UPDATE SET day = excluded.day, day_used = excluded.day_used, month = excluded.month, month_used = excluded.month_used`;

const LOAD = 'SELECT scope, name, day, day_used AS dayUsed, month, month_used AS monthUsed FROM quotas';

/** Counts of quotas, in the database of the data directory. */
export const buildSqliteQuotas = (database: DatabaseSync): QuotaStore => {
  const write = database.prepare(SAVE);
  return {
    load(month) {
      database.prepare('DELETE FROM quotas WHERE month < ?').run(month);
      return database.prepare(LOAD).all() as unknown as readonly QuotaRow[]; // node:sqlite types rows loosely; the columns are these
    },
    save(rows) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { scope, name, day, dayUsed, month, monthUsed } of rows) write.run(scope, name, day, dayUsed, month, monthUsed);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
  };
};
