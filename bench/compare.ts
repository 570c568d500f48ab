import { ask } from './ask.ts';
import { CONNECTIONS, inTurns, median, ratioOf, warm, type Case, type Figures } from './cases.ts';
import { report } from './report.ts';
import type { Subject } from './subject.ts';

/** What is compared: each with the one it is measured by. */
export interface Comparison extends Case {
  readonly beside: string;
}

/** What cannot be measured here, and why: a row of the table, never the end of the run. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

export type Entry = Comparison | Missing;

/** Starts something and says how it is asked; what cannot be started is missing. */
export const attempt = async (name: string, begin: () => Promise<Omit<Comparison, 'name'>>): Promise<Entry> => {
  try {
    return { name, ...(await begin()) };
  } catch (error) {
    return { name, missing: (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '' };
  }
};

/** The entries of which the first answer is what it should be. */
const answering = async (entry: Entry): Promise<Entry> => {
  if ('missing' in entry) return entry;
  const answer = await ask(entry.subject.port, entry.request);
  if (answer.startsWith(`HTTP/1.1 ${entry.status ?? '200'}`)) return entry;
  return { name: entry.name, missing: `it answers ${(answer.split('\r\n')[0] ?? '').slice(0, 80)}` };
};

const isSilent = ({ requests }: Figures): boolean => requests === 0;

const rowOf = (entry: Entry, runs: ReadonlyMap<string, readonly Figures[]>): readonly string[] => {
  if ('missing' in entry) return [entry.name, 'not measured', '', entry.missing.replaceAll('|', '/'), '', '', ''];
  const [own, other] = [runs.get(entry.name) ?? [], runs.get(entry.beside) ?? []];
  if (own.every(isSilent)) return [entry.name, 'not measured', '', 'no answer came in time', '', '', ''];
  const of = (pick: (figures: Figures) => number | undefined): number => median(own.map((run) => pick(run) ?? 0));
  const failures = own.reduce((sum, run) => sum + run.failures, 0);
  const ratio = other.every(isSilent) ? '' : ratioOf(own, other).toFixed(2);
  return [entry.name, of(({ cpu }) => cpu).toFixed(1), ratio, entry.beside === entry.name ? '' : entry.beside, of(({ requests, seconds }) => requests / seconds).toFixed(0), of(({ rss }) => rss).toFixed(0), String(failures)];
};

interface How {
  readonly title: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmSeconds?: number;
  readonly note?: string;
}

/** The ratio of two rows, where both were measured. */
export type Ratio = (name: string, beside: string) => number | undefined;

/** Measures by turns what there is, and reports all of it as a table. */
export const compare = async (entries: readonly Entry[], { title, rounds, seconds, warmSeconds, note }: How): Promise<Ratio> => {
  const all: Entry[] = [];
  for (const entry of entries) all.push(await answering(entry));
  const cases = all.filter((entry) => 'subject' in entry);
  for (const one of cases) await warm(one, warmSeconds);
  const runs = await inTurns(cases, { rounds, seconds });
  const how = `CPU: user and system of the process under test and all its threads. ${String(rounds)} rounds of ${String(seconds)} s, ${String(CONNECTIONS)} connections.`;
  report({ title, columns: ['subject', 'CPU µs per request', 'ratio', 'beside', 'requests/s', 'RSS MB', 'failed'], rows: all.map((entry) => rowOf(entry, runs)), note: note === undefined ? how : `${how} ${note}` });
  return (name, beside) => {
    const [own, other] = [runs.get(name), runs.get(beside)];
    return own === undefined || other === undefined || own.every(isSilent) || other.every(isSilent) ? undefined : ratioOf(own, other);
  };
};

/** Keeps what was started, so that all of it is ended. */
export type Add = (subject: Subject) => Subject;

export const adder =
  (subjects: Subject[]): Add =>
  (subject) => {
    subjects.push(subject);
    return subject;
  };
