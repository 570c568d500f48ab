import type { DatabaseSync } from 'node:sqlite';
import type { KnownPerson } from '../../../model/known-person.ts';
import type { PeopleStore } from '../../../ports/people-store.ts';

const MOST_OF_A_NAME = 100;

const toPerson = (row: unknown): KnownPerson => JSON.parse(String((row as { readonly record: unknown }).record)) as KnownPerson; // written by put below; the one column of every statement here

/** People who have signed in, in the database of the data directory. */
export const buildPeopleTable = (database: DatabaseSync): PeopleStore & { poll(): void } => {
  const byId = database.prepare('SELECT record FROM known_people WHERE id = ?');
  const bySubject = database.prepare('SELECT record FROM known_people WHERE issuer = ? AND subject = ?');
  const byName = database.prepare(`SELECT record FROM known_people WHERE own = ?1 UNION SELECT record FROM known_people WHERE called = ?1 LIMIT ${String(MOST_OF_A_NAME)}`);
  const page = database.prepare('SELECT record FROM known_people WHERE rowid > coalesce((SELECT rowid FROM known_people WHERE id = ?), 0) ORDER BY rowid LIMIT ?');
  const put = database.prepare(
    `INSERT INTO known_people (id, issuer, subject, own, called, record) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET own = excluded.own, called = excluded.called, record = excluded.record`,
  );
  const changes = database.prepare('SELECT count FROM known_people_changes');
  const countNow = (): number => Number(changes.get()?.['count']);
  let version = countNow();
  const poll = (): void => {
    version = countNow();
  };
  const one = (row: unknown): KnownPerson | undefined => (row === undefined ? undefined : toPerson(row));
  return {
    get: (id) => one(byId.get(id)),
    find: (issuer, subject) => one(bySubject.get(issuer, subject)),
    named: (name) => byName.all(name).map(toPerson),
    page: ({ after, limit }) => page.all(after ?? '', limit).map(toPerson),
    version: () => version,
    put(person) {
      put.run(person.id, person.issuer, person.subject, person.own, person.called, JSON.stringify(person));
      poll();
    },
    poll,
  };
};
