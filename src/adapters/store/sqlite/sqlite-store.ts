import type { DatabaseSync } from 'node:sqlite';
import type { StoredKey } from '../../../model/api-key.ts';
import type { ApiKeyStore, Store } from '../../../ports/store.ts';
import type { Clock } from '../../../ports/world.ts';

/** How often the file is asked whether another process has changed it; the question costs about 2 µs. */
const POLL_MS = 100;

interface KeyRow {
  readonly record: string;
  readonly revoked_at_ms: number | null;
}

const toKey = (row: KeyRow): StoredKey => {
  const key = JSON.parse(row.record) as StoredKey; // written by insert below, in this schema version
  return row.revoked_at_ms === null ? key : { ...key, revokedAtMs: row.revoked_at_ms };
};

const buildKeys = (database: DatabaseSync): ApiKeyStore => {
  const all = database.prepare('SELECT record, revoked_at_ms FROM api_keys ORDER BY rowid');
  const insert = database.prepare('INSERT INTO api_keys (id, hash, record) VALUES (?, ?, ?)');
  const revoke = database.prepare('UPDATE api_keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL');
  return {
    list: () => (all.all() as unknown as KeyRow[]).map(toKey), // node:sqlite types rows loosely; the columns are these
    insert: (key) => void insert.run(key.id, key.hash, JSON.stringify(key)),
    revoke: (id, atMs) => revoke.run(atMs, id).changes === 1,
  };
};

/** The embedded store: one SQLite file, every change durable when the call returns (synchronous=FULL). */
export const buildSqliteStore = (database: DatabaseSync, clock: Pick<Clock, 'every'>): Store => {
  const version = database.prepare('PRAGMA data_version');
  const current = (): unknown => Object.values(version.get() ?? {})[0];
  let seen = current();
  const listeners = new Set<() => void>();
  const stop = clock.every(POLL_MS, () => {
    const now = current();
    if (now === seen) return;
    seen = now;
    for (const listener of listeners) listener();
  });
  return {
    apiKeys: buildKeys(database),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: stop,
  };
};
