import type { DatabaseSync } from 'node:sqlite';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import type { ChainHead, Checkpoint } from '../../model/trail-record.ts';
import type { AuditSink } from '../../ports/audit-sink.ts';
import type { World } from '../../ports/world.ts';
import { Head, headsText, vouchedText } from './chain/head.ts';
import { opened, type Writer } from './chain/link.ts';
import { LinkedLines } from './chain/linked-lines.ts';
import { resumeChain } from './chain/resume.ts';
import type { AuditSigner } from './chain/signer.ts';
import { Drain } from './drain.ts';
import { Journal } from './journal.ts';
import { buildRecordLine } from './record-line.ts';

const DRAIN_MS = 100;

/** How often a checkpoint is written, when there was anything to vouch for. */
const CHECKPOINT_MS = 60_000;

const WRITER: Writer = 'gateway';

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

/** What the trail of a gateway is made of. */
export interface SqliteTrailNeeds extends Pick<World, 'clock' | 'log'> {
  readonly database: DatabaseSync;
  /** Of the journal. */
  readonly directory: string;
  readonly signer: AuditSigner;
}

/** A trail that says how it goes with its writing. */
export interface WatchedSink extends AuditSink {
  /** How often it could not be written. */
  readonly failedWrites: number;
  /** How much of the journal is not in the table yet. */
  readonly waitingBytes: number;
}

class SqliteTrail implements WatchedSink {
  failedWrites = 0;
  readonly #needs: SqliteTrailNeeds;
  readonly #journal: Journal;
  readonly #drain: Drain;
  readonly #head: Head;
  readonly #line = buildRecordLine();
  readonly #lines = new LinkedLines(WRITER);
  readonly #stops: readonly (() => void)[];
  /** Where the chain stands; absent when a failed write has left open which records are in the journal. */
  #link: ChainHead | undefined;
  #checkedSeq = 0;
  #batch: Batch | undefined;
  #segment: string;
  #drainedBytes = 0;
  #appended: Buffer[] = [];
  #appendedFrom = 0;
  #closed = false;

  constructor(needs: SqliteTrailNeeds) {
    const { database, directory, signer, clock } = needs;
    this.#needs = needs;
    this.#journal = new Journal(directory);
    this.#segment = this.#journal.current;
    this.#drain = new Drain(database, directory, signer);
    this.#head = new Head(database, signer);
    this.#drain.all({ current: this.#segment, remove: true });
    this.#link = resumeChain(database, this.#head, { writer: WRITER, log: needs.log });
    this.#checkedSeq = this.#link.seq;
    this.#stops = [clock.every(DRAIN_MS, () => this.#tryDrain()), clock.every(CHECKPOINT_MS, () => this.#tryCheckpoint())];
  }

  get waitingBytes(): number {
    const { current, bytes } = this.#journal;
    return this.#segment === current ? bytes - this.#drainedBytes : bytes;
  }

  write(event: AuditEvent): Promise<void> {
    try {
      return this.#append(this.#line(event));
    } catch (cause) {
      return Promise.reject(cause as Error); // whatever it is, it is passed on
    }
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#tryCheckpoint();
    this.#flush();
    this.#tryDrain();
    this.#journal.close();
    return Promise.resolve();
  }

  /** @throws when a write has failed and the database does not say how far it went */
  #append(record: string): Promise<void> {
    this.#link = this.#lines.add(record, (this.#link ??= this.#resumed()));
    if (this.#batch === undefined) {
      this.#batch = beginBatch();
      this.#gather(this.#lines.length, MOST_TURNS);
    }
    return this.#batch.written;
  }

  /** After a failed write: what of it is whole lines has become a part of the chain. */
  #resumed(): ChainHead {
    this.#drain.all({ current: this.#journal.current, remove: false });
    return resumeChain(this.#needs.database, this.#head, { writer: WRITER, log: this.#needs.log });
  }

  /** Vouches for what has been written since the last time. */
  #tryCheckpoint(): void {
    const { clock, log, signer } = this.#needs;
    try {
      const link = this.#link;
      if (link === undefined || link.seq === this.#checkedSeq) return;
      const heads = { ...this.#head.heads, [WRITER]: link };
      const checkpoint: Checkpoint = { v: AUDIT_SCHEMA, type: 'checkpoint', at: new Date(clock.nowMs()).toISOString(), heads, keyId: signer.keyId, signature: signer.sign(vouchedText('checkpoint', headsText(heads))) };
      this.#append(opened(JSON.stringify(checkpoint))).catch((error: unknown) => log.error('a checkpoint of the audit trail could not be written', { error }));
      this.#checkedSeq = link.seq + 1;
    } catch (error) {
      log.error('a checkpoint of the audit trail could not be written', { error });
    }
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
    this.#batch = undefined;
    if (batch === undefined) return;
    const bytes = this.#lines.take();
    try {
      this.#journal.append(bytes);
      this.#appended.push(bytes);
      batch.resolve();
    } catch (cause) {
      this.#link = undefined;
      this.failedWrites += 1;
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
      this.#needs.log.error('the audit journal could not be moved into the database; it is kept and tried again', { error });
    }
  }
}

/** The audit trail in SQLite, behind a journal that makes every record durable before its reply is sent. */
export const buildSqliteTrail = (needs: SqliteTrailNeeds): WatchedSink => new SqliteTrail(needs);
