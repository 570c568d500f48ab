import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead } from '../../../model/trail-record.ts';
import type { Heads } from './head.ts';
import { cutWords, foreignWords, provenHeads } from './patrol-head.ts';
import { linkFault, meetRecord, NO_CHAIN, type MetRecord } from './patrol-link.ts';

/** So much of the end is proven before all from the beginning, and so far back is looked for a chain that was quiet for long. */
const LEAST = 1_000;
const MOST = 5_000;

/**
 * Goes through the newest records of the trail, from its end back: that each chain ends where the signed head says, and what its last records say. A tail
 * that was cut off a long trail is found in the first steps, and not when everything before it was proven.
 */
export class TailPatrol {
  readonly #database: DatabaseSync;
  readonly #publicKey: string;
  #heads: Heads | undefined;
  #position = Number.MAX_SAFE_INTEGER;
  #looked = 0;
  /** Of each chain the record whose predecessor was not met yet. */
  readonly #newer = new Map<string, MetRecord>();

  /** @param publicKey of the trail, PEM */
  constructor(database: DatabaseSync, publicKey: string) {
    [this.#database, this.#publicKey] = [database, publicKey];
  }

  /** Looks at the records before those it has seen; within one view of records and head. @returns what is wrong, in words; true when it is through */
  look(most: number): string | boolean {
    if (this.#heads === undefined) {
      const heads = provenHeads(this.#database, this.#publicKey);
      if (typeof heads === 'string') return heads;
      this.#heads = heads;
    }
    const rows = this.#database.prepare('SELECT position, event FROM audit WHERE position < ? ORDER BY position DESC LIMIT ?').all(this.#position, most);
    for (const row of rows) {
      const fault = this.#see(String(row['event']), this.#heads);
      if (fault !== undefined) return fault;
      this.#position = Number(row['position']);
    }
    this.#looked += rows.length;
    return this.#isThrough(rows.length < most, this.#heads);
  }

  /** That a chain of the head has no record at all is for those who go through everything to say, and for the beginning of the trail. */
  #isThrough(atBeginning: boolean, heads: Heads): string | boolean {
    const unseen = Object.entries(heads).find(([writer]) => !this.#newer.has(writer));
    if (atBeginning) return unseen === undefined ? true : cutWords(unseen[0], unseen[1].seq);
    return this.#looked >= MOST || (unseen === undefined && this.#looked >= LEAST);
  }

  #see(text: string, heads: Heads): string | undefined {
    const record = meetRecord(text);
    if (record === undefined) return NO_CHAIN;
    const newer = this.#newer.get(record.writer);
    this.#newer.set(record.writer, record);
    return newer === undefined ? endFault(record, heads[record.writer]) : linkFault(newer, record.link);
  }
}

const endFault = ({ writer, link }: MetRecord, head: ChainHead | undefined): string | undefined => {
  if (head === undefined) return foreignWords(writer);
  return link.seq === head.seq && link.hash === head.hash ? undefined : cutWords(writer, head.seq);
};
