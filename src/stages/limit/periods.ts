import { DAY_MS } from '../../model/duration.ts';

/** The moment of a call: durations on the clock that never steps (L06), quotas on the wall clock in UTC. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
  /** Days since the epoch. */
  readonly day: number;
  /** Months since the epoch. */
  readonly month: number;
}

const monthOf = (wallMs: number): number => {
  const date = new Date(wallMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
};

/** The last day asked for, and its month: a calendar is read once a day. */
let last = { day: Number.NaN, month: 0 };

/** Finds the UTC day and month of a moment. */
export const momentOf = (monotonicMs: number, wallMs: number): Moment => {
  const day = Math.floor(wallMs / DAY_MS);
  if (day !== last.day) last = { day, month: monthOf(wallMs) };
  return { monotonicMs, wallMs, day, month: last.month };
};

/** When the day after this one begins. */
export const endOfDayMs = (day: number): number => (day + 1) * DAY_MS;

/** When the month after this one begins. */
export const endOfMonthMs = (month: number): number => Date.UTC(1970, month + 1);
