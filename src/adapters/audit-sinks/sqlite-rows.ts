import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TrailRecord } from '../../model/trail-record.ts';
import type { AuditSink } from '../../ports/audit-sink.ts';
import { Head } from './chain/head.ts';
import { linkRecord, opened, type Writer } from './chain/link.ts';
import type { AuditSigner } from './chain/signer.ts';

/** Where the other chains stood when a record was added: its place among them cannot be changed unseen. */
const placed = (record: TrailRecord, head: Head, writer: Writer): string => {
  const others = Object.entries(head.heads).filter(([name]) => name !== writer);
  return JSON.stringify({ ...record, after: Object.fromEntries(others.map(([name, { seq }]) => [name, seq])) });
};

/**
 * Adds records to the table itself, for whoever has no journal: the journal belongs to the gateway, which may run beside it. SQLite's own
 * lock keeps two writers apart, and each chain goes on where the last one to write it stopped.
 */
export class SqliteRows implements Pick<AuditSink, 'write'> {
  readonly #database: DatabaseSync;
  readonly #writer: Writer;
  readonly #head: Head;
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync, writer: Writer, signer: AuditSigner) {
    this.#database = database;
    this.#writer = writer;
    this.#head = new Head(database, signer);
    this.#insert = database.prepare('INSERT INTO audit (event) VALUES (?)');
  }

  /** The row is synced to the disk before the promise settles. A failure is the promise's, not a throw: whoever writes decides what it means. */
  async write(record: TrailRecord): Promise<void> {
    this.transact(() => this.add(record));
  }

  /** The number that the next record will have in its chain. To be asked within the transaction that adds it. */
  get nextSeq(): number {
    return this.#head.of(this.#writer).seq + 1;
  }

  /** Adds a record within a transaction. */
  add(record: TrailRecord): void {
    const { line, link } = linkRecord(opened(placed(record, this.#head, this.#writer)), this.#writer, this.#head.of(this.#writer));
    this.#insert.run(line);
    this.#head.move(this.#writer, link);
  }

  /** Runs `work` as one change; inside another transaction it is a part of that one. */
  transact(work: () => void): void {
    if (this.#database.isTransaction) return work();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
