/** What `npm run bench` and `npm run bench:full` run, in which order, and what their flags mean. */

export interface Script {
  readonly name: string;
  /** Runs without `--full` as well. */
  readonly quick: boolean;
}

export const SCRIPTS: readonly Script[] = [
  { name: 'run', quick: true },
  { name: 'ladder', quick: false },
  { name: 'answers', quick: false },
  { name: 'peers', quick: false },
  { name: 'growth', quick: false },
  { name: 'streams', quick: false },
  { name: 'pair', quick: false },
  { name: 'handshakes', quick: false },
  { name: 'audit', quick: false },
  { name: 'refusals', quick: false },
  { name: 'keys', quick: false },
  { name: 'reader', quick: true },
  { name: 'decide', quick: true },
  { name: 'tokens', quick: true },
  { name: 'limits', quick: true },
];

export interface Plan {
  readonly scripts: readonly string[];
  /** What the scripts find in their environment, besides ours. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the results go: `docs` is the committed file and the page made from it, and only a whole run as it is meant goes there. */
  readonly into: 'quick' | 'part' | 'docs';
}

/** What `--only` names, in the order of the list. */
const chosen = (text: string): readonly string[] => {
  const names = text.split(',');
  for (const name of names) if (!SCRIPTS.some((script) => script.name === name)) throw new Error(`--only ${name}: there is no such benchmark; there are ${SCRIPTS.map((script) => script.name).join(', ')}`);
  return SCRIPTS.flatMap(({ name }) => (names.includes(name) ? [name] : []));
};

const NUMBERS: Readonly<Record<string, string>> = { '--rounds': 'BENCH_ROUNDS', '--seconds': 'BENCH_SECONDS' };

const numberOf = (flag: string, value: string): string => {
  if (Number(value) > 0 && Number.isFinite(Number(value))) return value;
  throw new Error(`${flag} ${value}: give a number above 0`);
};

/** The value behind a flag. */
const valueOf = (words: readonly string[], at: number): string => {
  const value = words[at + 1];
  if (value === undefined || value.startsWith('--')) throw new Error(`${words[at] ?? ''} wants a value behind it`);
  return value;
};

const intoOf = (full: boolean, shortened: boolean): Plan['into'] => {
  if (shortened) return 'part';
  return full ? 'docs' : 'quick';
};

/**
 * Reads the words behind `bench/all.ts`.
 * @param given the environment, where each variable of a benchmark makes the run another than it is meant to be
 * @throws Error on a flag or a name that there is not, with those that there are
 */
export const planOf = (words: readonly string[], given: Readonly<Record<string, string | undefined>> = {}): Plan => {
  const env: Record<string, string> = {};
  let only: readonly string[] | undefined;
  let full = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const variable = NUMBERS[word];
    if (word === '--full') full = true;
    else if (word === '--only') only = chosen(valueOf(words, at++));
    else if (variable !== undefined) env[variable] = numberOf(word, valueOf(words, at++));
    else throw new Error(`${word} is not a flag; there are --full, --only NAME[,NAME], --rounds N, --seconds N`);
  }
  const shortened = only !== undefined || [...Object.keys(env), ...Object.keys(given)].some((name) => name.startsWith('BENCH_'));
  return { scripts: only ?? SCRIPTS.flatMap(({ name, quick }) => (quick || full ? [name] : [])), env, into: intoOf(full, shortened) };
};
