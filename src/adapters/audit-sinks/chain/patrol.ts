import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead } from '../../../model/trail-record.ts';
import { beginningOf } from './link.ts';
import { cutWords, foreignWords, provenHeads } from './patrol-head.ts';
import { linkFault, meetRecord, NO_CHAIN } from './patrol-link.ts';
import { TailPatrol } from './tail-patrol.ts';

/**
 * Goes through the trail again and again, a few records at a time, so that a gateway finds by itself that its trail was changed: that records
 * hash to what they say, in their order, as far as the signed head goes. The newest part comes first. `sallyport audit verify` looks at more, and at all of it at once.
 */
export class ChainPatrol {
  readonly #database: DatabaseSync;
  readonly #publicKey: string;
  /** Until the end of the trail is proven. */
  #tail: TailPatrol | undefined;
  #position = Number.MIN_SAFE_INTEGER;
  #links = new Map<string, ChainHead>();

  /** @param publicKey of the trail, PEM */
  constructor(database: DatabaseSync, publicKey: string) {
    [this.#database, this.#publicKey] = [database, publicKey];
    this.#tail = new TailPatrol(database, publicKey);
  }

  /** Looks at the next records. @returns what is wrong, in words; a round that has found something begins anew */
  look(most: number): string | undefined {
    // One view of records and head: another process may add to both.
    const isOwn = !this.#database.isTransaction;
    if (isOwn) this.#database.exec('BEGIN');
    try {
      const fault = this.#tail === undefined ? this.#walk(most) : this.#lookAtTail(this.#tail, most);
      if (fault !== undefined) this.#begin();
      return fault;
    } finally {
      if (isOwn) this.#database.exec('COMMIT');
    }
  }

  #lookAtTail(tail: TailPatrol, most: number): string | undefined {
    const found = tail.look(most);
    if (found === true) this.#tail = undefined;
    if (typeof found !== 'string') return undefined;
    this.#tail = new TailPatrol(this.#database, this.#publicKey);
    return found;
  }

  #begin(): void {
    this.#position = Number.MIN_SAFE_INTEGER;
    this.#links = new Map();
  }

  #walk(most: number): string | undefined {
    const rows = this.#database.prepare('SELECT position, event FROM audit WHERE position > ? ORDER BY position LIMIT ?').all(this.#position, most);
    for (const row of rows) {
      const fault = this.#see(String(row['event']));
      if (fault !== undefined) return fault;
      this.#position = Number(row['position']);
    }
    if (rows.length === most) return undefined;
    const fault = this.#checkEnds();
    this.#begin();
    return fault;
  }

  #see(text: string): string | undefined {
    const record = meetRecord(text);
    if (record === undefined) return NO_CHAIN;
    const { writer, link } = record;
    const fault = linkFault(record, this.#links.get(writer) ?? beginningOf(writer));
    if (fault === undefined) this.#links.set(writer, link);
    return fault;
  }

  #checkEnds(): string | undefined {
    const heads = provenHeads(this.#database, this.#publicKey);
    if (typeof heads === 'string') return heads;
    const cut = Object.entries(heads).find(([writer, { seq, hash }]) => this.#links.get(writer)?.seq !== seq || this.#links.get(writer)?.hash !== hash);
    if (cut !== undefined) return cutWords(cut[0], cut[1].seq);
    const foreign = [...this.#links.keys()].find((writer) => heads[writer] === undefined);
    return foreign === undefined ? undefined : foreignWords(foreign);
  }
}
