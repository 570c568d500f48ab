import { statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader, AuditSink } from '../../ports/audit-sink.ts';
import type { World } from '../../ports/world.ts';
import { Journal, linesOf, readPieces, segmentsIn } from './journal.ts';

const DRAIN_MS = 100;

/** How many turns of the event loop a write may wait for more records. */
const MOST_TURNS = 8;

/** One write, which all its records wait for. */
interface Batch {
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

const beginBatch = (): Batch => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { written: promise, resolve, reject };
};

/** What was appended to a segment since the last drain, as the bytes that were written: outside the heap, where nobody copies it. */
interface Appended {
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly pieces: readonly Buffer[];
}

const toEvent = (text: string): AuditEvent => JSON.parse(text) as AuditEvent; // written by this file, schema version inside

/**
 * Moves the journal into the table: rows, and how far the segment is thereby drained, in one transaction. A crash repeats nothing and
 * loses nothing, and a reader in another process may do the same at the same time.
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
    this.#insert = database.prepare('INSERT INTO audit (event) VALUES (?)');
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

  /**
   * Drains one segment from wherever the last drain stopped.
   * @param appended spares reading the segment back, when it begins just there
   */
  segment(segment: string, appended?: Appended): void {
    const path = join(this.#directory, segment);
    // Looked at before the transaction begins: an idle gateway takes no lock ten times a second.
    if (statSync(path).size <= this.#offset(segment)) return;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const offset = this.#offset(segment);
      // Another process may have drained a part.
      const { pieces, toBytes } = appended?.fromBytes === offset ? appended : readPieces(path, offset);
      for (const piece of pieces) for (const line of linesOf(piece)) this.#insert.run(line);
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
  #batch: Batch | undefined;
  #lines = '';
  #segment: string;
  #drainedBytes = 0;
  #appended: Buffer[] = [];
  #appendedFrom = 0;
  #closed = false;

  constructor(database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>) {
    this.#journal = new Journal(directory);
    this.#segment = this.#journal.current;
    this.#drain = new Drain(database, directory);
    this.#log = world.log;
    this.#drain.all({ current: this.#segment, remove: true });
    this.#stopDraining = world.clock.every(DRAIN_MS, () => this.#tryDrain());
  }

  write(event: AuditEvent): Promise<void> {
    this.#lines += `${JSON.stringify(event)}\n`;
    if (this.#batch === undefined) {
      this.#batch = beginBatch();
      this.#gather(this.#lines.length, MOST_TURNS);
    }
    return this.#batch.written;
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#stopDraining();
    this.#flush();
    this.#tryDrain();
    this.#journal.close();
    return Promise.resolve();
  }

  /** Writes as soon as a turn of the event loop has brought no further record: alone a record waits for one, under load for a few. */
  #gather(seen: number, turnsLeft: number): void {
    setImmediate(() => {
      if (turnsLeft === 1 || this.#lines.length === seen) this.#flush();
      else this.#gather(this.#lines.length, turnsLeft - 1);
    });
  }

  #flush(): void {
    const batch = this.#batch;
    const bytes = Buffer.from(this.#lines);
    this.#batch = undefined;
    this.#lines = '';
    if (batch === undefined) return;
    try {
      this.#journal.append(bytes);
      this.#appended.push(bytes);
      batch.resolve();
    } catch (cause) {
      batch.reject(cause);
    }
  }

  #tryDrain(): void {
    const { current, bytes } = this.#journal;
    if (this.#segment === current && this.#drainedBytes === bytes) return;
    const appended = { fromBytes: this.#appendedFrom, toBytes: bytes, pieces: this.#appended };
    // Forgotten even when the drain fails: the next one begins earlier than what is then held, and reads the segment.
    this.#appended = [];
    this.#appendedFrom = bytes;
    try {
      if (this.#segment === current) this.#drain.segment(current, appended);
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
  const byId = database.prepare("SELECT event FROM audit WHERE json_extract(event, '$.id') = ? AND json_extract(event, '$.type') = 'call' ORDER BY position DESC LIMIT 1");
  const rows = (found: readonly Record<string, unknown>[]) => found.map((row) => ({ position: Number(row['position']), event: toEvent(String(row['event'])) }));
  // A reader may drain beside a running gateway; it leaves the files alone.
  const journal = new Drain(database, directory);
  const drain = (): void => journal.all({ remove: false });
  return {
    after(position, limit) {
      drain();
      return rows(after.all(position, limit));
    },
    find(id) {
      drain();
      const row = byId.get(id);
      return row === undefined ? undefined : toEvent(String(row['event']));
    },
    last(limit, { intents } = { intents: true }) {
      drain();
      return rows((intents ? last : lastCalls).all(limit));
    },
  };
};
