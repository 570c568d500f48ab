import type { Evidence } from '../model/alarm.ts';
import { WEEK_HOURS, weekHourOf, type Baseline, type Bounds, type ToolUse, type Volume } from './baseline.ts';
import type { Ceiling, HeldBack } from './call-throttle.ts';
import type { Sample } from './usage-counter.ts';

/** How bad a sign is: what has grown is told even where something new was told before. */
export const STEP = { odd: 1, grown: 2 } as const;

/** One sign that something is unusual. */
export interface Sign extends Evidence {
  readonly step: number;
}

/** Until something was used on so many days nothing about it is unusual. */
const ACTIVE_DAYS = 5;
/** Hours of a week are known after two of them. */
const HOURS_LEARN_DAYS = 14;
const HOURS_ACTIVE_DAYS = 8;
/** Who came in an hour as odd, with this many calls, is told of. */
const ODD_HOUR_CALLS = 10;
const NEAR_HOURS = 2;
/** An hour that was last active longer ago is forgotten. */
const HOURS_KEPT_DAYS = 56;
/** Whoever brought as many new things of a kind in as many days is somebody who does. */
const NOVELTY_DAYS = 21;
const MOST_NOVELTIES = 2;
/** How often a tool was called before the names of its arguments are known. */
const NAMES_KNOWN_CALLS = 20;

/** The most that raises nothing: so many times the busiest day or hour, ten times the usual distance from the middle, or what nobody needs to hear of. */
const DAY_FACTOR = { steady: 3, moody: 6 } as const;
const HOUR_FACTOR = { steady: 5, moody: 10 } as const;
const DEVIATIONS = 10;
const DAY_FLOOR = 300;
const HOUR_FLOOR = 100;

/** A slow ramp: the last days against the first ones that are kept. */
const GROWTH = 4;
const RECENT_DAYS = 5;
const RAMP_DAYS = 14;
const OLD_DAYS = 7;

/** Days of programs that work like a clock lie this close to their middle, and there is no day without. */
const STEADY = 0.12;
const STEADY_DAYS = 10;
/** From whoever is not held to a habit, a new tool is worth a word when it is used so often, and takes so much of what a busy day has. */
const MANY_CALLS = 50;
const MANY_SHARE = 0.5;

