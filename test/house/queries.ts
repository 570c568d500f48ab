import type { Family } from '../../src/adapters/metrics/family.ts';

/** Words of PromQL that are no metrics. */
const WORDS = new Set(['sum', 'min', 'max', 'count', 'topk', 'sort', 'by', 'without', 'on', 'or', 'and', 'unless', 'rate', 'increase', 'histogram_quantile', 'vector', 'label_values']);
/** Labels that a scrape adds. */
const SCRAPED = ['job', 'instance'];
/** What Prometheus itself says of a scrape. */
const OWN: readonly Family[] = [{ name: 'up', type: 'gauge', labels: [], help: '' }];

const ENDINGS = /_(?:bucket|sum|count)$/;

const familyOf = (name: string, families: readonly Family[]): Family | undefined =>
  [...families, ...OWN].find((family) => family.name === name || (family.type === 'histogram' && ENDINGS.test(name) && family.name === name.replace(ENDINGS, '')));

const labelsOf = ({ type, labels }: Family): readonly string[] => [...labels, ...SCRAPED, ...(type === 'histogram' ? ['le'] : [])];

/** Names of labels in `{a="b"}`, in `by (a, b)` and in `label_values(x, a)`. */
const labelsNamed = (query: string): readonly string[] => [
  ...[...query.matchAll(/[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, name = '']) => name),
  ...[...query.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim())),
  ...[...query.matchAll(/label_values\([^,]+,\s*([a-z_]+)\)/g)].map(([, name = '']) => name),
];

const metricsNamed = (query: string): readonly string[] => {
  const bare = query.replaceAll(/"[^"]*"/g, '""').replaceAll(/\{[^}]*\}/g, '').replaceAll(/\b(?:by|without)\s*\([^)]*\)/g, '').replaceAll(/\[[^\]]*\]/g, '').replaceAll(/,\s*[a-z_]+\)/g, ')');
  return [...bare.matchAll(/(?<![\w$.])[a-z_:][a-z0-9_:]*/g)].map(([name]) => name).filter((name) => !WORDS.has(name));
};

/** What a query asks for that no scrape has: metrics, labels of them, rates of what is no counter, and counters that are no rate. */
export const unknownIn = (query: string, families: readonly Family[]): readonly string[] => {
  const names = metricsNamed(query);
  const found = names.flatMap((name) => familyOf(name, families) ?? []);
  const known = new Set(found.flatMap(labelsOf));
  const rated = [...query.matchAll(/\b(?:rate|increase)\(([a-z0-9_:]+)/g)].map(([, name = '']) => name);
  return [
    ...(names.length === 0 ? [`no metric in ${query}`] : []),
    ...names.filter((name) => familyOf(name, families) === undefined),
    ...labelsNamed(query).filter((label) => !known.has(label)).map((label) => `label ${label}`),
    ...rated.filter((name) => familyOf(name, families)?.type === 'gauge').map((name) => `rate of ${name}`),
    ...names.filter((name) => !rated.includes(name) && !query.startsWith('label_values') && familyOf(name, families)?.type !== 'gauge' && familyOf(name, families) !== undefined).map((name) => `no rate of ${name}`),
  ];
};
