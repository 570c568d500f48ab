import { statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Head } from './chain/head.ts';
import { readLine } from './chain/link.ts';
import type { AuditSigner } from './chain/signer.ts';
import { linesOf, readPieces, segmentsIn } from './journal.ts';

/** How many records one statement writes: what a statement costs by itself is half of what a row costs. */
const ROWS = 32;

/** What was appended to a segment since the last drain, as the bytes that were written: outside the heap, where nobody copies it. */
export interface Appended {
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly pieces: readonly Buffer[];
}

/**
 * Moves the journal into the table: rows, how far the segment is thereby drained, and the signed head of the chain, in one transaction. A crash repeats nothing and
 * loses nothing, and a reader in another process may do the same at the same time.
 */
export class Drain {
  readonly #database: DatabaseSync;
  readonly #directory: string;
  readonly #insert: StatementSync;
  readonly #insertRows: StatementSync;
  readonly #drained: StatementSync;
  readonly #note: StatementSync;
  readonly #forget: StatementSync;
  readonly #head: Head;

  constructor(database: DatabaseSync, directory: string, signer: AuditSigner) {
    this.#database = database;
    this.#directory = directory;
    this.#insert = database.prepare('INSERT INTO audit (event) VALUES (?)');
    this.#insertRows = database.prepare(`INSERT INTO audit (event) VALUES ${Array.from({ length: ROWS }, () => '(?)').join(', ')}`);
    this.#drained = database.prepare('SELECT drained_bytes FROM audit_journal WHERE file = ?');
    this.#note = database.prepare('INSERT INTO audit_journal (file, drained_bytes) VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET drained_bytes = excluded.drained_bytes');
    this.#head = new Head(database, signer);
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
      this.#write(pieces.flatMap(linesOf));
      this.#note.run(segment, toBytes);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #write(lines: readonly string[]): void {
    const whole = lines.length - (lines.length % ROWS);
    for (let at = 0; at < whole; at += ROWS) this.#insertRows.run(...lines.slice(at, at + ROWS));
    for (const line of lines.slice(whole)) this.#insert.run(line);
    const last = readLine(lines.at(-1) ?? '');
    if (last !== undefined) this.#head.move(last.writer, last.link);
  }

  #offset(segment: string): number {
    return Number(this.#drained.get(segment)?.['drained_bytes'] ?? 0);
  }
}
