/** RFC 5424 severities, least severe first. */
const LEVELS: readonly unknown[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export const isLogLevel = (value: unknown): value is string => LEVELS.includes(value);

/** True when a message of this level passes a threshold; a level nobody knows does not. */
export const isAtLeast = (level: unknown, threshold: string): boolean => LEVELS.includes(level) && LEVELS.indexOf(level) >= LEVELS.indexOf(threshold);

/** The threshold that lets the most through. */
export const mostVerbose = (thresholds: Iterable<string>): string | undefined =>
  [...thresholds].reduce<string | undefined>((chosen, next) => (chosen === undefined || isAtLeast(chosen, next) ? next : chosen), undefined);
