import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader, AuditSink } from '../../ports/audit-sink.ts';
import type { World } from '../../ports/world.ts';
import { Journal, readLines, segmentsIn } from './journal.ts';

const DRAIN_MS = 100;

interface Waiting {
  readonly row: Row;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

const toEvent = (text: string): AuditEvent => JSON.parse(text) as AuditEvent; // written by this file, schema version inside

/** A record on its way from the journal into the table: its request id, and the whole event as JSON. */
interface Row {
  readonly id: string;
  readonly line: string;
}

/** Where in the journal rows come from. */
interface Span {
  readonly segment: string;
  readonly fromBytes: number;
  readonly toBytes: number;
}

/**
 * Puts rows into the table together with how far the journal is thereby drained, in one transaction: a crash repeats nothing and
 * loses nothing.
 * @returns false, with nothing done, when somebody else has drained the segment further than `fromBytes`
 */
const buildInsert = (database: DatabaseSync): ((rows: readonly Row[], span: Span) => boolean) => {
  const insert = database.prepare('INSERT INTO audit (id, event) VALUES (?, ?)');
  const drained = database.prepare('SELECT drained_bytes FROM audit_journal WHERE file = ?');
  const note = database.prepare('INSERT INTO audit_journal (file, drained_bytes) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET drained_bytes = excluded.drained_bytes');
  return (rows, { segment, fromBytes, toBytes }) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const mine = Number(drained.get(segment)?.['drained_bytes'] ?? 0) === fromBytes;
      if (mine) {
        for (const { id, line } of rows) insert.run(id, line);
        note.run(segment, toBytes);
      }
      database.exec('COMMIT');
      return mine;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
};

/** Drains one segment from wherever the last drain stopped; another process that drains the same one is let go first. */
const drainSegment = (database: DatabaseSync, path: string, segment: string): void => {
  const insert = buildInsert(database);
  const drained = database.prepare('SELECT drained_bytes FROM audit_journal WHERE file = ?');
  for (let done = false; !done; ) {
    const fromBytes = Number(drained.get(segment)?.['drained_bytes'] ?? 0);
    const { lines, toBytes } = readLines(path, fromBytes);
    done = lines.length === 0 || insert(lines.map((line) => ({ id: toEvent(line).id, line })), { segment, fromBytes, toBytes });
  }
};

/** Drains what is left in the journal's segments; with `remove`, those that are wholly in the table are deleted. */
const drainSegments = (database: DatabaseSync, directory: string, options: { readonly except?: string; readonly remove: boolean }): void => {
  const forget = database.prepare('DELETE FROM audit_journal WHERE file = ?');
  for (const segment of segmentsIn(directory)) {
    if (segment === options.except) continue;
    const path = join(directory, segment);
    drainSegment(database, path, segment);
    if (!options.remove) continue;
    unlinkSync(path);
    forget.run(segment);
  }
};

class SqliteTrail implements AuditSink {
  readonly #database: DatabaseSync;
  readonly #journal: Journal;
  readonly #insert: ReturnType<typeof buildInsert>;
  readonly #log: World['log'];
  readonly #stopDraining: () => void;
  #waiting: Waiting[] = [];
  /** Journaled and not yet in the table, oldest first; undefined after a failed drain: then the files are read again. */
  #journaled: Row[] | undefined = [];
  #segment: string;
  #drainedBytes = 0;

  constructor(database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>) {
    this.#database = database;
    this.#journal = new Journal(directory);
    this.#segment = this.#journal.current;
    this.#insert = buildInsert(database);
    this.#log = world.log;
    drainSegments(database, directory, { except: this.#journal.current, remove: true });
    this.#stopDraining = world.clock.every(DRAIN_MS, () => this.#tryDrain());
  }

  write(event: AuditEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      // One write for all records of this turn of the event loop.
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ row: { id: event.id, line: JSON.stringify(event) }, resolve, reject });
    });
  }

  close(): Promise<void> {
    this.#stopDraining();
    this.#flush();
    this.#tryDrain();
    this.#journal.close();
    return Promise.resolve();
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    try {
      this.#journal.append(`${batch.map(({ row }) => row.line).join('\n')}\n`);
      // The rows alone: what waited with them must not outlive its request.
      for (const { row } of batch) this.#journaled?.push(row);
      for (const { resolve } of batch) resolve();
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  }

  #tryDrain(): void {
    try {
      this.#drain();
    } catch (error) {
      this.#journaled = undefined;
      this.#log.error('the audit journal could not be moved into the database; it is kept and tried again', { error });
    }
  }

  #drain(): void {
    const { current, bytes, directory } = this.#journal;
    // The journal went on to a new segment, a drain failed, or a reader was faster: then the files say what is missing.
    if (this.#segment !== current || !this.#drainRows(bytes)) drainSegments(this.#database, directory, { remove: false });
    this.#journaled = [];
    this.#drainedBytes = bytes;
    if (this.#segment === current) return;
    this.#segment = current;
    drainSegments(this.#database, directory, { except: current, remove: true });
  }

  /** The usual drain, out of memory. @returns false when that is not all there is to drain */
  #drainRows(bytes: number): boolean {
    const rows = this.#journaled;
    if (rows === undefined) return false;
    return rows.length === 0 || this.#insert(rows, { segment: this.#segment, fromBytes: this.#drainedBytes, toBytes: bytes });
  }
}

/** The audit trail in SQLite, behind a journal that makes every record durable before its reply is sent. */
export const buildSqliteTrail = (database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>): AuditSink => new SqliteTrail(database, directory, world);

/** Reads the trail back: the table, after what a killed gateway left in its journal has been moved there. */
export const buildSqliteTrailReader = (database: DatabaseSync, directory: string): AuditReader => {
  const after = database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position LIMIT ?');
  const lastOf = (condition: string) => database.prepare(`SELECT position, event FROM (SELECT position, event FROM audit ${condition} ORDER BY position DESC LIMIT ?) ORDER BY position`);
  const last = lastOf('');
  const lastCalls = lastOf("WHERE json_extract(event, '$.type') = 'call'");
  const rows = (found: readonly Record<string, unknown>[]) => found.map((row) => ({ position: Number(row['position']), event: toEvent(String(row['event'])) }));
  // Draining twice changes nothing, so a reader may do it beside a running gateway; it leaves the files alone.
  const drain = (): void => drainSegments(database, directory, { remove: false });
  return {
    after(position, limit) {
      drain();
      return rows(after.all(position, limit));
    },
    last(limit, { intents } = { intents: true }) {
      drain();
      return rows((intents ? last : lastCalls).all(limit));
    },
  };
};
