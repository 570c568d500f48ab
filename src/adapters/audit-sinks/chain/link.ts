import { hash } from 'node:crypto';
import type { ChainHead } from '../../../model/trail-record.ts';

/** Who writes records: each has a chain of its own, because no two share a process. */
export type Writer = 'gateway' | 'terminal' | 'retention';

/** Characters of a hash: SHA-256 as base64url. */
export const HASH_LENGTH = 43;

/** A chain before its first record: the hash says whose it is, so that no chain goes on where another began. */
export const beginningOf = (writer: string): ChainHead => ({ seq: 0, hash: hash('sha256', `sallyport audit chain v1 ${writer}`, 'base64url') });

/** The hash of a record is over the hash before it and all that the record says, `writer` and `seq` included. */
export const hashOf = (proven: string, before: string): string => hash('sha256', before + proven, 'base64url');

/** What a hash is over: all that a record says, and its place. */
export const provenOf = (opened: string, writer: string, seq: number): string => `${opened},"writer":"${writer}","seq":${String(seq)}`;

/** An object as JSON, without its last brace. */
export const opened = (record: string): string => record.slice(0, -1);

/** What closes a record behind its place. */
export const endOf = (hashed: string): string => `,"hash":"${hashed}"}`;

/**
 * Makes a record the next one of a chain.
 * @param record an object as JSON, in one line, without its last brace
 * @returns the line with `writer`, `seq` and `hash` as its last members, and where the chain then stands
 */
export const linkRecord = (record: string, writer: Writer, before: ChainHead): { readonly line: string; readonly link: ChainHead } => {
  const seq = before.seq + 1;
  const proven = provenOf(record, writer, seq);
  const link = { seq, hash: hashOf(proven, before.hash) };
  return { line: `${proven}${endOf(link.hash)}`, link };
};

/** The line of a record at a place that it has already, whatever it says: of one that was forgotten. */
export const lineAt = (record: string, { writer, link: { seq, hash: hashed } }: Pick<ReadLine, 'writer' | 'link'>): string => `${provenOf(opened(record), writer, seq)}${endOf(hashed)}`;

/** A line of the trail, taken apart: what its hash is over, and what it says of its place. */
export interface ReadLine {
  readonly writer: string;
  readonly link: ChainHead;
  readonly proven: string;
}

/** The last three members; no text of a caller can look like it, because its quotation marks are escaped. */
const PLACE = /,"writer":"([a-z][a-z0-9-]{0,31})","seq":([1-9]\d{0,15})(,"hash":"([\w-]{43})"\})$/;

/** Longer than the three members ever are: only so much of a line is looked at. */
const PLACE_LENGTH = 160;

/** @returns undefined for a record that is in no chain, as those of older versions are */
export const readLine = (line: string): ReadLine | undefined => {
  const found = PLACE.exec(line.slice(-PLACE_LENGTH));
  const [, writer, seq, end, hashed] = found ?? [];
  if (writer === undefined || end === undefined || hashed === undefined) return undefined;
  return { writer, link: { seq: Number(seq), hash: hashed }, proven: line.slice(0, -end.length) };
};
