import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../test/world/temporary-folder.ts';
import { openUsageStore, PLANTED, simulateMonth, type Month } from '../test/world/usage-month.ts';

/** Simulates months of traffic and writes what came of them into docs/alarms.md: those by which the statistics were chosen, and others that had no part in it. */
const CHOSEN_BY = 36;
const CHECKED_FROM = 301;
const CHECKED = 24;
const DAYS_A_WEEK = 7;
const LEARN_DAYS = 7;

const monthOf = async (seed: number): Promise<Month> => {
  await using folder = await temporaryFolder('month');
  using opened = openUsageStore(join(folder.path, 'sallyport.db'));
  return simulateMonth(seed, opened.store);
};

const monthsFrom = async (first: number, count: number): Promise<readonly Month[]> => {
  const months: Month[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const month = await monthOf(seed);
    months.push(month);
    console.log(`seed ${String(seed)}: ${JSON.stringify(month.found)}, told of the outburst ${String(month.toldOfVolume)} times, false alarms ${String(month.falseAlarms.length)}`);
    for (const { day, words } of month.falseAlarms) console.log(`  day ${String(day)}: ${words}`);
  }
  return months;
};

const chosen = await monthsFrom(1, CHOSEN_BY);
const checked = await monthsFrom(CHECKED_FROM, CHECKED);
const months = [...chosen, ...checked];

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const foundRow = (kind: (typeof PLANTED)[number]): string => {
  const found = months.flatMap((month) => month.found[kind] ?? []);
  return `| ${kind} | ${String(found.length)} of ${String(months.length)} | ${median(found) < 24 ? 'the same day' : `after ${String(Math.round(median(found) / 24))} days`} |`;
};

const weeksOf = (all: readonly Month[]): number => all.reduce((sum, { days }) => sum + (days - LEARN_DAYS) / DAYS_A_WEEK, 0);
const falseOf = (all: readonly Month[]): readonly number[] => all.map(({ falseAlarms }) => falseAlarms.length);
const perWeek = (all: readonly Month[]): string => (falseOf(all).reduce((sum, count) => sum + count, 0) / weeksOf(all)).toFixed(2);
const worstOf = (all: readonly Month[]): number => Math.max(...falseOf(all));
const calls = months.reduce((sum, month) => sum + month.calls, 0);
const falseRow = (what: string, all: readonly Month[]): string => `| ${what} | ${String(all.length)} | ${perWeek(all)} | ${String(worstOf(all))} (${(worstOf(all) / weeksOf(all.slice(0, 1))).toFixed(2)} a week) | ${String(falseOf(all).filter((count) => count === 0).length)} |`;

const table = [
  `${String(months.length)} months of 30 days, ${String(Math.round(calls / 1_000_000))} million calls of 40 callers each month differently; in each one anomaly of each kind.`,
  '',
  '| planted | found | when, in the middle |',
  '|---|---|---|',
  ...PLANTED.map(foundRow),
  '',
  'False alarms, in the 23 days after learning:',
  '',
  '| months | how many | a week | in the worst | without any |',
  '|---|---|---|---|---|',
  falseRow('by which the statistics were chosen', chosen),
  falseRow('that had no part in it', checked),
  '',
  `Of the caller with the outburst at most ${String(Math.max(...months.map(({ toldOfVolume }) => toldOfVolume)))} alarms were told in the rest of the month.`,
].join('\n');

const guide = join(import.meta.dirname, '../docs/alarms.md');
writeFileSync(guide, readFileSync(guide, 'utf8').replace(/(<!-- simulated -->\n)[\s\S]*?(\n<!-- \/simulated -->)/, (_all, begin: string, end: string) => `${begin}${table}${end}`));
