/** One line of a scrape. */
export interface Scraped {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape says of one metric. */
export interface ScrapedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Scraped[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\[\\n])+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"(?:,(?!\})|(?=\})))*)\})? ([-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf)|NaN)$/;
const PAIR = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"/g;

const fail = (line: string, why: string): never => {
  throw new Error(`not the text format of Prometheus 0.0.4: ${why}: ${line}`);
};

const labelsIn = (text: string, line: string): Readonly<Record<string, string>> => {
  const pairs = [...text.matchAll(PAIR)].map(([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/g, (_, found: string) => (found === 'n' ? '\n' : found))] as const);
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) fail(line, 'a label twice');
  return Object.fromEntries(pairs);
};

const sampleIn = (line: string): Scraped => {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? fail(line, 'neither a comment nor a sample');
  return { name, labels: labelsIn(labels, line), value: value.endsWith('Inf') ? Number(value.replace('Inf', 'Infinity')) : Number(value) };
};

const withoutBound = ({ labels }: Scraped): string => JSON.stringify(Object.entries(labels).filter(([name]) => name !== 'le'));

/** Buckets grow, the last holds everything, and each series has its sum and its count. */
const checkHistogram = (name: string, samples: readonly Scraped[]): void => {
  for (const series of new Set(samples.map(withoutBound))) {
    const mine = samples.filter((sample) => withoutBound(sample) === series);
    const buckets = mine.filter((sample) => sample.name === `${name}_bucket`);
    const [bounds, values] = [buckets.map(({ labels }) => Number((labels['le'] ?? '').replace('Inf', 'Infinity'))), buckets.map(({ value }) => value)];
    const grows = (numbers: readonly number[], strictly: boolean): boolean => numbers.every((value, at) => at === 0 || (strictly ? value > (numbers[at - 1] ?? 0) : value >= (numbers[at - 1] ?? 0)));
    if (!grows(bounds, true) || !grows(values, false) || bounds.at(-1) !== Number.POSITIVE_INFINITY) fail(name, `buckets that do not grow ${series}`);
    if (mine.filter((sample) => sample.name === `${name}_sum`).length !== 1 || mine.find((sample) => sample.name === `${name}_count`)?.value !== values.at(-1)) fail(name, `no sum, or a count that is not the last bucket ${series}`);
  }
};

/**
 * Reads a scrape strictly (Prometheus, "Exposition formats", text 0.0.4): every sample stands under the HELP and TYPE of its metric, no series and no metric comes twice.
 * @throws Error that says what is wrong
 */
export const readScrape = (text: string): ReadonlyMap<string, ScrapedFamily> => {
  if (!text.endsWith('\n')) fail(text.slice(-40), 'the last line has no end');
  const families = new Map<string, { type: string; readonly help: string; readonly samples: Scraped[] }>();
  let current = '';
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helped, help = ''] = HELP.exec(line) ?? [];
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    if (helped !== undefined) {
      if (families.has(helped)) fail(line, 'a metric twice');
      families.set((current = helped), { type: '', help, samples: [] });
    } else if (typed !== undefined) {
      const family = families.get(typed);
      if (typed !== current || family === undefined || family.type !== '') fail(line, 'a type out of place');
      else family.type = type;
    } else {
      const sample = sampleIn(line);
      const family = families.get(current);
      const endings = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      if (family === undefined || !endings.some((ending) => sample.name === current + ending)) fail(line, 'a sample that is not under its metric');
      const id = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (seen.has(id)) fail(line, 'a series twice');
      seen.add(id);
      family?.samples.push(sample);
    }
  }
  for (const [name, { type, samples }] of families) {
    if (type === '') fail(name, 'no type');
    if (type === 'counter' && !name.endsWith('_total')) fail(name, 'a counter that does not say so');
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
};
