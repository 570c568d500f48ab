import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TrailRecord } from '../../../model/trail-record.ts';
import type { TrailRow } from '../formats/line-formats.ts';

/** What is handed on at a time. */
const [MOST_ROWS, MOST_CHARACTERS] = [500, 1024 * 1024];

/**
 * What waits for each receiver: the trail itself, from the position that the receiver has taken. So nothing is written twice, nothing is asked of a
 * call, and the order is that of the trail.
 */
export class Spool {
  readonly #end: StatementSync;
  readonly #rows: StatementSync;
  readonly #read: StatementSync;
  readonly #write: StatementSync;

  constructor(database: DatabaseSync) {
    this.#end = database.prepare('SELECT coalesce(max(position), 0) AS position FROM audit');
    this.#rows = database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position LIMIT ?');
    this.#read = database.prepare('SELECT position FROM audit_sinks WHERE name = ?');
    this.#write = database.prepare('INSERT INTO audit_sinks (name, position) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position');
  }

  /** The position of the last record there is. */
  end(): number {
    return Number(this.#end.get()?.['position']);
  }

  /** How far a receiver has come; one that is new begins with what comes from now on. */
  positionOf(name: string): number {
    const row = this.#read.get(name);
    if (row !== undefined) return Number(row['position']);
    const end = this.end();
    this.#write.run(name, end);
    return end;
  }

  taken(name: string, position: number): void {
    this.#write.run(name, position);
  }

  /** The next records behind a position, as many as one message may hold. */
  after(position: number): readonly TrailRow[] {
    const rows: TrailRow[] = [];
    let characters = 0;
    for (const row of this.#rows.iterate(position, MOST_ROWS)) {
      const text = String(row['event']);
      characters += text.length;
      if (rows.length > 0 && characters > MOST_CHARACTERS) break;
      rows.push({ position: Number(row['position']), text, record: JSON.parse(text) as TrailRecord }); // written by this product
    }
    return rows;
  }
}
