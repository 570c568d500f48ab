import type { ChainHead } from '../../../model/trail-record.ts';
import { hashOf, readLine, type ReadLine } from './link.ts';

const TOMBSTONE = '{"v":1,"type":"pruned"';

/** A record that a patrol comes by. */
export interface MetRecord extends ReadLine {
  /** It stands for one that was forgotten, whose hash it keeps. */
  readonly isTombstone: boolean;
}

export const NO_CHAIN = 'a record stands in no chain';

/** @returns undefined for a record that stands in no chain */
export const meetRecord = (text: string): MetRecord | undefined => {
  const read = readLine(text);
  return read === undefined ? undefined : { ...read, isTombstone: text.startsWith(TOMBSTONE) };
};

/** That a record goes on from the one before it in its chain, and is what was written. @returns what is wrong with it, in words */
export const linkFault = ({ writer, link, proven, isTombstone }: MetRecord, before: ChainHead): string | undefined => {
  const where = `record ${String(link.seq)} of the chain of the ${writer}`;
  if (link.seq !== before.seq + 1) return `${where} stands behind ${String(before.seq)}`;
  return isTombstone || hashOf(proven, before.hash) === link.hash ? undefined : `${where} is not what was written`;
};
