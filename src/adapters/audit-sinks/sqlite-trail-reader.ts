import type { DatabaseSync } from 'node:sqlite';
import type { AuditEvent } from '../../model/audit-event.ts';
import { isEvent, type TrailRecord } from '../../model/trail-record.ts';
import type { AuditReader } from '../../ports/audit-sink.ts';
import type { AuditSigner } from './chain/signer.ts';
import { Drain } from './drain.ts';

const toRecord = (text: string): TrailRecord => JSON.parse(text) as TrailRecord; // written by this product, schema version inside

/** A clock that is set may make the trail go back by a little; records are looked for from so much earlier on. */
const SLACK_MS = 60_000;

/** When a record was written: records are in this order, while those of long streams began long before. */
const endOf = (record: TrailRecord): number => Date.parse(record.at) + (isEvent(record) ? (record.durationMs ?? 0) : 0);

/**
 * Finds where in the trail a time is, in as many looks as the count of records has bits: an index of times or ids would cost every record its
 * part, and the order is there already.
 * @returns the position of the last record that was written well before
 */
const buildPositionAt = (database: DatabaseSync): ((ms: number) => number) => {
  const ends = database.prepare('SELECT coalesce(min(position), 1) AS low, coalesce(max(position), 0) AS high FROM audit');
  const from = database.prepare('SELECT position, event FROM audit WHERE position >= ? ORDER BY position LIMIT 1');
  return (ms) => {
    const bounds = ends.get();
    let [low, high] = [Number(bounds?.['low']), Number(bounds?.['high']) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = from.get(middle);
      if (row !== undefined && endOf(toRecord(String(row['event']))) < ms - SLACK_MS) low = Number(row['position']) + 1;
      else high = middle;
    }
    return low - 1;
  };
};

/** A request id begins with its time (stages/listen/request-id.ts). */
const timeIn = (id: string): number => {
  const stamp = /^req_([0-9a-z]{9})/.exec(id)?.[1];
  return stamp === undefined ? 0 : Number.parseInt(stamp, 36);
};

/**
 * So many records are looked through for one id: half a second at most, and minutes of a trail that is written without a pause. A record stands
 * where its call ended, so that only of a stream that went on for longer, or after a clock that was set, is it further away.
 */
const LOOKED_THROUGH = 250_000;

const buildFind = (database: DatabaseSync, positionAt: (ms: number) => number, lookedThrough: number): AuditReader['find'] => {
  // The text is looked at first, because reading JSON takes longer; an argument of a call may hold the same text.
  const found = (range: string) => database.prepare(`SELECT event FROM audit WHERE ${range} AND instr(event, ?2) > 0 AND json_extract(event, '$.id') = ?3 AND json_extract(event, '$.type') = 'call' LIMIT 1`);
  const [near, later, earlier] = [found(`position > ?1 AND position <= ?1 + ${String(lookedThrough)}`), found(`position > ?1 + ${String(lookedThrough)}`), found('position <= ?1')];
  return (id, { everywhere }) => {
    const asked = [positionAt(timeIn(id)), JSON.stringify(id), id] as const;
    const row = near.get(...asked) ?? (everywhere ? (later.get(...asked) ?? earlier.get(...asked)) : undefined);
    return row === undefined ? undefined : (JSON.parse(String(row['event'])) as AuditEvent); // looked for by its type
  };
};

/** What a reader of the trail needs. */
export interface TrailReaderNeeds {
  readonly database: DatabaseSync;
  /** Of the journal. */
  readonly directory: string;
  readonly signer: AuditSigner;
  /** How many records are looked through for one id. */
  readonly lookedThrough?: number;
}

/** What is about requests; the records that are about the trail itself are the verifier's. */
const EVENTS = "json_extract(event, '$.type') IN ('call', 'intent')";

/** Reads the trail back: the table, after what a killed gateway left in its journal has been moved there. */
export const buildSqliteTrailReader = ({ database, directory, signer, lookedThrough = LOOKED_THROUGH }: TrailReaderNeeds): AuditReader => {
  const after = database.prepare(`SELECT position, event FROM audit WHERE position > ? AND ${EVENTS} ORDER BY position LIMIT ?`);
  const before = database.prepare(`SELECT position, event FROM audit WHERE position < ? AND ${EVENTS} ORDER BY position DESC LIMIT ?`);
  const lastOf = (condition: string) => database.prepare(`SELECT position, event FROM (SELECT position, event FROM audit WHERE ${condition} ORDER BY position DESC LIMIT ?) ORDER BY position`);
  const last = lastOf(EVENTS);
  const lastCalls = lastOf("json_extract(event, '$.type') = 'call'");
  const positionAt = buildPositionAt(database);
  const find = buildFind(database, positionAt, lookedThrough);
  const rows = (found: readonly Record<string, unknown>[]) => found.map((row) => ({ position: Number(row['position']), event: JSON.parse(String(row['event'])) as AuditEvent })); // looked for by its type
  // A reader may drain beside a running gateway; it leaves the files alone.
  const journal = new Drain(database, directory, signer);
  const drain = (): void => journal.all({ remove: false });
  return {
    after(position, limit) {
      drain();
      return rows(after.all(position, limit));
    },
    before(position, limit) {
      drain();
      return rows(before.all(position, limit));
    },
    find(id, where) {
      drain();
      return find(id, where);
    },
    positionAt(ms) {
      drain();
      return positionAt(ms);
    },
    last(limit, { intents } = { intents: true }) {
      drain();
      return rows((intents ? last : lastCalls).all(limit));
    },
  };
};
