import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What a benchmark found out, as one table. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What has to be known to read it. */
  readonly note?: string;
}

/** A goal of the table of goals, and what came of it. */
export interface Goal {
  readonly what: string;
  /** In words, such as `at most 1.10`. */
  readonly goal: string;
  readonly measured: string;
  readonly reached: boolean;
}

/** What a run of benchmarks found out; where and when stands beside it, because no figure means anything without. */
export interface Results {
  readonly machine?: string;
  readonly date?: string;
  readonly commit?: string;
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
}

/** Where results are gathered: a file that `bench/all.ts` names. Alone, a benchmark only prints. */
const FILE = process.env['BENCH_RESULTS'];

export const readResults = (path: string): Results => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : { tables: [], goals: [] }); // written by what stands below

export const writeResults = (path: string, results: Results): void => writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);

const gather = (change: (before: Results) => Results): void => {
  if (FILE !== undefined) writeResults(FILE, change(readResults(FILE)));
};

const line = (cells: readonly string[], widths: readonly number[]): string => cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ');

/** Prints a table, and keeps it where results are gathered. */
export const report = (table: Table): void => {
  const { title, columns, rows, note } = table;
  const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => row[at]?.length ?? 0)));
  console.log([`\n${title}`, ...[columns, ...rows].map((row) => line(row, widths)), ...(note === undefined ? [] : [note])].join('\n'));
  gather((before) => ({ ...before, tables: [...before.tables.filter((one) => one.title !== title), table] }));
};

const NOT_MEASURED = 'not measured';

/** In one word; none for what was not measured. */
export const verdict = ({ measured, reached }: Goal): string => {
  if (measured === NOT_MEASURED) return '–';
  return reached ? 'reached' : 'missed';
};

/** Says whether a goal was reached: that a figure is at most, or at least, as large. Without a figure it says that there is none. */
export const judge = (what: string, value: number | undefined, bound: { readonly most: number } | { readonly least: number }, unit = ''): void => {
  const most = 'most' in bound;
  const limit = most ? bound.most : bound.least;
  const known = value !== undefined && Number.isFinite(value);
  const reached = known && (most ? value <= limit : value >= limit);
  const goal: Goal = { what, goal: `${most ? 'at most' : 'at least'} ${String(limit)}${unit}`, measured: known ? `${value.toFixed(value < 10 ? 2 : 0)}${unit}` : NOT_MEASURED, reached };
  console.log(`${verdict(goal).padEnd(7)}  ${what}: ${goal.measured} (${goal.goal})`);
  gather((before) => ({ ...before, goals: [...before.goals.filter((one) => one.what !== what), goal] }));
};

/** A bar within a cell would begin another one. */
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const tableText = (columns: readonly string[], rows: readonly (readonly string[])[]): string => [row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n');

/** The results as Markdown, as they stand in docs/performance.md. */
export const resultsText = ({ machine, date, commit, tables, goals }: Results): string => {
  const where = `Measured on ${machine ?? 'an unnamed machine'}, ${date ?? 'undated'}, commit ${commit ?? 'unknown'}. Ratios are medians over rounds that go by turns in one run.`;
  const judged = goals.length === 0 ? [] : ['### Goals', tableText(['what', 'goal', 'measured', ''], goals.map((one) => [one.what, one.goal, one.measured, verdict(one)]))];
  const found = tables.flatMap(({ title, columns, rows, note }) => [`### ${title}`, tableText(columns, rows), ...(note === undefined ? [] : [note])]);
  return [where, ...judged, ...found].join('\n\n');
};
