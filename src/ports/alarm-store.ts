import type { Alarm, AlarmName, AlarmState } from '../model/alarm.ts';

/** Which alarms a page holds: the newest first. */
export interface AlarmPage {
  /** The id of the last alarm of the page before; absent for the first page. */
  readonly after?: string;
  readonly limit: number;
  readonly state?: AlarmState;
}

/** Alarms at rest. */
export interface AlarmStore {
  get(id: string): Alarm | undefined;
  page(page: AlarmPage): readonly Alarm[];
  /** The open alarm of a name and a subject. */
  open(name: AlarmName, subject: string): Alarm | undefined;
  /** Alarms of a name and a subject that were marked as expected, and not before a time. */
  expected(name: AlarmName, subject: string, sinceMs: number): readonly Alarm[];
  /** Open alarms of a name that have not shown since a time. */
  quiet(name: AlarmName, beforeMs: number): readonly Alarm[];
  /** Writes an alarm, new or anew; the oldest closed ones are forgotten past a bound. */
  put(alarm: Alarm): void;
  /** Writes an alarm that a gateway has to tell of, because whoever writes it tells nobody: an operation, in whatever process. */
  hand(alarm: Alarm): void;
  /** What was handed over since the last time; each is taken once. */
  takeHanded(): readonly Alarm[];
}

/** What is usual of whom, as texts that only their reader understands. */
export interface BaselineStore {
  read(holder: string): string | undefined;
  /** All or none. @param day the day of the epoch on which each was last seen */
  write(baselines: readonly { readonly holder: string; readonly day: number; readonly record: string }[]): void;
  /** Forgets who was not seen since a day. */
  forget(beforeDay: number): void;
}
