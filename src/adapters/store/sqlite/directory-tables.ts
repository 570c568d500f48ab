import type { DatabaseSync } from 'node:sqlite';
import { nameOf, type DirectoryEntry } from '../../../model/directory-entry.ts';
import type { DirectoryStore } from '../../../ports/directory-store.ts';
import type { Transactions } from './transactions.ts';

const MOST_OF_AN_ID = 100;

const toEntry = (row: unknown): DirectoryEntry => JSON.parse(String((row as { readonly record: unknown }).record)) as DirectoryEntry; // written by put below

/**
 * What a directory has told us, in the database of the data directory.
 * @param changed is called after each change, for whoever remembers people
 */
export const buildDirectoryTables = (database: DatabaseSync, transactions: Transactions, changed: () => void): DirectoryStore => {
  const byId = database.prepare('SELECT record FROM directory_entries WHERE kind = ? AND id = ?');
  const byName = database.prepare('SELECT record FROM directory_entries WHERE kind = ? AND name = ?');
  const byExternal = database.prepare(`SELECT record FROM directory_entries WHERE kind = ? AND external_id = ? LIMIT ${String(MOST_OF_AN_ID)}`);
  const page = database.prepare('SELECT record FROM directory_entries WHERE kind = ? ORDER BY rowid LIMIT ? OFFSET ?');
  const total = database.prepare('SELECT count(*) AS count FROM directory_entries WHERE kind = ?');
  const put = database.prepare(
    `INSERT INTO directory_entries (id, kind, name, external_id, record) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, external_id = excluded.external_id, record = excluded.record`,
  );
  const drop = database.prepare('DELETE FROM directory_entries WHERE kind = ? AND id = ?');
  const members = database.prepare('SELECT user_id FROM directory_members WHERE group_id = ? ORDER BY user_id');
  const groups = database.prepare('SELECT e.record FROM directory_members m JOIN directory_entries e ON e.id = m.group_id WHERE m.user_id = ? ORDER BY e.rowid');
  const join = database.prepare('INSERT INTO directory_members (group_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const leave = database.prepare('DELETE FROM directory_members WHERE group_id = ? AND user_id = ?');
  const forget = database.prepare('DELETE FROM directory_members WHERE group_id = ?1 OR user_id = ?1');
  const one = (row: unknown): DirectoryEntry | undefined => (row === undefined ? undefined : toEntry(row));
  const change = <Result>(work: () => Result): Result =>
    transactions.run(() => {
      transactions.afterwards(changed);
      return work();
    });
  return {
    get: (kind, id) => one(byId.get(kind, id)),
    named: (kind, name) => one(byName.get(kind, name.toLowerCase())),
    externally: (kind, externalId) => byExternal.all(kind, externalId).map(toEntry),
    page: (kind, from, limit) => ({ total: Number(total.get(kind)?.['count']), entries: page.all(kind, limit, from).map(toEntry) }),
    put: (entry) => change(() => void put.run(entry.id, entry.kind, nameOf(entry).toLowerCase(), entry.externalId ?? null, JSON.stringify(entry))),
    drop: (kind, id) => change(() => {
      forget.run(id);
      return Number(drop.run(kind, id).changes) === 1;
    }),
    membersOf: (groupId) => members.all(groupId).map((row) => String(row['user_id'])),
    groupsOf: (userId) => groups.all(userId).map(toEntry).map((entry) => ({ id: entry.id, displayName: nameOf(entry) })),
    join: (groupId, userIds) => change(() => {
      for (const userId of userIds) join.run(groupId, userId);
    }),
    leave: (groupId, userIds) => change(() => {
      for (const userId of userIds) leave.run(groupId, userId);
    }),
  };
};
