import type { Family, Sample } from './family.ts';
import { BOUNDS, type Histogram } from './histogram.ts';

/** The media type of the text format. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };

const escaped = (text: string): string => text.replaceAll(/[\\\n"]/g, (found) => ESCAPES[found] ?? found);

const labelled = (labels: Sample['labels']): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

/** Buckets are cumulative, and the last holds everything. */
const histogramLines = (name: string, labels: Sample['labels'], { counts, sum, count }: Histogram): readonly string[] => {
  let below = 0;
  const buckets = BOUNDS.map((bound, at) => `${name}_bucket${labelled({ ...labels, le: String(bound) })} ${String((below += counts[at] ?? 0))}`);
  return [...buckets, `${name}_bucket${labelled({ ...labels, le: '+Inf' })} ${String(count)}`, `${name}_sum${labelled(labels)} ${String(sum)}`, `${name}_count${labelled(labels)} ${String(count)}`];
};

const linesOf = (name: string, { labels, value }: Sample): readonly string[] => (typeof value === 'number' ? [`${name}${labelled(labels)} ${String(value)}`] : histogramLines(name, labels, value));

/** What was never counted stands at nought, so that its first increase is one. */
const ZERO: readonly Sample[] = [{ labels: {}, value: 0 }];

const familyLines = ({ name, type, labels, help }: Family, samples: readonly Sample[]): readonly string[] => {
  const known = samples.length === 0 && labels.length === 0 && type === 'counter' ? ZERO : samples;
  return [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`, ...known.flatMap((sample) => linesOf(name, sample))];
};

/** Metrics in the text format of Prometheus, version 0.0.4. */
export const exposition = <Name extends string>(families: readonly (Family & { readonly name: Name })[], samplesOf: (name: Name) => readonly Sample[]): string =>
  `${families.flatMap((family) => familyLines(family, samplesOf(family.name))).join('\n')}\n`;
