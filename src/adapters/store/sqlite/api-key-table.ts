import type { DatabaseSync } from 'node:sqlite';
import type { StoredKey } from '../../../model/api-key.ts';
import type { ApiKeyStore } from '../../../ports/store.ts';

interface KeyRow {
  readonly record: string;
  readonly revoked_at_ms: number | null;
}

const toKey = (row: KeyRow): StoredKey => {
  const key = JSON.parse(row.record) as StoredKey & { revokedAtMs?: number }; // written by insert and replace below; a newer schema version is not opened
  if (row.revoked_at_ms !== null) key.revokedAtMs = row.revoked_at_ms;
  return key;
};

const COLUMNS = 'SELECT record, revoked_at_ms FROM api_keys';
const BEHIND = 'rowid > coalesce((SELECT rowid FROM api_keys WHERE id = ?), 0)';

const buildReading = (database: DatabaseSync): Pick<ApiKeyStore, 'get' | 'findByHash' | 'candidateFor' | 'page' | 'dueOf' | 'expiring'> => {
  const byId = database.prepare(`${COLUMNS} WHERE id = ?`);
  const byHash = database.prepare(`${COLUMNS} WHERE hash = ?`);
  // No key is ever deleted, so the first one stays.
  const candidate = database.prepare(`${COLUMNS} WHERE rowid = coalesce((SELECT rowid FROM api_keys WHERE hash = ?), 1)`);
  const page = database.prepare(`${COLUMNS} WHERE ${BEHIND} ORDER BY rowid LIMIT ?`);
  const pageOfOwner = database.prepare(`${COLUMNS} WHERE json_extract(record, '$.owner') = ? AND ${BEHIND} ORDER BY rowid LIMIT ?`);
  const due = database.prepare(
    `${COLUMNS} WHERE json_extract(record, '$.keyClass') = ? AND revoked_at_ms IS NULL AND json_extract(record, '$.successor') IS NULL
     AND coalesce(json_extract(record, '$.expiresAtMs'), 9e15) > ?
     AND (json_extract(record, '$.createdAtMs') <= ? OR json_extract(record, '$.expiresAtMs') <= ?) ORDER BY rowid LIMIT ?`,
  );
  const expiring = database.prepare(
    `${COLUMNS} WHERE revoked_at_ms IS NULL AND json_extract(record, '$.expiresAtMs') > ? AND json_extract(record, '$.expiresAtMs') <= ?
     AND json_extract(record, '$.successor') IS NULL ORDER BY json_extract(record, '$.expiresAtMs') LIMIT ?`,
  );
  // node:sqlite types rows loosely; the columns are these.
  const one = (row: unknown): StoredKey | undefined => (row === undefined ? undefined : toKey(row as KeyRow));
  const many = (rows: unknown): readonly StoredKey[] => (rows as readonly KeyRow[]).map(toKey);
  return {
    get: (id) => one(byId.get(id)),
    findByHash: (hash) => one(byHash.get(hash)),
    candidateFor: (hash) => one(candidate.get(hash)),
    page: ({ after = '', limit, owner }) => many(owner === undefined ? page.all(after, limit) : pageOfOwner.all(owner, after, limit)),
    dueOf: ({ name, rotateEveryMs, remindBeforeMs }, nowMs, limit) => many(due.all(name, nowMs, nowMs - rotateEveryMs + remindBeforeMs, nowMs + remindBeforeMs, limit)),
    expiring: ({ fromMs, untilMs }, limit) => many(expiring.all(fromMs, untilMs, limit)),
  };
};

/**
 * The table of keys.
 * @param changed called after each change this process makes
 */
export const buildApiKeyTable = (database: DatabaseSync, changed: () => void): ApiKeyStore => {
  const insert = database.prepare('INSERT INTO api_keys (id, hash, record) VALUES (?, ?, ?)');
  const revoke = database.prepare('UPDATE api_keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL');
  const replace = database.prepare('UPDATE api_keys SET record = ? WHERE id = ? AND revoked_at_ms IS NULL');
  const told = (made: boolean): boolean => {
    if (made) changed();
    return made;
  };
  return {
    ...buildReading(database),
    insert(key) {
      insert.run(key.id, key.hash, JSON.stringify(key));
      changed();
    },
    revoke: (id, atMs) => told(revoke.run(atMs, id).changes === 1),
    replace: (key) => told(replace.run(JSON.stringify(key), key.id).changes === 1),
  };
};
