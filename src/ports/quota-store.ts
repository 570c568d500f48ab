/** How many calls were counted in a UTC day and month, each numbered from the epoch. */
export interface QuotaRow {
  readonly scope: string;
  readonly name: string;
  readonly day: number;
  readonly dayUsed: number;
  readonly month: number;
  readonly monthUsed: number;
}

/** Counts at rest. Written in batches, and read once at start. */
export interface QuotaStore {
  /** All counts of this month and later; older ones are dropped. */
  load(month: number): readonly QuotaRow[];
  /** Writes all or none. */
  save(rows: readonly QuotaRow[]): void;
}
