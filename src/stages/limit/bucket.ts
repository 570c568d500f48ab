import type { QuotaRow } from '../../ports/quota-store.ts';
import type { Moment } from './periods.ts';

/** What is counted together. `tool-per-key` is one tool of one key; the others are one thing over all callers. */
export type Scope = 'gateway' | 'server' | 'tool' | 'owner' | 'role' | 'key' | 'tool-per-key';

/**
 * Counts of calls in one UTC day or month. A clock that is stepped back over midnight does not begin the former period anew; one
 * that lies further ahead than a period was wrong, and what it counted is dropped.
 */
export class Tally {
  #period: number;
  #used: number;
  /** Calls since the count was last written down. */
  #unwritten = 0;

  constructor(period: number, used: number) {
    this.#period = period;
    this.#used = used;
  }

  get period(): number {
    return this.#period;
  }

  get used(): number {
    return this.#used;
  }

  usedIn(period: number): number {
    return period === this.#period || period === this.#period - 1 ? this.#used : 0;
  }

  add(period: number): void {
    if (period !== this.#period && period !== this.#period - 1) {
      this.#period = period;
      this.#used = 0;
      this.#unwritten = 0;
    }
    this.#used += 1;
    this.#unwritten += 1;
  }

  /** What to write down. As many calls again are assumed as came since the last time: a killed process then errs to the strict side. */
  foretold(exactly: boolean): number {
    const foretold = exactly ? this.#used : this.#used + this.#unwritten;
    this.#unwritten = 0;
    return foretold;
  }
}

/** The counts of one thing. It outlives a reload, and lives for as long as anything in it counts. */
export class Bucket {
  readonly scope: Scope;
  readonly name: string;
  /** The theoretical arrival time of the generic cell rate algorithm (ITU-T I.371), on the monotonic clock. */
  arrivalMs = 0;
  intervalMs = 0;
  inFlight = 0;
  /** Absent until a quota is drawn on: most buckets have a rate only. */
  day: Tally | undefined = undefined;
  month: Tally | undefined = undefined;
  /** What stands in the store, so that it is written only when it differs; `waits` when it is in line to be written. */
  written = 0;
  waits = false;

  constructor(scope: Scope, name: string) {
    this.scope = scope;
    this.name = name;
  }

  /** Takes up what a former run has counted. */
  resume(row: QuotaRow): void {
    [this.day, this.month] = [new Tally(row.day, row.dayUsed), new Tally(row.month, row.monthUsed)];
    this.written = row.monthUsed;
  }

  /** Counts one call in its day and month. */
  draw(now: Moment): void {
    this.day ??= new Tally(now.day, 0);
    this.month ??= new Tally(now.month, 0);
    this.day.add(now.day);
    this.month.add(now.month);
  }

  usedToday(now: Moment): number {
    return this.day?.usedIn(now.day) ?? 0;
  }

  usedThisMonth(now: Moment): number {
    return this.month?.usedIn(now.month) ?? 0;
  }

  /** Another rate than before begins with a full bucket: whoever raises a limit must not wait for the old one. */
  follow(intervalMs: number): void {
    if (this.intervalMs === intervalMs) return;
    this.intervalMs = intervalMs;
    this.arrivalMs = 0;
  }

  /** Whether nothing in it counts any more, so that a new one would be the same. */
  isIdle(now: Moment): boolean {
    return this.inFlight === 0 && this.arrivalMs <= now.monotonicMs && !this.waits && this.usedThisMonth(now) === 0 && this.usedToday(now) === 0;
  }

  toRow(exactly: boolean): QuotaRow {
    const { scope, name, day, month } = this;
    const row = { scope, name, day: day?.period ?? 0, dayUsed: day?.foretold(exactly) ?? 0, month: month?.period ?? 0, monthUsed: month?.foretold(exactly) ?? 0 };
    this.written = row.monthUsed;
    return row;
  }
}
