import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead } from '../../../model/trail-record.ts';
import { readHeads, vouchedText, type Heads } from './head.ts';
import { beginningOf, hashOf, readLine } from './link.ts';
import { isSignedBy } from './signer.ts';

const TOMBSTONE = '{"v":1,"type":"pruned"';

/**
 * Goes through the trail again and again, a few records at a time, so that a gateway finds by itself that its trail was changed: that records
 * hash to what they say, in their order, as far as the signed head goes. `sallyport audit verify` looks at more, and at all of it at once.
 */
export class ChainPatrol {
  readonly #database: DatabaseSync;
  readonly #publicKey: string;
  #position = Number.MIN_SAFE_INTEGER;
  #links = new Map<string, ChainHead>();

  /** @param publicKey of the trail, PEM */
  constructor(database: DatabaseSync, publicKey: string) {
    [this.#database, this.#publicKey] = [database, publicKey];
  }

  /** Looks at the next records. @returns what is wrong, in words; a round that has found something begins anew */
  look(most: number): string | undefined {
    // One view of records and head: another process may add to both.
    const isOwn = !this.#database.isTransaction;
    if (isOwn) this.#database.exec('BEGIN');
    try {
      const fault = this.#walk(most);
      if (fault !== undefined) this.#begin();
      return fault;
    } finally {
      if (isOwn) this.#database.exec('COMMIT');
    }
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
    const read = readLine(text);
    if (read === undefined) return 'a record stands in no chain';
    const { writer, link, proven } = read;
    const last = this.#links.get(writer) ?? beginningOf(writer);
    const where = `record ${String(link.seq)} of the chain of the ${writer}`;
    if (link.seq !== last.seq + 1) return `${where} stands behind ${String(last.seq)}`;
    if (!text.startsWith(TOMBSTONE) && hashOf(proven, last.hash) !== link.hash) return `${where} is not what was written`;
    this.#links.set(writer, link);
    return undefined;
  }

  #checkEnds(): string | undefined {
    const row = this.#database.prepare('SELECT heads, signature FROM audit_head').get();
    if (row !== undefined && !isSignedBy(this.#publicKey, vouchedText('head', String(row['heads'])), String(row['signature']))) return 'the head is not signed by the key of this trail';
    const heads: Heads = row === undefined ? {} : readHeads(String(row['heads']));
    const cut = Object.entries(heads).find(([writer, { seq, hash }]) => this.#links.get(writer)?.seq !== seq || this.#links.get(writer)?.hash !== hash);
    if (cut !== undefined) return `the chain of the ${cut[0]} does not end where its signed head says (record ${String(cut[1].seq)}): records were cut off or changed`;
    const foreign = [...this.#links.keys()].find((writer) => heads[writer] === undefined);
    return foreign === undefined ? undefined : `the signed head does not know the chain of the ${foreign}`;
  }
}
