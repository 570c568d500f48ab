export const HOUR_MS = 3_600_000;
/** A day of UTC, which has no leap seconds here. */
export const DAY_MS = 86_400_000;

const UNITS: ReadonlyMap<string, number> = new Map([['m', 60_000], ['h', HOUR_MS], ['d', DAY_MS]]);

/** One form for the length of a time wherever people write one: `30m`, `24h`, `90d`. */
export const DURATION_PATTERN = /^([1-9]\d{0,4})([mhd])$/;

/** The milliseconds of a duration such as `24h`; undefined when it is none. */
export const durationMs = (text: string): number | undefined => {
  const [, count = '', unit = ''] = DURATION_PATTERN.exec(text) ?? [];
  const unitMs = UNITS.get(unit);
  return unitMs === undefined ? undefined : Number(count) * unitMs;
};
