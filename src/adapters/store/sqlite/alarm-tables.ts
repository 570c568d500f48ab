import type { DatabaseSync } from 'node:sqlite';
import type { Alarm } from '../../../model/alarm.ts';
import type { AlarmStore, BaselineStore } from '../../../ports/alarm-store.ts';
import type { Transactions } from './transactions.ts';

/** So many alarms are kept; past them the oldest that are over are forgotten. */
const MOST_KEPT = 10_000;

const toAlarm = (row: Readonly<Record<string, unknown>>): Alarm => JSON.parse(String(row['record'])) as Alarm; // written by put below, in this schema version

/** What was handed over stays so until it is taken. */
const PUT = `INSERT INTO alarms (id, name, subject, state, last_at_ms, record, handed) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, last_at_ms = excluded.last_at_ms, record = excluded.record, handed = max(handed, excluded.handed)`;

/** Between two looks no more are expected; the rest is taken at the next one. */
const MOST_TAKEN = 100;

/** Alarms, in the database of the data directory. */
export const buildAlarmTable = (database: DatabaseSync, transactions: Transactions): AlarmStore => {
  const get = database.prepare('SELECT record FROM alarms WHERE id = ?');
  const place = database.prepare('SELECT position FROM alarms WHERE id = ?');
  const page = database.prepare('SELECT record FROM alarms WHERE position < ?1 AND (?2 IS NULL OR state = ?2) ORDER BY position DESC LIMIT ?3');
  const open = database.prepare("SELECT record FROM alarms WHERE name = ? AND subject = ? AND state = 'open'");
  const expected = database.prepare("SELECT record FROM alarms WHERE name = ? AND subject = ? AND state = 'expected' AND json_extract(record, '$.closed.atMs') >= ?");
  const quiet = database.prepare("SELECT record FROM alarms WHERE state = 'open' AND name = ? AND last_at_ms < ?");
  const put = database.prepare(PUT);
  const handed = database.prepare('SELECT record, position FROM alarms WHERE handed = 1 ORDER BY position LIMIT ?');
  const taken = database.prepare('UPDATE alarms SET handed = 0 WHERE position = ?');
  const forget = database.prepare("DELETE FROM alarms WHERE state <> 'open' AND position <= (SELECT max(position) FROM alarms) - ?");
  const write = (alarm: Alarm, isHanded: boolean): void => transactions.run(() => {
    put.run(alarm.id, alarm.name, alarm.subject, alarm.state, alarm.lastAtMs, JSON.stringify(alarm), isHanded ? 1 : 0);
    forget.run(MOST_KEPT);
  });
  const placeOf = (after: string | undefined): number => (after === undefined ? Number.MAX_SAFE_INTEGER : Number(place.get(after)?.['position'] ?? 0));
  return {
    get(id) {
      const row = get.get(id);
      return row === undefined ? undefined : toAlarm(row);
    },
    page: ({ after, limit, state }) => page.all(placeOf(after), state ?? null, limit).map(toAlarm),
    open(name, subject) {
      const row = open.get(name, subject);
      return row === undefined ? undefined : toAlarm(row);
    },
    expected: (name, subject, sinceMs) => expected.all(name, subject, sinceMs).map(toAlarm),
    quiet: (name, beforeMs) => quiet.all(name, beforeMs).map(toAlarm),
    put: (alarm) => write(alarm, false),
    hand: (alarm) => write(alarm, true),
    takeHanded() {
      const rows = handed.all(MOST_TAKEN);
      if (rows.length > 0) transactions.run(() => rows.forEach((row) => taken.run(Number(row['position']))));
      return rows.map(toAlarm);
    },
  };
};

/** What is usual of whom, in the database of the data directory. */
export const buildBaselineTable = (database: DatabaseSync, transactions: Transactions): BaselineStore => {
  const read = database.prepare('SELECT record FROM usage_baselines WHERE holder = ?');
  const write = database.prepare('INSERT INTO usage_baselines (holder, day, record) VALUES (?, ?, ?) ON CONFLICT (holder) DO UPDATE SET day = excluded.day, record = excluded.record');
  const forget = database.prepare('DELETE FROM usage_baselines WHERE day < ?');
  return {
    read(holder) {
      const row = read.get(holder);
      return row === undefined ? undefined : String(row['record']);
    },
    write: (baselines) => transactions.run(() => {
      for (const { holder, day, record } of baselines) write.run(holder, day, record);
    }),
    forget: (beforeDay) => void forget.run(beforeDay),
  };
};
