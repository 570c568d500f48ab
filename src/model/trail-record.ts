import type { AUDIT_SCHEMA, AuditEvent } from './audit-event.ts';

/** Where a chain of the trail stands: how many records it has, and the hash of the last. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

interface OfTheTrail {
  readonly v: typeof AUDIT_SCHEMA;
  /** RFC 3339 UTC with milliseconds. */
  readonly at: string;
}

/** Says, signed, how far the chains went when it was written; kept elsewhere, it proves that nothing before it has changed since. */
export interface Checkpoint extends OfTheTrail {
  readonly type: 'checkpoint';
  readonly heads: Readonly<Record<string, ChainHead>>;
  readonly keyId: string;
  readonly signature: string;
}

/** The classes of records that may be kept for different times. */
export const RECORD_CLASSES = ['reads', 'writes', 'refusals', 'operations'] as const;

export type RecordClass = (typeof RECORD_CLASSES)[number];

/** Says which records were forgotten, because they were older than the configuration keeps them. */
export interface Pruning extends OfTheTrail {
  readonly type: 'pruning';
  /** How many, and a digest of their places and hashes in the order of the trail. */
  readonly counts: Readonly<Partial<Record<RecordClass, number>>>;
  readonly digest: string;
}

/** What is left of a record that was forgotten: its place and its hash, so that the chain still holds. */
export interface Pruned extends OfTheTrail {
  readonly type: 'pruned';
  readonly class: RecordClass;
  /** The `seq` of the pruning that forgot it. */
  readonly by: number;
}

/** Everything that stands in the trail. */
export type TrailRecord = AuditEvent | Checkpoint | Pruning | Pruned;

/** Whether a record is about a request, and not about the trail itself. */
export const isEvent = (record: TrailRecord): record is AuditEvent => record.type === 'call' || record.type === 'intent';
