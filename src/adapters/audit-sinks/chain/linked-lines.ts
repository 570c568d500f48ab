import { hash } from 'node:crypto';
import type { ChainHead } from '../../../model/trail-record.ts';
import { endOf, HASH_LENGTH, provenOf, type Writer } from './link.ts';

const FIRST_BYTES = 256 * 1024;

/** UTF-8 takes at most so many bytes for each unit of a JavaScript string. */
const MOST_BYTES_PER_UNIT = 3;

/** What follows a record: its hash, and the end of the line. */
const END_BYTES = endOf('').length + HASH_LENGTH + 1;

/**
 * Records on their way to the journal, each linked to the one before it: what `linkRecord` makes as text, made as the bytes that are written. A
 * record is turned into bytes once, and its hash is taken where it stands; as text it would be put together, copied for the hash, and copied
 * again with all that are written together.
 */
export class LinkedLines {
  readonly #writer: Writer;
  /** What stands there before the first line is room for the hash that goes before it. */
  #page = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = HASH_LENGTH;
  /** What a hash stands over while the next one is taken. */
  readonly #covered = Buffer.allocUnsafeSlow(HASH_LENGTH);

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** How many bytes stand ready. */
  get length(): number {
    return this.#end - HASH_LENGTH;
  }

  /**
   * Makes a record the next one of the chain.
   * @param record an object as JSON, in one line, without its last brace
   * @returns where the chain then stands
   */
  add(record: string, before: ChainHead): ChainHead {
    const seq = before.seq + 1;
    const proven = provenOf(record, this.#writer, seq);
    this.#reserve(proven.length * MOST_BYTES_PER_UNIT + END_BYTES);
    const from = this.#end;
    const to = from + this.#page.write(proven, from, 'utf8');
    const link = { seq, hash: this.#hash(from, to, before.hash) };
    this.#end = to + this.#page.write(`${endOf(link.hash)}\n`, to, 'latin1');
    return link;
  }

  /** The lines that stand ready, as bytes of their own; none are left. */
  take(): Buffer {
    const lines = Buffer.from(this.#page.subarray(HASH_LENGTH, this.#end));
    this.#end = HASH_LENGTH;
    return lines;
  }

  /** The hash is over the one before and the record: for the moment that one stands where the last line ends. */
  #hash(from: number, to: number, before: string): string {
    const begin = from - HASH_LENGTH;
    this.#page.copy(this.#covered, 0, begin, from);
    this.#page.write(before, begin, 'latin1');
    const hashed = hash('sha256', this.#page.subarray(begin, to), 'base64url');
    this.#covered.copy(this.#page, begin);
    return hashed;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#page.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#page.length * 2, this.#end + bytes));
    this.#page.copy(larger, 0, 0, this.#end);
    this.#page = larger;
  }
}