/** What is looked at: how long is learned before anything is unusual. */
export interface Rules {
  readonly learnDays: number;
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const isLearned = ({ days, firstDay }: Volume, day: number, { learnDays }: Rules): boolean => day - firstDay >= learnDays && days.filter((calls) => calls > 0).length >= ACTIVE_DAYS;

const deviation = (days: readonly number[]): number => {
  const middle = median(days);
  return median(days.map((calls) => Math.abs(calls - middle)));
};

/** Whether use is that of a program that does the same every day. The first day is seldom whole. */
const isSteady = ({ days }: Volume): boolean => days.length > STEADY_DAYS && days.slice(1).every((calls) => calls > 0) && deviation(days) <= STEADY * median(days);

const moodOf = (volume: Volume): 'steady' | 'moody' => (isSteady(volume) ? 'steady' : 'moody');

const dayCeiling = (volume: Volume): number => {
  const active = volume.days.filter((calls) => calls > 0);
  return Math.max(DAY_FLOOR, DAY_FACTOR[moodOf(volume)] * Math.max(0, ...volume.days), median(active) + DEVIATIONS * deviation(active));
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

/** Each day is a little more than the one before, so that none is an outburst. */
const ramped = ({ days }: Volume, name: string): Sign | undefined => {
  if ((days.at(-1) ?? 0) < DAY_FLOOR / 4) return undefined;
  const active = days.filter((calls) => calls > 0);
  if (active.length < RAMP_DAYS) return undefined;
  const [before, now] = [median(active.slice(0, OLD_DAYS)), median(active.slice(-RECENT_DAYS))];
  // Whoever is up and down all the time has not grown: the days before the last must lie between.
  if (now < DAY_FLOOR / 2 || now <= GROWTH * before || now <= 1.5 * Math.max(...active.slice(0, OLD_DAYS))) return undefined;
  return { sign: `growth ${name}`, step: STEP.grown, words: `${String(now)} ${whatOf(name)} a day, where ${String(active.length)} days of use ago there were ${String(before)}` };
};

/** What has grown, of what was learned of by then. The tool is named before the sum. */
export const grownSigns = (baseline: Baseline, rules: Rules): readonly Sign[] => {
  const volumes: readonly (readonly [string, Volume])[] = [...Object.entries(baseline.tools), ['', baseline.total]];
  const known = volumes.filter(([, volume]) => isLearned(volume, baseline.day, rules));
  return known.flatMap(([name, volume]) => grown(volume, name) ?? ramped(volume, name) ?? []);
};

const isRestless = (days: readonly number[], day: number): boolean => days.filter((each) => day - each <= NOVELTY_DAYS && each < day).length >= MOST_NOVELTIES;

const isNear = (one: number, other: number): boolean => {
  const distance = Math.abs(one - other) % WEEK_HOURS;
  return Math.min(distance, WEEK_HOURS - distance) <= NEAR_HOURS;
};

const isWeekend = (weekHour: number): boolean => weekHour >= 5 * 24;

/** Whether nothing is known of an hour of the week, nor of those beside it, nor of the same on other days of its kind. */
export const isOddHour = (baseline: Baseline, atMs: number): boolean => {
  const asked = weekHourOf(atMs);
  return !baseline.hours.some((day, hour) => {
    if (day === 0 || baseline.day - day > HOURS_KEPT_DAYS) return false;
    if (isNear(hour, asked)) return true;
    return isWeekend(hour) === isWeekend(asked) && isNear(hour - (hour % 24) + (asked % 24), hour);
  });
};

const oddHour = (baseline: Baseline, sample: Sample, atMs: number): readonly Sign[] => {
  if (baseline.day - baseline.total.firstDay < HOURS_LEARN_DAYS || baseline.activeDays < HOURS_ACTIVE_DAYS || isRestless(baseline.news.hour, baseline.day)) return [];
  const when = new Date(atMs).toUTCString().slice(0, 3);
  return [{ sign: 'hour', step: STEP.odd, words: `${String(sample.calls)} calls on a ${when} at ${new Date(atMs).toISOString().slice(11, 16)} UTC, when there never were any` }];
};

/** Networks that are in use at the same time as others, which a person who travels is not (R32); and any other one than ever, where a program does the same every day. */
const newNetworks = (baseline: Baseline, sample: Sample): readonly Sign[] => {
  if (isRestless(baseline.news.network, baseline.day)) return [];
  const { networks, hour } = baseline;
  const isFresh = (network: string): boolean => hour - (networks[network]?.first ?? hour) <= 1;
  const [fresh, older] = [[...new Set([...sample.networks, ...Object.keys(networks)])].filter(isFresh), [...sample.networks].some((network) => !isFresh(network))];
  if (fresh.length === 0 || (!older && !isSteady(baseline.total))) return [];
  const unseen = fresh.filter((network) => older || networks[network] === undefined);
  return unseen.map((network) => ({ sign: `network ${network}`, step: STEP.odd, words: `calls from the network ${network}, which was never used before${older ? ', while another one is in use' : ''}` }));
};

const newNames = (baseline: Baseline, { tools }: Sample, rules: Rules): readonly Sign[] => {
  const fresh = [...tools].flatMap(([tool, { names }]) => {
    const known = baseline.tools[tool];
    const unknown = known === undefined ? [] : [...names].filter(([digest]) => !known.names.includes(digest)).map(([, name]) => name);
    return known !== undefined && unknown.length > 0 && namesAreKnown(known, baseline.day, rules) ? [{ tool, unknown }] : [];
  });
  if (fresh.length === 0 || !isSteady(baseline.total)) return [];
  return fresh.map(({ tool, unknown }) => ({ sign: `arguments ${tool}`, step: STEP.odd, words: `calls of ${tool} with ${unknown.slice(0, 3).map((name) => JSON.stringify(name)).join(', ')}, which was never an argument of theirs` }));
};

const namesAreKnown = (tool: ToolUse, day: number, rules: Rules): boolean =>
  tool.names.length > 0 && isLearned(tool, day, rules) && !isRestless(tool.newNames, day) && tool.days.reduce((sum, calls) => sum + calls, 0) >= NAMES_KNOWN_CALLS;

const newTools = (baseline: Baseline, { tools }: Sample): readonly Sign[] => {
  if (isRestless(baseline.news.tool, baseline.day)) return [];
  const unseen = [...tools].filter(([tool]) => baseline.tools[tool] === undefined).map(([tool, { calls }]) => ({ tool, calls }));
  const fresh = unseen.length > 0 && isSteady(baseline.total) ? unseen : manyOfNew(baseline, tools);
  return fresh.map(({ tool, calls }) => ({ sign: `tool ${tool}`, step: STEP.odd, words: `${String(calls)} ${calls === 1 ? 'call' : 'calls'} of ${tool}, which was never used before today` }));
};

/** Tools that are used for the first time today, and by now often. */
const manyOfNew = ({ tools: known, day, total }: Baseline, tools: Sample['tools']): readonly { readonly tool: string; readonly calls: number }[] => {
  const fresh = [...tools].map(([tool, { calls }]) => ({ tool, calls, former: known[tool]?.today ?? 0 })).filter(({ tool }) => (known[tool]?.firstDay ?? day) === day);
  if (fresh.length === 0) return [];
  const many = Math.max(MANY_CALLS, MANY_SHARE * Math.max(...total.days));
  return fresh.filter(({ calls, former }) => former < many && former + calls >= many).map(({ tool, calls, former }) => ({ tool, calls: former + calls }));
};

/** What is new about a sample, before it is learned. */
export const newSigns = (baseline: Baseline, sample: Sample, { atMs, rules }: { readonly atMs: number; readonly rules: Rules }): readonly Sign[] => {
  if (!isLearned(baseline.total, baseline.day, rules)) return [];
  const odd = sample.calls >= ODD_HOUR_CALLS && isOddHour(baseline, atMs) ? oddHour(baseline, sample, atMs) : [];
  return [...odd, ...newNetworks(baseline, sample), ...newTools(baseline, sample), ...newNames(baseline, sample, rules)];
};
