import { DAY_MS, HOUR_MS } from '../model/duration.ts';
import type { Sample } from './usage-counter.ts';

/** So many days of totals are kept. */
const DAYS_KEPT = 35;
const MOST_TOOLS = 200;
const MOST_NETWORKS = 64;
const MOST_NAMES = 64;
const MOST_NOVELTIES = 8;
/** What comes in the first days is no novelty. */
const FIRST_DAYS = 3;
export const WEEK_HOURS = 168;

/** How much something is used, day by day. */
export interface Volume {
  firstDay: number;
  /** Totals of the days before this one, the latest last. */
  days: number[];
  /** The busiest hour of each of them. */
  peaks: number[];
  today: number;
  hour: number;
  peak: number;
  /** The level at which slow growth was told of; it is not told again before it is twice that. */
  rampedTo?: number;
}

export interface ToolUse extends Volume {
  /** Digests of the names of arguments, and the days on which further ones were seen. */
  names: string[];
  newNames: number[];
  /** New names of which it is not known yet whether they stay. */
  tried?: Record<string, Tried>;
}

/** A new name: when it was first and last seen, in how many hours, and in how many looks since there were calls without it. */
export interface Tried {
  readonly first: number;
  last: number;
  hours: number;
  without: number;
}

/** What is usual of one holder. It is written as JSON; a reader of another version begins anew. */
export interface Baseline {
  readonly v: 1;
  day: number;
  hour: number;
  activeDays: number;
  /** The day on which each hour of the week was last active; 0 for never. */
  hours: number[];
  /** The hours in which each network was first and last seen. */
  networks: Record<string, { first: number; last: number }>;
  tools: Record<string, ToolUse>;
  total: Volume;
  /** Days on which something new was seen: whoever brings new things all the time alarms nobody with one more. */
  news: { hour: number[]; network: number[]; tool: number[] };
}

export const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);
export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR_MS);
/** The epoch began on a Thursday; hour 0 of a week is that of Monday in UTC. */
export const weekHourOf = (atMs: number): number => (hourOf(atMs) + 3 * 24) % WEEK_HOURS;

const beginVolume = (day: number): Volume => ({ firstDay: day, days: [], peaks: [], today: 0, hour: 0, peak: 0 });

/** What is known of a holder who is seen for the first time. */
export const beginBaseline = (atMs: number): Baseline => ({
  v: 1, day: dayOf(atMs), hour: hourOf(atMs), activeDays: 0, hours: Array.from({ length: WEEK_HOURS }, () => 0), networks: {}, tools: {}, total: beginVolume(dayOf(atMs)), news: { hour: [], network: [], tool: [] },
});

/** Reads what was written; undefined when it is not understood. */
export const readBaseline = (text: string): Baseline | undefined => {
  const read = JSON.parse(text) as Partial<Baseline>; // written by this room alone, and its version says in which form
  return read.v === 1 ? (read as Baseline) : undefined;
};

const push = (list: number[], value: number, most: number): void => {
  list.push(value);
  if (list.length > most) list.shift();
};

/** What is learned of a day that closes: an outburst that nobody has called expected does not become usual by having happened. */
export type Bounds = (volume: Volume, name: string) => { readonly day: number; readonly hour: number };

const closeDay = (volume: Volume, name: string, bounds: Bounds): void => {
  const { day, hour } = bounds(volume, name);
  push(volume.days, day, DAYS_KEPT);
  push(volume.peaks, hour, DAYS_KEPT);
  [volume.today, volume.hour, volume.peak] = [0, 0, 0];
};

const volumesOf = ({ total, tools }: Baseline): readonly (readonly [name: string, volume: Volume])[] => [['', total], ...Object.entries(tools)];

/** Moves on to a time: hours and days that have ended are closed, those without a call as nothing. */
export const moveTo = (baseline: Baseline, atMs: number, bounds: Bounds): void => {
  const [day, hour] = [dayOf(atMs), hourOf(atMs)];
  if (hour > baseline.hour) {
    for (const [, volume] of volumesOf(baseline)) [volume.peak, volume.hour] = [Math.max(volume.peak, volume.hour), 0];
    baseline.hour = hour;
  }
  if (day <= baseline.day) return;
  if (baseline.total.today > 0) baseline.activeDays += 1;
  for (let closed = baseline.day; closed < Math.min(day, baseline.day + DAYS_KEPT + 1); closed += 1) for (const [name, volume] of volumesOf(baseline)) closeDay(volume, name, bounds);
  baseline.day = day;
  for (const [name, { days }] of Object.entries(baseline.tools)) if (days.length === DAYS_KEPT && days.every((calls) => calls === 0)) delete baseline.tools[name];
};

const note = (days: number[], day: number): void => push(days, day, MOST_NOVELTIES);

const learnTool = (baseline: Baseline, name: string, { calls, names }: { readonly calls: number; readonly names: ReadonlyMap<string, string> }): void => {
  let tool = baseline.tools[name];
  if (tool === undefined) {
    if (Object.keys(baseline.tools).length >= MOST_TOOLS) return;
    if (baseline.day - baseline.total.firstDay >= FIRST_DAYS) note(baseline.news.tool, baseline.day);
    tool = { ...beginVolume(baseline.day), names: [], newNames: [] };
    baseline.tools[name] = tool;
  }
  tool.today += calls;
  tool.hour += calls;
  const fresh = [...names.keys()].filter((each) => !tool.names.includes(each));
  if (fresh.length > 0 && baseline.day - tool.firstDay >= FIRST_DAYS) note(tool.newNames, baseline.day);
  tool.names.push(...fresh.slice(0, MOST_NAMES - tool.names.length));
};

const learnNetworks = (baseline: Baseline, networks: ReadonlySet<string>): void => {
  const { hour, day, total, news } = baseline;
  if (day - total.firstDay >= FIRST_DAYS && [...networks].some((network) => baseline.networks[network] === undefined)) note(news.network, day);
  for (const network of networks) baseline.networks[network] = { first: baseline.networks[network]?.first ?? hour, last: hour };
  const all = Object.entries(baseline.networks).sort(([, one], [, other]) => other.last - one.last);
  for (const [network] of all.slice(MOST_NETWORKS)) delete baseline.networks[network];
};

/** Adds what was seen at a time to what is usual. @param oddHour that nothing is known of this hour */
export const learn = (baseline: Baseline, sample: Pick<Sample, 'calls' | 'networks' | 'tools'>, { atMs, oddHour }: { readonly atMs: number; readonly oddHour: boolean }): void => {
  if (oddHour) note(baseline.news.hour, baseline.day);
  baseline.hours[weekHourOf(atMs)] = baseline.day;
  learnNetworks(baseline, sample.networks);
  baseline.total.today += sample.calls;
  baseline.total.hour += sample.calls;
  for (const [name, count] of sample.tools) learnTool(baseline, name, count);
};
