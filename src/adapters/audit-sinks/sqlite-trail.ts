import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditReader, AuditSink } from '../../ports/audit-sink.ts';
import type { World } from '../../ports/world.ts';
import { Journal, readLines, segmentsIn } from './journal.ts';

const DRAIN_MS = 100;

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

type Drain = () => void;

/** Moves journal lines into the table, offset and rows in one transaction: a crash in between repeats nothing and loses nothing. */
const buildDrain = (database: DatabaseSync, journal: Pick<Journal, 'directory' | 'current' | 'remove'>): Drain => {
  const insert = database.prepare("INSERT OR IGNORE INTO audit (id, type, at, event) VALUES (json_extract(?1, '$.id'), json_extract(?1, '$.type'), json_extract(?1, '$.at'), ?1)");
  const drained = database.prepare('SELECT drained_bytes FROM audit_journal WHERE file = ?');
  const note = database.prepare('INSERT INTO audit_journal (file, drained_bytes) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET drained_bytes = excluded.drained_bytes');
  const forget = database.prepare('DELETE FROM audit_journal WHERE file = ?');
  const drainSegment = (segment: string): void => {
    const from = Number(drained.get(segment)?.['drained_bytes'] ?? 0);
    const { lines, toBytes } = readLines(join(journal.directory, segment), from);
    if (lines.length === 0) return;
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const line of lines) insert.run(line);
      note.run(segment, toBytes);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  return () => {
    for (const segment of segmentsIn(journal.directory)) {
      drainSegment(segment);
      if (segment === journal.current) continue;
      journal.remove(segment);
      forget.run(segment);
    }
  };
};

class SqliteTrail implements AuditSink {
  readonly #journal: Journal;
  readonly #drain: Drain;
  readonly #log: World['log'];
  readonly #stopDraining: () => void;
  #waiting: Waiting[] = [];

  constructor(database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>) {
    this.#journal = new Journal(directory);
    this.#drain = buildDrain(database, this.#journal);
    this.#log = world.log;
    this.#drain();
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
    try {
      this.#drain();
    } catch (error) {
      this.#log.error('the audit journal could not be moved into the database; it is kept and tried again', { error });
    }
  }
}

/** The audit trail in SQLite, behind a journal that makes every record durable before its reply is sent. */
export const buildSqliteTrail = (database: DatabaseSync, directory: string, world: Pick<World, 'clock' | 'log'>): AuditSink => new SqliteTrail(database, directory, world);

const toEvent = (text: string): AuditEvent => JSON.parse(text) as AuditEvent; // written by the sink above, schema version inside

/** Reads the trail back: the table, then what the journal holds beyond it (a gateway that was killed has not drained). */
export const buildSqliteTrailReader = (database: DatabaseSync, directory: string): AuditReader => {
  const after = database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position LIMIT ?');
  const last = database.prepare('SELECT position, event FROM (SELECT position, event FROM audit ORDER BY position DESC LIMIT ?) ORDER BY position');
  const idle: Pick<Journal, 'directory' | 'current' | 'remove'> = { directory, current: segmentsIn(directory).at(-1) ?? '', remove: () => undefined };
  const rows = (found: readonly Record<string, unknown>[]) => found.map((row) => ({ position: Number(row['position']), event: toEvent(String(row['event'])) }));
  // Draining is idempotent, so a reader may do it for a gateway that no longer runs; it leaves the files alone.
  const drain = buildDrain(database, idle);
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
