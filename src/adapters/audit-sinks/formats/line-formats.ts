import { isEvent, type TrailRecord } from '../../../model/trail-record.ts';
import { cefOf } from './cef.ts';
import { ocsfOf } from './ocsf.ts';

/** One row of the trail, as it stands there and as it is read. */
export interface TrailRow {
  readonly position: number;
  readonly text: string;
  readonly record: TrailRecord;
}

/** Formats of one record a line. A format that has no word for what is about the trail itself leaves it out. */
export const LINE_FORMATS = {
  /** The record byte for byte, its place in the chain included, and checkpoints too: what is kept elsewhere proves what is here. */
  json: ({ text }: TrailRow): string | undefined => text,
  ocsf: ({ record }: TrailRow): string | undefined => (isEvent(record) ? JSON.stringify(ocsfOf(record)) : undefined),
  cef: ({ record }: TrailRow): string | undefined => (isEvent(record) ? cefOf(record) : undefined),
} as const;

export type LineFormat = keyof typeof LINE_FORMATS;

export const LINE_FORMAT_NAMES = ['json', 'ocsf', 'cef'] as const satisfies readonly LineFormat[];

/** Records as lines. */
export const linesIn = (format: LineFormat, rows: readonly TrailRow[]): readonly string[] => rows.flatMap((row) => LINE_FORMATS[format](row) ?? []);
