import { BANS, violations } from '../test/house/bans.ts';
import { longest, measure, type Spread } from '../test/house/measure.ts';
import { isTest, sourcesOf, type Source } from '../test/house/sources.ts';

/** What the house aims at (docs/architecture.md, "Sizes"): an example and not a limit. */
const AIMS = { files: 'near 60 / ≤ 200 / ≤ 300', functions: 'near 10 / ≤ 30 / ≤ 60', comments: '8–20 %', tests: '1.5–3', none: '0' } as const;

const LONGEST_SHOWN = 8;

const spread = ({ median, p90, max, count }: Spread): string => `${String(median)} / ${String(p90)} / ${String(max)}  (of ${String(count)})`;

const line = (what: string, ours: string, aim: string): string => `${what.padEnd(38)}${ours.padEnd(28)}${aim}`;

const count = (words: string, sources: readonly Source[]): string => String(BANS.filter(({ guarantee }) => guarantee.includes(words)).flatMap((ban) => violations(ban, sources)).length);

const all = sourcesOf(['src', 'test']);
const product = all.filter(({ path }) => path.startsWith('src/') && !isTest(path));
const tests = all.filter((source) => !product.includes(source));
const [ours, theirs] = [measure(product), measure(tests)];

console.log(
  [
    line('', 'here', 'aimed at'),
    line('lines of a file: median / p90 / max', spread(ours.files), AIMS.files),
    line('lines of a function', spread(ours.functions), AIMS.functions),
    line('lines with a comment', `${(ours.comments * 100).toFixed(1)} %`, AIMS.comments),
    line('lines of tests to lines of source', `${(theirs.lines / ours.lines).toFixed(2)}  (${String(theirs.lines)} : ${String(ours.lines)})`, AIMS.tests),
    line('any', count('type is any', all), AIMS.none),
    line('non-null !', count('with !', all), AIMS.none),
    line('ts-ignore', count('look away', all), AIMS.none),
    '',
    'The longest files:',
    ...longest(product, LONGEST_SHOWN),
  ].join('\n'),
);
