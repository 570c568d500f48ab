import { WEEK_HOURS, weekHourOf, type Baseline, type ToolUse } from './baseline.ts';
import { isLearned, isSteady, STEP, type Rules, type Sign } from './signs.ts';
import { goneNames, tryNames } from './tried-names.ts';
import type { Sample } from './usage-counter.ts';

interface Look {
  readonly atMs: number;
  readonly rules: Rules;
}

/** Hours of a week are known after two of them. */
const HOURS_LEARN_DAYS = 14;
const HOURS_ACTIVE_DAYS = 8;
/** Who came in an hour as odd, with this many calls, is told of. */
const ODD_HOUR_CALLS = 10;
const NEAR_HOURS = 2;
/** So long the former network may come back, which it does not where a program has moved; a job of the night needs more than a day for it. */
const MOVE_HOURS = 50;
/** An hour that was last active longer ago is forgotten. */
const HOURS_KEPT_DAYS = 56;
/** Whoever brought as many new things of a kind in as many days is somebody who does. */
const NOVELTY_DAYS = 21;
const MOST_NOVELTIES = 2;
/** How often a tool was called before the names of its arguments are known. */
const NAMES_KNOWN_CALLS = 20;

/** From whoever is not held to a habit, a new tool is worth a word when it is used so often, and takes so much of what a busy day has. */
const MANY_CALLS = 50;
const MANY_SHARE = 0.5;

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

/**
 * Networks that are in use beside others, which nobody who travels is in (R32). Of a program that does the same every day the other one may come back
 * within two days: where it has moved it does not. Until it does, a move is noted and nobody is told.
 */
const newNetworks = (baseline: Baseline, sample: Sample): readonly Sign[] => {
  if (isRestless(baseline.news.network, baseline.day)) return [];
  const { networks, hour, total } = baseline;
  const steady = isSteady(total);
  const isFresh = (network: string): boolean => hour - (networks[network]?.first ?? hour) <= (steady ? MOVE_HOURS : 1);
  const [fresh, older] = [[...new Set([...sample.networks, ...Object.keys(networks)])].filter(isFresh), [...sample.networks].some((network) => !isFresh(network))];
  if (fresh.length === 0 || (!older && !steady)) return [];
  const unseen = fresh.filter((network) => older || networks[network] === undefined);
  return unseen.map((network) => ({ sign: `network ${network}`, step: older ? STEP.odd : STEP.noted, words: `calls from the network ${network}, which was never used before${older ? ', while another one is in use' : ''}` }));
};

/** Names of arguments that a program has never sent: noted at once, and told when they do not stay as those of a release do. */
const newNames = (baseline: Baseline, { tools }: Sample, { atMs, rules }: Look): readonly Sign[] => {
  const steady = isSteady(baseline.total);
  return [...tools].flatMap(([tool, { names }]): readonly Sign[] => {
    const known = baseline.tools[tool];
    if (known === undefined) return [];
    const gone = goneNames(known, names, atMs);
    if (gone.length > 0) return [{ sign: `arguments ${tool}`, step: STEP.odd, words: `calls of ${tool} with ${spoken(gone)}, which was never an argument of theirs, and has not been since` }];
    const fresh = new Map([...names].filter(([digest]) => !known.names.includes(digest)));
    if (fresh.size === 0 || !steady || !namesAreKnown(known, baseline.day, rules)) return [];
    tryNames(known, fresh, atMs);
    return [{ sign: `arguments ${tool}`, step: STEP.noted, words: `calls of ${tool} with ${spoken([...fresh.values()])}, which was never an argument of theirs` }];
  });
};

const spoken = (names: readonly (string | undefined)[]): string => names.slice(0, 3).map((name) => (name === undefined ? 'another name' : JSON.stringify(name))).join(', ');

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
export const newSigns = (baseline: Baseline, sample: Sample, look: Look): readonly Sign[] => {
  const { atMs, rules } = look;
  if (!isLearned(baseline.total, baseline.day, rules)) return [];
  const odd = sample.calls >= ODD_HOUR_CALLS && isOddHour(baseline, atMs) ? oddHour(baseline, sample, atMs) : [];
  return [...odd, ...newNetworks(baseline, sample), ...newTools(baseline, sample), ...newNames(baseline, sample, look)];
};
