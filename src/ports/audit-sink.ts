import type { AuditEvent } from '../model/audit-event.ts';

/** Where the trail is written. */
export interface AuditSink {
  /**
   * Takes one record. The promise settles when the record survives the death of this process (kill -9); it rejects when
   * it could not be written, and the caller then refuses rather than acknowledge.
   */
  write(event: AuditEvent): Promise<void>;
  close(): Promise<void>;
}

/** Reading the trail back, for the CLI. */
export interface AuditReader {
  /** Records after the given position, oldest first, at most `limit`. */
  after(position: number, limit: number): readonly { readonly position: number; readonly event: AuditEvent }[];
  /** Records before the given position, newest first, at most `limit`. */
  before(position: number, limit: number): readonly { readonly position: number; readonly event: AuditEvent }[];
  /** The position after which stand all records that were written at a time or later, and few others. */
  positionAt(ms: number): number;
  /** The closing record of a request: near the time that its id begins with, or everywhere in the trail, which takes as long as the trail is. */
  find(id: string, where: { readonly everywhere: boolean }): AuditEvent | undefined;
  /** The last `limit` records, oldest first; without `intents` those of writes to come are left out. */
  last(limit: number, options?: { readonly intents: boolean }): readonly { readonly position: number; readonly event: AuditEvent }[];
}
