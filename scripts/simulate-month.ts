import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../test/world/temporary-folder.ts';
import { openUsageStore, PLANTED, simulateMonth, type Month } from '../test/world/usage-month.ts';

/** Simulates months of traffic and writes what came of them into docs/alarms.md. */
const SEEDS = 12;
const DAYS_A_WEEK = 7;
const LEARN_DAYS = 7;

const monthOf = async (seed: number): Promise<Month> => {
  await using folder = await temporaryFolder('month');
  using opened = openUsageStore(join(folder.path, 'sallyport.db'));
  return simulateMonth(seed, opened.store);
};

const months: Month[] = [];
for (let seed = 1; seed <= SEEDS; seed += 1) {
  const month = await monthOf(seed);
  months.push(month);
  console.log(`seed ${String(seed)}: ${JSON.stringify(month.found)}, told of the outburst ${String(month.toldOfVolume)} times, false alarms ${String(month.falseAlarms.length)}`);
  for (const { day, words } of month.falseAlarms) console.log(`  day ${String(day)}: ${words}`);
}

const median = (values: readonly number[]): number => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const foundRow = (kind: (typeof PLANTED)[number]): string => {
  const found = months.flatMap((month) => month.found[kind] ?? []);
  return `| ${kind} | ${String(found.length)} of ${String(months.length)} | ${median(found) < 24 ? 'the same day' : `after ${String(Math.round(median(found) / 24))} days`} |`;
};

const falseAlarms = months.map((month) => month.falseAlarms.length);
const weeks = months.reduce((sum, { days }) => sum + (days - LEARN_DAYS) / DAYS_A_WEEK, 0);
const perWeek = falseAlarms.reduce((sum, count) => sum + count, 0) / weeks;
const calls = months.reduce((sum, month) => sum + month.calls, 0);

const table = [
  `${String(months.length)} months of 30 days, ${String(Math.round(calls / 100_000) / 10)} million calls of 40 callers each month differently; in each one anomaly of each kind.`,
  '',
  '| planted | found | when, in the middle |',
  '|---|---|---|',
  ...PLANTED.map(foundRow),
  '',
  `False alarms: ${perWeek.toFixed(2)} a week of the weeks after learning; ${String(Math.min(...falseAlarms))} to ${String(Math.max(...falseAlarms))} a month. Of the caller with the outburst at most ${String(Math.max(...months.map(({ toldOfVolume }) => toldOfVolume)))} alarms were told in the rest of the month.`,
].join('\n');

const guide = join(import.meta.dirname, '../docs/alarms.md');
writeFileSync(guide, readFileSync(guide, 'utf8').replace(/(<!-- simulated -->\n)[\s\S]*?(\n<!-- \/simulated -->)/, (_all, begin: string, end: string) => `${begin}${table}${end}`));
