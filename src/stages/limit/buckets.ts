import type { QuotaStore } from '../../ports/quota-store.ts';
import type { Clock } from '../../ports/world.ts';
import { Bucket, type Scope } from './bucket.ts';
import { momentOf, type Moment } from './periods.ts';

/** Names of tools are made up by callers: past so many that still count, further ones share a bucket. */
const MOST_TOOLS = 100_000;
const FIRST_SWEEP = 100_000;
const SHARED = '*';

const BY_TOOL: ReadonlySet<Scope> = new Set(['tool', 'tool-per-key']);

/**
 * Every bucket there is. It outlives a reload. Credentials, owners and roles are the operator's to make, so their buckets are only
 * swept; names of tools are anybody's, so theirs are bounded.
 */
export class Buckets {
  readonly #byScope = new Map<Scope, Map<string, Bucket>>();
  #waiting: Bucket[] = [];
  #sweepAt = FIRST_SWEEP;
  #size = 0;
  #generation = 0;

  /** Rises when buckets were let go: whoever holds some must find them anew. */
  get generation(): number {
    return this.#generation;
  }

  /** Finds the bucket of a name, or makes it. */
  find(scope: Scope, name: string, now: Moment): Bucket {
    const found = this.#byScope.get(scope)?.get(name);
    return found ?? this.#make(scope, name, now);
  }

  /** Notes that a quota was drawn on and has to be written down. */
  drew(bucket: Bucket): void {
    if (bucket.waits) return;
    bucket.waits = true;
    this.#waiting.push(bucket);
  }

  /** Takes up what a former run has written. */
  resume(store: QuotaStore, clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): void {
    const now = momentOf(clock.monotonicMs(), clock.nowMs());
    for (const row of store.load(now.month)) this.find(row.scope as Scope, row.name, now).resume(row); // written by save, below
  }

  /**
   * Writes what was counted since the last time, in one transaction and away from requests.
   * @param exactly at a clean stop; otherwise each count is written as it will be when the next second is like the last
   * @throws Error of the store; the counts are then written with the next save
   */
  save(store: QuotaStore, exactly: boolean): void {
    if (this.#waiting.length === 0) return;
    const saved = this.#waiting;
    store.save(saved.map((bucket) => bucket.toRow(exactly)));
    // What was written ahead of the count is set right by the next save.
    this.#waiting = saved.filter((bucket) => (bucket.waits = bucket.written !== bucket.month?.used));
  }

  #make(scope: Scope, name: string, now: Moment): Bucket {
    if (this.#size >= this.#sweepAt) this.#sweep(now);
    const names = this.#byScope.get(scope) ?? new Map<string, Bucket>();
    this.#byScope.set(scope, names);
    if (BY_TOOL.has(scope) && names.size >= MOST_TOOLS && name !== SHARED) return this.find(scope, SHARED, now);
    const bucket = new Bucket(scope, name);
    names.set(name, bucket);
    this.#size += 1;
    return bucket;
  }

  #sweep(now: Moment): void {
    for (const names of this.#byScope.values()) {
      for (const [name, bucket] of names) {
        if (!bucket.isIdle(now)) continue;
        names.delete(name);
        this.#size -= 1;
      }
    }
    this.#generation += 1;
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#size * 2);
  }
}
