import { createHash, type Hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AUDIT_SCHEMA, type AuditEvent } from '../../model/audit-event.ts';
import { isEvent, RECORD_CLASSES, type Pruned, type Pruning, type RecordClass, type TrailRecord } from '../../model/trail-record.ts';
import { lineAt, readLine, type ReadLine } from './chain/link.ts';
import type { AuditSigner } from './chain/signer.ts';
import { SqliteRows } from './sqlite-rows.ts';

/** So many records are looked at in one go, which takes some milliseconds: calls go on between two of them. */
const SLICE = 1_000;

/** A class whose end was reached is looked at again after this long. */
const LOOK_AGAIN_MS = 60_000;

/** How long records are kept, in milliseconds, by their class; those of a class that is not named are kept for good. */
export type Keep = Readonly<Partial<Record<RecordClass, number>>>;

/** What a record is about, for how long it is kept: what was refused, what an operator did, and what calls have changed or read. */
export const classOf = ({ decision, server, type, annotation, call }: AuditEvent): RecordClass => {
  if (server === 'admin') return 'operations';
  if (decision !== 'allow') return 'refusals';
  return type === 'intent' || (call === 'tools/call' && annotation !== 'read-only') ? 'writes' : 'reads';
};

/** What one go has forgotten. */
interface Forgotten {
  readonly digest: Hash;
  readonly counts: Partial<Record<RecordClass, number>>;
}

/** How far one class has been looked through, and until when nothing more of it can be due. */
interface Cursor {
  position: number;
  notBeforeMs: number;
}

/** A record that is to be forgotten. */
interface Due {
  readonly position: number;
  readonly at: string;
  readonly kind: RecordClass;
  readonly read: ReadLine;
}

export interface RetentionNeeds {
  readonly database: DatabaseSync;
  readonly signer: AuditSigner;
}

/**
 * Forgets what is older than it is to be kept: of a record its place and its hash are left, so that the chain still holds, and a signed
 * chain of its own says what was forgotten and when.
 */
export class Retention {
  readonly #rows: SqliteRows;
  readonly #read: StatementSync;
  readonly #replace: StatementSync;
  readonly #cursors = new Map<RecordClass, Cursor>();

  constructor({ database, signer }: RetentionNeeds) {
    // What was forgotten is not to be found in what SQLite leaves of a page either.
    database.exec('PRAGMA secure_delete = ON');
    this.#rows = new SqliteRows(database, 'retention', signer);
    this.#read = database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position LIMIT ?');
    this.#replace = database.prepare('UPDATE audit SET event = ? WHERE position = ?');
  }

  /**
   * Goes on by one go.
   * @returns how many records were forgotten
   */
  step(keep: Keep, nowMs: number): number {
    for (const kind of RECORD_CLASSES) {
      const keepMs = keep[kind];
      const cursor = this.#cursorOf(kind);
      if (keepMs === undefined || cursor.notBeforeMs > nowMs) continue;
      return this.#slice(kind, { cursor, dueBeforeMs: nowMs - keepMs, keepMs });
    }
    return 0;
  }

  #cursorOf(kind: RecordClass): Cursor {
    const cursor = this.#cursors.get(kind) ?? { position: 0, notBeforeMs: 0 };
    this.#cursors.set(kind, cursor);
    return cursor;
  }

  #slice(kind: RecordClass, { cursor, dueBeforeMs, keepMs }: { readonly cursor: Cursor; readonly dueBeforeMs: number; readonly keepMs: number }): number {
    const due: Due[] = [];
    const rows = this.#read.all(cursor.position, SLICE);
    let next = cursor.position;
    for (const row of rows) {
      const [position, text] = [Number(row['position']), String(row['event'])];
      const record = JSON.parse(text) as TrailRecord; // written by this product
      if (Date.parse(record.at) >= dueBeforeMs) {
        cursor.notBeforeMs = Date.parse(record.at) + keepMs;
        break;
      }
      next = position;
      const read = readLine(text);
      if (read !== undefined && isEvent(record) && classOf(record) === kind) due.push({ position, at: record.at, kind, read });
    }
    const nowMs = dueBeforeMs + keepMs;
    // At the end of the trail there is time: what comes is newer.
    if (rows.length < SLICE) cursor.notBeforeMs = Math.max(cursor.notBeforeMs, nowMs + LOOK_AGAIN_MS);
    if (due.length > 0) this.#forget(due, new Date(nowMs).toISOString());
    cursor.position = next;
    return due.length;
  }

  #forget(due: readonly Due[], at: string): void {
    this.#rows.transact(() => {
      const by = this.#rows.nextSeq;
      const forgotten: Forgotten = { digest: createHash('sha256'), counts: {} };
      for (const record of due) this.#empty(record, by, forgotten);
      const pruning: Pruning = { v: AUDIT_SCHEMA, type: 'pruning', at, counts: forgotten.counts, digest: forgotten.digest.digest('base64url') };
      this.#rows.add(pruning);
    });
  }

  #empty({ position, at, kind, read }: Due, by: number, { digest, counts }: Forgotten): void {
    const tombstone: Pruned = { v: AUDIT_SCHEMA, type: 'pruned', at, class: kind, by };
    const text = lineAt(JSON.stringify(tombstone), read);
    this.#replace.run(text, position);
    digest.update(`${text}\n`);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
}
