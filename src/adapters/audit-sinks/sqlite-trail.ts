import { statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader, AuditSink } from '../../ports/audit-sink.ts';
import type { World } from '../../ports/world.ts';
import { Journal, readLines, segmentsIn } from './journal.ts';

const DRAIN_MS = 100;

/** A record that waits for this turn's write. */
interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

const toEvent = (text: string): AuditEvent => JSON.parse(text) as AuditEvent; // written by this file, schema version inside

const ID_AT = '{"v":1,"id":"'.length;

/** The request id of a line, which every record begins with; reading it out is a tenth of parsing the record. */
const idOf = (line: string): string => line.slice(ID_AT, line.indexOf('"', ID_AT));

/**
 * Moves the journal into the table: rows, and how far the segment is thereby drained, in one transaction. A crash repeats nothing and
 * loses nothing, and a reader in another process may do the same at the same time.
 *
 * It reads the segments back instead of holding the records in memory: what waits a tenth of a second in the heap is copied by
 * the garbage collector twice, which cost more than reading.
 */
class Drain {
  readonly #database: DatabaseSync;
  readonly #directory: string;
  readonly #insert: StatementSync;
  readonly #drained: StatementSync;
  readonly #note: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync, directory: string) {
    this.#database = database;
    this.#directory = directory;
    this.#insert = database.prepare('INSERT INTO audit (id, event) VALUES (?, ?)');
    this.#drained = database.prepare('SELECT drained_bytes FROM audit_journal WHERE file = ?');
    this.#note = database.prepare('INSERT INTO audit_journal (file, drained_bytes) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET drained_bytes = excluded.drained_bytes');
    this.#forget = database.prepare('DELETE FROM audit_journal WHERE file = ?');
  }

  /** Drains every segment; those that are wholly in the table and not `current` are deleted when `remove` says so. */
  all(options: { readonly current?: string; readonly remove: boolean }): void {
    for (const segment of segmentsIn(this.#directory)) {
      this.segment(segment);
      if (!options.remove || segment === options.current) continue;
      unlinkSync(join(this.#directory, segment));
      this.#forget.run(segment);
    }
  }

  /** Drains one segment from wherever the last drain stopped. */
  segment(segment: string): void {
    const path = join(this.#directory, segment);
    // Looked at before the transaction begins: an idle gateway takes no lock ten times a second.
    if (statSync(path).size <= this.#offset(segment)) return;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const { lines, toBytes } = readLines(path, this.#offset(segment));
      for (const line of lines) this.#insert.run(idOf(line), line);
      this.#note.run(segment, toBytes);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #offset(segment: string): number {
    return Number(this.#drained.get(segment)?.['drained_bytes'] ?? 0);
  }
}

class SqliteTrail implements AuditSink {
  readonly #journal: Journal;
  readonly #drain: Drain;
  readonly #log: World['log'];
  readonly #stopDraining: () => void;
  #waiting: Waiting[] = [];
  #segment: string;
  #drainedBytes = 0;

  constructor(database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>) {
    this.#journal = new Journal(directory);
    this.#segment = this.#journal.current;
    this.#drain = new Drain(database, directory);
    this.#log = world.log;
    this.#drain.all({ current: this.#segment, remove: true });
    this.#stopDraining = world.clock.every(DRAIN_MS, () => this.#tryDrain());
  }

  write(event: AuditEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      // One write for all records of this turn of the event loop.
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ line: JSON.stringify(event), resolve, reject });
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
      this.#journal.append(`${batch.map(({ line }) => line).join('\n')}\n`);
      for (const { resolve } of batch) resolve();
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  }

  #tryDrain(): void {
    const { current, bytes } = this.#journal;
    if (this.#segment === current && this.#drainedBytes === bytes) return;
    try {
      if (this.#segment === current) this.#drain.segment(current);
      else this.#drain.all({ current, remove: true });
      this.#segment = current;
      this.#drainedBytes = bytes;
    } catch (error) {
      this.#log.error('the audit journal could not be moved into the database; it is kept and tried again', { error });
    }
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
  // A reader may drain beside a running gateway; it leaves the files alone.
  const journal = new Drain(database, directory);
  const drain = (): void => journal.all({ remove: false });
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
