/** Hours of the week in a time zone, as they are written. */
export interface Hours {
  /** `09:00`: from then on. */
  readonly from: string;
  /** `17:00`: until then, itself not included; earlier than `from` it is that of the next day. */
  readonly to: string;
  /** Days on which the hours begin; all of them when absent. */
  readonly days?: readonly Weekday[] | undefined;
  /** IANA name, such as `Europe/Berlin`. */
  readonly zone: string;
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What a clock on the wall of a place shows. */
export interface WallTime {
  readonly day: Weekday;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** Whether the runtime knows the time zone. */
export const isTimeZone = (zone: string): boolean => {
  try {
    Intl.DateTimeFormat('en-GB', { timeZone: zone });
    // An offset such as +02:00 is right for half a year and wrong for the other.
    return !/^[+-]/.test(zone);
  } catch {
    return false;
  }
};

/**
 * A clock on the wall in a time zone. Asking the calendar costs microseconds, so it is asked once a minute: every offset in use is of
 * whole minutes.
 */
export const wallClock = (zone: string): ((nowMs: number) => WallTime) => {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  let seenMinute = Number.NaN;
  let seen: WallTime = { day: 'mon', minutes: 0 };
  return (nowMs) => {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute === seenMinute) return seen;
    const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    const day = WEEKDAYS.find((name) => name === parts.get('weekday')?.toLowerCase()) ?? 'mon';
    seen = { day, minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
    seenMinute = minute;
    return seen;
  };
};

const dayBefore = (day: Weekday): Weekday => WEEKDAYS[(WEEKDAYS.indexOf(day) + 6) % 7] ?? day;

/** Whether a moment is within the hours. Where the clocks are put back an hour comes twice and counts twice; one that is left out never comes. */
export const compileHours = (hours: Hours): ((nowMs: number) => boolean) => {
  const clock = wallClock(hours.zone);
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const days = new Set<Weekday>(hours.days ?? WEEKDAYS);
  if (from < to) {
    return (nowMs) => {
      const { day, minutes } = clock(nowMs);
      return minutes >= from && minutes < to && days.has(day);
    };
  }
  return (nowMs) => {
    const { day, minutes } = clock(nowMs);
    return minutes >= from ? days.has(day) : minutes < to && days.has(dayBefore(day));
  };
};

const two = (value: number): string => String(value).padStart(2, '0');

/** `sat 22:14`. */
export const sayWallTime = ({ day, minutes }: WallTime): string => `${day} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** `mon–fri 09:00–17:00 Europe/Berlin`. */
export const sayHours = ({ from, to, days, zone }: Hours): string => `${days === undefined ? 'every day' : days.join(' ')} ${from} to ${to} ${zone}`;
