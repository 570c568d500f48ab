import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, fstatSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A segment is closed past this size and deleted once all of it is in the database. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

const segmentName = (number: number): string => `${String(number).padStart(10, '0')}.jsonl`;

/** The journal's segments, oldest first. */
export const segmentsIn = (directory: string): readonly string[] => (existsSync(directory) ? readdirSync(directory).filter((name) => /^\d{10}\.jsonl$/.test(name)).sort() : []);

/** The lines in bytes that end with one. */
export const linesOf = (bytes: Buffer): readonly string[] => bytes.toString('utf8', 0, bytes.length - 1).split('\n');

/** The whole lines of a segment from an offset on, as bytes, and where they end; a torn last line was never acknowledged. */
export const readPieces = (path: string, fromBytes: number): { readonly pieces: readonly Buffer[]; readonly toBytes: number } => {
  const file = openSync(path, 'r');
  try {
    const length = Math.max(0, fstatSync(file).size - fromBytes);
    const bytes = Buffer.alloc(length);
    const read = readSync(file, bytes, 0, length, fromBytes);
    const end = bytes.subarray(0, read).lastIndexOf(10) + 1;
    return { pieces: end === 0 ? [] : [bytes.subarray(0, end)], toBytes: fromBytes + end };
  } finally {
    closeSync(file);
  }
};

/**
 * Append-only files that take what is acknowledged before the database does. One `write` per turn of the event loop
 * survives kill -9 (the page cache is the kernel's); the drain into SQLite, which syncs to disk, follows in the background.
 */
export class Journal {
  readonly directory: string;
  #number: number;
  #file: number;
  #bytes = 0;
  /** The segment takes no more: it is full, or a failed write has torn its last line. */
  #isOver = false;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const last = segmentsIn(directory).at(-1);
    // Always a new segment: a torn line at the end of the old one must not join the first new record.
    this.#number = last === undefined ? 1 : Number(last.slice(0, 10)) + 1;
    this.#file = openSync(this.#path(), 'a', 0o600);
  }

  /** Name of the segment being written. */
  get current(): string {
    return segmentName(this.#number);
  }

  /** Bytes of the segment being written. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends whole lines.
   * @throws the file system's error; what was half written is no whole line and counts as not written
   */
  append(bytes: Buffer): void {
    if (this.#isOver) this.#rotate();
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#file, bytes, written);
    } catch (error) {
      // A torn line would swallow the next record: go on in a fresh segment.
      this.#isOver = written > 0;
      throw error;
    }
    this.#bytes += bytes.length;
    this.#isOver = this.#bytes > SEGMENT_BYTES;
  }

  close(): void {
    closeSync(this.#file);
  }

  #path(number = this.#number): string {
    return join(this.directory, segmentName(number));
  }

  /** Lets go of the old file only when there is a new one: a closed descriptor may soon be somebody else's. */
  #rotate(): void {
    const file = openSync(this.#path(this.#number + 1), 'a', 0o600);
    closeSync(this.#file);
    this.#file = file;
    this.#number += 1;
    this.#bytes = 0;
    this.#isOver = false;
  }
}
