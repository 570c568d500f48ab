import type { DatabaseSync } from 'node:sqlite';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditSink } from '../../ports/audit-sink.ts';
import type { World } from '../../ports/world.ts';
import { Drain } from './drain.ts';
import { Journal } from './journal.ts';
import { buildRecordLine } from './record-line.ts';

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

class SqliteTrail implements AuditSink {
  readonly #journal: Journal;
  readonly #drain: Drain;
  readonly #log: World['log'];
  readonly #line = buildRecordLine();
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
    this.#lines += `${this.#line(event)}\n`;
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
