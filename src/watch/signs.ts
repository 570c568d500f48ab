import type { Evidence } from '../model/alarm.ts';
import type { Baseline, Bounds, Volume } from './baseline.ts';
import type { Ceiling, HeldBack } from './call-throttle.ts';

/** How bad a sign is: what is noted is in the list and nobody is told; what has grown is told even where something new was told before. */
export const STEP = { noted: 0, odd: 1, grown: 2 } as const;

/** One sign that something is unusual. */
export interface Sign extends Evidence {
  readonly step: number;
  /** It was told before and still shows: it keeps an alarm open and raises none. */
  readonly again?: true;
}

/** Until something was used on so many days nothing about it is unusual. */
const ACTIVE_DAYS = 5;

/** The most that raises nothing: so many times the busiest day or hour, ten times the usual distance from the middle, or what nobody needs to hear of. */
const DAY_FACTOR = { steady: 3, moody: 6 } as const;
const HOUR_FACTOR = { steady: 5, moody: 10 } as const;
const DEVIATIONS = 10;
const TAIL = 4;
const FEW_DAYS = 2;
/** However few and far apart its days are, so many times what else would raise something does. */
const MOST_TAIL = 2;
const DAY_FLOOR = 300;
const HOUR_FLOOR = 100;

/** A slow ramp: the last days against the first ones that are kept. */
const GROWTH = 4;
const RECENT_DAYS = 5;
const RAMP_DAYS = 14;
const OLD_DAYS = 7;
/** So many standard errors. */
const CERTAIN = 4.5;

/** Days of programs that work like a clock lie this close to their middle, nearly all of them not far from it, and there is no day without. */
const STEADY = 0.12;
const CLOSE = 0.25;
const CLOSE_SHARE = 0.85;
/** The middle distance from the middle of what varies by one. */
const CHANCE = 0.675;
const STEADY_DAYS = 10;

/** What is looked at: how long is learned before anything is unusual. */
export interface Rules {
  readonly learnDays: number;
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

/** Whether something is known for long enough. */
export const isLearned = ({ days, firstDay }: Volume, day: number, { learnDays }: Rules): boolean => day - firstDay >= learnDays && days.filter((calls) => calls > 0).length >= ACTIVE_DAYS;

const deviation = (days: readonly number[]): number => {
  const middle = median(days);
  return median(days.map((calls) => Math.abs(calls - middle)));
};

/** How far days lie apart that are meant to be the same, by chance alone: few calls vary more than many (Poisson). */
const byChance = (share: number, distance: number, middle: number): number => Math.hypot(share * middle, distance * Math.sqrt(middle));

/** Whether use is that of a program that does the same every day. The first day is seldom whole; the middle distance alone takes a lucky fortnight for a habit. */
export const isSteady = ({ days }: Volume): boolean => {
  const whole = days.slice(1);
  if (whole.length < STEADY_DAYS || whole.includes(0)) return false;
  const middle = median(whole);
  const [near, close] = [byChance(STEADY, CHANCE, middle), byChance(CLOSE, 2 * CHANCE, middle)];
  return deviation(whole) <= near && whole.filter((calls) => Math.abs(calls - middle) <= close).length >= CLOSE_SHARE * whole.length;
};

const moodOf = (volume: Volume): 'steady' | 'moody' => (isSteady(volume) ? 'steady' : 'moody');

/** Days of people are not far from each other by what is added but by what it is multiplied with: so many usual distances of their logarithms beyond the middle. */
const tailOf = (active: readonly number[]): number => {
  const logs = active.map(Math.log);
  const middle = logs.reduce((sum, one) => sum + one, 0) / Math.max(1, logs.length);
  const variance = logs.reduce((sum, one) => sum + (one - middle) ** 2, 0) / Math.max(1, logs.length - 1);
  // Few days know little of how far they can be apart.
  return Math.exp(middle + TAIL * Math.sqrt(variance) * (1 + FEW_DAYS / Math.max(1, logs.length)));
};

const dayCeiling = (volume: Volume): number => {
  const active = volume.days.filter((calls) => calls > 0);
  const most = DAY_FACTOR[moodOf(volume)] * Math.max(0, ...volume.days);
  return Math.max(DAY_FLOOR, most, Math.min(MOST_TAIL * most, tailOf(active)), median(active) + DEVIATIONS * deviation(active));
};

const hourCeiling = (volume: Volume): number => Math.max(HOUR_FLOOR, HOUR_FACTOR[moodOf(volume)] * Math.max(0, ...volume.peaks));

const cappedBy = (ceiling: number, former: readonly number[], value: number): number => (value > ceiling ? Math.max(...former) : value);

/** What of an outburst becomes usual: nothing beyond what had been, unless it was expected or nothing is known yet. */
export const boundsUnder = (rules: Rules, day: number, isExpected: (sign: string) => boolean): Bounds => (volume, name) => {
  const [today, peak] = [volume.today, Math.max(volume.peak, volume.hour)];
  if (!isLearned(volume, day, rules) || isExpected(`volume ${name}`)) return { day: today, hour: peak };
  return { day: cappedBy(dayCeiling(volume), volume.days, today), hour: cappedBy(hourCeiling(volume), volume.peaks, peak) };
};

/** The most of each tool that raises nothing, and how much of it was used by now; of tools that are known long enough. */
export const ceilingsOf = ({ tools, day }: Baseline, rules: Rules): readonly Ceiling[] =>
  Object.entries(tools).flatMap(([tool, volume]) => (isLearned(volume, day, rules) ? [{ tool, day: Math.floor(dayCeiling(volume)), hour: Math.floor(hourCeiling(volume)), today: volume.today, thisHour: volume.hour }] : []));

/** That calls were refused for being more than is usual. */
export const heldBackSign = ({ tool, ceiling, period, refused }: HeldBack): Sign => ({ sign: `volume ${tool}`, step: STEP.grown, words: `${String(ceiling)} calls of ${tool} within ${period === 'day' ? 'a day' : 'an hour'}, more than which was never usual; ${String(refused)} more were refused since the last look` });

const whatOf = (name: string): string => (name === '' ? 'calls of all tools' : `calls of ${name}`);

const grown = (volume: Volume, name: string): Sign | undefined => {
  const [today, most] = [volume.today, Math.max(0, ...volume.days)];
  if (today > DAY_FLOOR && today > dayCeiling(volume)) return { sign: `volume ${name}`, step: STEP.grown, words: `${String(today)} ${whatOf(name)} today, where the busiest of ${String(volume.days.length)} days had ${String(most)}` };
  if (volume.hour > HOUR_FLOOR && volume.hour > hourCeiling(volume)) return { sign: `volume ${name}`, step: STEP.grown, words: `${String(volume.hour)} ${whatOf(name)} within an hour, where the busiest of ${String(volume.peaks.length)} days had ${String(Math.max(0, ...volume.peaks))}` };
  return undefined;
};

/** How far logarithms lie from their own middle, of two times of use together. */
const spreadOf = (...times: readonly (readonly number[])[]): number => {
  const squares = times.flatMap((days) => {
    const logs = days.map(Math.log);
    const middle = logs.reduce((sum, one) => sum + one, 0) / Math.max(1, logs.length);
    return logs.map((one) => (one - middle) ** 2);
  });
  return Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / Math.max(1, squares.length - times.length));
};

