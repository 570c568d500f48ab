import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { nearest } from './did-you-mean.ts';
import { configSchema, type Config } from './schema.ts';

type Path = readonly PropertyKey[];

/** The nearest node that exists on the way to a path, as a line and column. */
const locate = (document: Document, counter: LineCounter, path: Path): { line: number; column: number } | undefined => {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const start = keyStart(document, path.slice(0, length)) ?? (isNode(node) ? node.range?.[0] : undefined);
    if (start === undefined) continue;
    const { line, col } = counter.linePos(start);
    return { line, column: col };
  }
  return undefined;
};

/** Where the key itself stands: that is what a person has to mend. */
const keyStart = (document: Document, path: Path): number | undefined => {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === String(path.at(-1)));
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
};

/** The names a mistyped key could have meant: those of the schema at the same place. */
const knownAt = (path: Path): readonly string[] => {
  let schema: unknown = configSchema;
  for (const step of path) schema = childOf(schema, step);
  const shape = unwrap(schema);
  return typeof shape === 'object' && shape !== null && 'shape' in shape && typeof shape.shape === 'object' && shape.shape !== null ? Object.keys(shape.shape) : [];
};

/** Peels defaults and optionals off a zod type. */
const unwrap = (schema: unknown): unknown => {
  let inner = schema;
  while (typeof inner === 'object' && inner !== null && 'def' in inner && typeof inner.def === 'object' && inner.def !== null && 'innerType' in inner.def) inner = inner.def.innerType;
  return inner;
};

const childOf = (schema: unknown, step: PropertyKey): unknown => {
  const inner = unwrap(schema);
  if (typeof inner !== 'object' || inner === null) return undefined;
  if ('shape' in inner && typeof inner.shape === 'object' && inner.shape !== null) return Object.entries(inner.shape).find(([key]) => key === String(step))?.[1];
  return 'valueType' in inner ? inner.valueType : undefined;
};

const faultsOf = (issue: z.core.$ZodIssue, place: (path: Path) => { line: number; column: number } | undefined): readonly ConfigFault[] => {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: issue.message, ...place(issue.path) }];
  return issue.keys.map((key) => {
    const meant = nearest(key, knownAt(issue.path));
    const path = [...issue.path, key];
    return { path: path.join('.'), message: `is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`, ...place(path) };
  });
};

/** Freezes a config all the way down: it is parsed once and never changes in a request. */
const freeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
};

/**
 * Parses a configuration text (YAML, of which JSON is a part).
 * @param source the file's name, for messages
 * @throws ConfigError naming line, column and path of each fault
 */
export const parseConfig = (text: string, source: string): Config => {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, strict: true });
  if (document.errors.length > 0) {
    throw new ConfigError(source, document.errors.map((error) => ({ path: '', message: error.message.split('\n')[0] ?? 'is not YAML', ...(error.linePos?.[0] === undefined ? {} : { line: error.linePos[0].line, column: error.linePos[0].col }) })));
  }
  // A handful of aliases is convenience, hundreds are a YAML bomb (W06).
  return validateConfig(document.toJS({ maxAliasCount: 20 }), source, (path) => locate(document, counter, path));
};

/** Validates an already parsed value, such as the one `sallyport run` makes of its arguments. */
export const validateConfig = (value: unknown, source: string, place: (path: Path) => { line: number; column: number } | undefined = () => undefined): Config => {
  const result = configSchema.safeParse(value ?? {});
  if (result.success) return freeze(result.data);
  const { issues } = result.error;
  // Where a setting is misspelt, that it seems to be missing is no second fault.
  const misspelt = new Set(issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => issue.path.join('.')));
  const real = issues.filter((issue) => issue.code !== 'custom' || !misspelt.has(issue.path.join('.')));
  throw new ConfigError(source, real.flatMap((issue) => faultsOf(issue, place)));
};
