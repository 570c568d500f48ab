import { differences, failures } from './difference.ts';
import { sameTally, scoredTally, unscoredTally } from './results.ts';
import type { Results } from './results.ts';
import type { ConformanceSet, Tally } from './sets.ts';
import type { Column } from './targets.ts';

export type Cell = { readonly set: ConformanceSet; readonly column: Column; readonly outcome: PromiseSettledResult<Results> };

const headings: Record<Column, string> = { direct: 'direct', http: 'through HTTP', stdio: 'through stdio' };

const shown = ({ passed, failed }: Tally): string => `${passed}/${failed}`;

function cellText({ set, outcome }: Cell): string {
  if (outcome.status === 'rejected') return 'not run';
  const unscored = unscoredTally(set, outcome.value);
  const extra = unscored.passed + unscored.failed > 0 ? ` (+${shown(unscored)})` : '';
  return shown(scoredTally(set, outcome.value)) + extra;
}

export function table(cells: readonly Cell[]): string {
  const columns = [...new Set(cells.map(({ column }) => column))];
  const rows = [...new Set(cells.map(({ set }) => set))].map((set) => [
    set.revision,
    ...cells.filter((cell) => cell.set === set).map(cellText),
  ]);
  const line = (row: readonly string[]): string => row.map((text) => text.padEnd(17)).join('').trimEnd();
  return [line(['', ...columns.map((column) => headings[column])]), ...rows.map(line)].join('\n');
}

/** The same cell without the gateway; what a set gives there is what it must give elsewhere. */
function referenceFor(cell: Cell, cells: readonly Cell[]): Results | undefined {
  const direct = cells.find(({ set, column }) => set === cell.set && column === 'direct');
  return direct?.outcome.status === 'fulfilled' ? direct.outcome.value : undefined;
}

type Verdict = { readonly wrong: boolean; readonly lines: readonly string[] };

/** The baseline is for a whole set; when only one scenario was run, nothing may fail. */
function judgeDirect(results: Results, set: ConformanceSet, wholeSet: boolean): Verdict {
  const found = scoredTally(set, results);
  const right = wholeSet ? sameTally(found, set.baseline) : found.failed === 0;
  if (right) return { wrong: false, lines: [] };
  const expected = wholeSet ? [`The baseline is ${shown(set.baseline)}.`] : [];
  return { wrong: true, lines: [...expected, ...failures(results)] };
}

/** A target that could not be started spoils its whole column for one reason, which is told once. */
function isTold(reason: unknown, cell: Cell, cells: readonly Cell[]): boolean {
  const earlier = cells.slice(0, cells.indexOf(cell));
  return earlier.some(({ outcome }) => outcome.status === 'rejected' && outcome.reason === reason);
}

function judge(cell: Cell, cells: readonly Cell[], wholeSet: boolean): Verdict {
  const { set, column, outcome } = cell;
  if (outcome.status === 'rejected') {
    return { wrong: true, lines: isTold(outcome.reason, cell, cells) ? [] : [String(outcome.reason)] };
  }
  const results = outcome.value;
  if (column === 'direct') return judgeDirect(results, set, wholeSet);
  const reference = referenceFor(cell, cells);
  if (reference === undefined) return { wrong: true, lines: ['There is nothing to compare this with.'] };
  const wrong = !sameTally(scoredTally(set, reference), scoredTally(set, results));
  return { wrong, lines: differences(reference, results) };
}

/** What came out otherwise than it should, in words, and whether that counts. */
export function verdict(cells: readonly Cell[], wholeSet: boolean): Verdict {
  const verdicts = cells.map((cell) => ({ cell, ...judge(cell, cells, wholeSet) }));
  const lines = verdicts.flatMap(({ cell, wrong, lines: found }) => {
    if (found.length === 0) return [];
    const weight = wrong ? '' : ', not scored';
    return [`\n${cell.set.revision} ${headings[cell.column]}${weight}:`, ...found.map((text) => `  ${text}`)];
  });
  return { wrong: verdicts.some(({ wrong }) => wrong), lines };
}
