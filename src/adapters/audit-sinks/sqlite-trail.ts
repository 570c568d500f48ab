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

/** A record on its way from the journal into the table. */
interface Row extends Pick<AuditEvent, 'id' | 'type' | 'at'> {
  /** The whole event as JSON. */
  readonly line: string;
}

const toRow = ({ id, type, at }: AuditEvent, line: string): Row => ({ id, type, at, line });

/** Puts rows into the table together with how far the journal is thereby drained: a crash in between repeats nothing and loses nothing. */
const buildInsert = (database: DatabaseSync): ((rows: readonly Row[], segment: string, toBytes: number) => void) => {
  const insert = database.prepare('INSERT OR IGNORE INTO audit (id, type, at, event) VALUES (?, ?, ?, ?)');
  const note = database.prepare('INSERT INTO audit_journal (file, drained_bytes) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET drained_bytes = excluded.drained_bytes');
  return (rows, segment, toBytes) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const { id, type, at, line } of rows) insert.run(id, type, at, line);
      note.run(segment, toBytes);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
};

/** Drains what earlier processes left in journal segments; with `remove`, segments that are wholly in the table are deleted. */
const drainSegments = (database: DatabaseSync, directory: string, options: { readonly except?: string; readonly remove: boolean }): void => {
  const insert = buildInsert(database);
  const drained = database.prepare('SELECT drained_bytes FROM audit_journal WHERE file = ?');
  for (const segment of segmentsIn(directory)) {
    if (segment === options.except) continue;
    const path = join(directory, segment);
    const { lines, toBytes } = readLines(path, Number(drained.get(segment)?.['drained_bytes'] ?? 0));
    if (lines.length > 0) insert(lines.map((line) => toRow(toEvent(line), line)), segment, toBytes);
    if (!options.remove) continue;
    unlinkSync(path);
    database.prepare('DELETE FROM audit_journal WHERE file = ?').run(segment);
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
      this.#waiting.push({ row: toRow(event, JSON.stringify(event)), resolve, reject });
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
    const rows = this.#journaled;
    const { current, bytes, directory } = this.#journal;
    if (rows === undefined) drainSegments(this.#database, directory, { remove: false });
    else if (rows.length > 0) this.#insert(rows, current, bytes);
    this.#journaled = [];
    if (this.#segment === current) return;
    // The journal has gone on to a new segment: what stands before it is in the table.
    this.#segment = current;
    drainSegments(this.#database, directory, { except: current, remove: true });
  }
}

/** The audit trail in SQLite, behind a journal that makes every record durable before its reply is sent. */
export const buildSqliteTrail = (database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>): AuditSink => new SqliteTrail(database, directory, world);

/** Reads the trail back: the table, after what a killed gateway left in its journal has been moved there. */
export const buildSqliteTrailReader = (database: DatabaseSync, directory: string): AuditReader => {
  const after = database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position LIMIT ?');
  const last = database.prepare('SELECT position, event FROM (SELECT position, event FROM audit ORDER BY position DESC LIMIT ?) ORDER BY position');
  const rows = (found: readonly Record<string, unknown>[]) => found.map((row) => ({ position: Number(row['position']), event: toEvent(String(row['event'])) }));
  // Draining twice changes nothing, so a reader may do it beside a running gateway; it leaves the files alone.
  const drain = (): void => drainSegments(database, directory, { remove: false });
  return {
    after(position, limit) {
      drain();
      return rows(after.all(position, limit));
    },
    last(limit) {
      drain();
      return rows(last.all(limit));
    },
  };
};