/** Whether one level is above another by more than those whose days are far apart come to by chance. */
const isBeyondChance = (old: readonly number[], recent: readonly number[]): boolean =>
  Math.log(median(recent) / median(old)) > CERTAIN * spreadOf(old, recent) * Math.sqrt(1 / old.length + 1 / recent.length);

/** Each day is a little more than the one before, so that none is an outburst. */
const ramped = (volume: Volume, name: string): Sign | undefined => {
  const { days, rampedTo = 0 } = volume;
  if ((days.at(-1) ?? 0) < DAY_FLOOR / 4) return undefined;
  const active = days.filter((calls) => calls > 0);
  if (active.length < RAMP_DAYS) return undefined;
  const [old, recent] = [active.slice(0, OLD_DAYS), active.slice(-RECENT_DAYS)];
  const [before, now] = [median(old), median(recent)];
  // Whoever is up and down all the time has not grown: the days before the last must lie between.
  if (now < DAY_FLOOR / 2 || now <= GROWTH * before || now <= 1.5 * Math.max(...old) || !isBeyondChance(old, recent)) return undefined;
  const again = now < 2 * rampedTo;
  if (!again) volume.rampedTo = now;
  return { sign: `growth ${name}`, step: STEP.grown, ...(again ? { again } : {}), words: `${String(now)} ${whatOf(name)} a day, where ${String(active.length)} days of use ago there were ${String(before)}` };
};

/** What has grown, of what was learned of by then. The tool is named before the sum. */
export const grownSigns = (baseline: Baseline, rules: Rules): readonly Sign[] => {
  const volumes: readonly (readonly [string, Volume])[] = [...Object.entries(baseline.tools), ['', baseline.total]];
  const known = volumes.filter(([, volume]) => isLearned(volume, baseline.day, rules));
  return known.flatMap(([name, volume]) => grown(volume, name) ?? ramped(volume, name) ?? []);
};
