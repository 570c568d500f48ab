import type { KeyLimits } from '../../model/api-key.ts';
import { WEEKDAYS, type Hours, type Weekday } from '../../model/hours.ts';
import { CliError, EXIT } from '../exit.ts';

const usage = (message: string, cure: string): CliError => new CliError(message, { exitCode: EXIT.usage, cure });

/** Days until a key expires; 0 stands for never. */
export const daysOf = (text: string): number => {
  if (text === 'never') return 0;
  return wholeDays(text, '--days', ', or never');
};

/** A number of days that a flag gives. */
export const wholeDays = (text: string, flag: string, or = ''): number => {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 3_650) throw usage(`${flag} ${text} is not a number of days`, `write 1 to 3650${or}`);
  return days;
};

const HOURS_CURE = "write days, times and a time zone, such as --hours 'mon-fri 09:00-17:00 Europe/Berlin'";

const isWeekday = (text: string): text is Weekday => WEEKDAYS.some((day) => day === text);

/** `mon`, `mon-fri`, or `daily`. */
const daysIn = (text: string): readonly Weekday[] => {
  if (text === 'daily') return WEEKDAYS;
  const [first = '', last = first, ...more] = text.split('-');
  if (!isWeekday(first) || !isWeekday(last) || more.length > 0) throw usage(`${text} names no days`, HOURS_CURE);
  const [from, to] = [WEEKDAYS.indexOf(first), WEEKDAYS.indexOf(last)];
  return to < from ? [...WEEKDAYS.slice(from), ...WEEKDAYS.slice(0, to + 1)] : WEEKDAYS.slice(from, to + 1);
};

/** The hours that `--hours` gives: `mon-fri,sun 09:00-17:00 Europe/Berlin`. */
export const hoursOf = (text: string): Hours & { readonly days: readonly Weekday[] } => {
  const [days = '', times = '', zone = '', ...more] = text.trim().split(/\s+/);
  const [from = '', to = '', ...others] = times.split('-');
  if (zone === '' || more.length + others.length > 0) throw usage(`--hours "${text}" cannot be read`, HOURS_CURE);
  return { days: [...new Set(days.toLowerCase().split(',').flatMap(daysIn))], from, to, zone };
};

/** The flags of limits, as commander hands them over. */
export interface LimitFlags {
  readonly perSecond?: string;
  readonly burst?: string;
  readonly perDay?: string;
  readonly perMonth?: string;
  readonly inFlight?: string;
}

const FLAGS = { perSecond: '--per-second', burst: '--burst', perDay: '--per-day', perMonth: '--per-month', inFlight: '--in-flight' } as const;

/** The limits that the flags give; empty when there are none. */
export const limitsOf = (flags: LimitFlags): KeyLimits => {
  const limits: { -readonly [Name in keyof KeyLimits]: KeyLimits[Name] } = {};
  for (const name of ['perSecond', 'burst', 'perDay', 'perMonth', 'inFlight'] as const) {
    const text = flags[name];
    if (text === undefined) continue;
    const number = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || number <= 0) throw usage(`${FLAGS[name]} ${text} is not a number above 0`, `write one, such as ${FLAGS[name]} 10`);
    limits[name] = number;
  }
  return limits;
};

/** The overlap that a flag gives, among those that can be had here. */
export const overlapOf = <Choice extends string>(text: string, choices: readonly Choice[]): Choice => {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw usage(`--overlap ${text} is none`, `write one of ${choices.join(', ')}`);
  return found;
};
