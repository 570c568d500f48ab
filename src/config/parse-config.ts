import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigFault } from './config-error.ts';
import { nearest } from '../model/did-you-mean.ts';
import { policyFaults, type Known, type PolicyFault } from './policy/policy-faults.ts';
import { casesSchema, type PolicyCase } from './policy/policy-cases.ts';
import { policySchema, type PolicyFile } from './policy/policy-schema.ts';
import { withProfile } from './profile.ts';
import { configSchema, type Config } from './schema.ts';
import type { Environment } from './secret-ref.ts';
import { withSignInVariables } from './sign-in/sign-in-variables.ts';

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

/** The line of what stands at just this path; undefined where nothing does. */
const lineIn = (document: Document, counter: LineCounter, path: Path): number | undefined => {
  const node: unknown = document.getIn(path, true);
  const start = isNode(node) ? node.range?.[0] : undefined;
  return start === undefined ? undefined : counter.linePos(start).line;
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

/** What a default, an optional or a transformation is around. */
const innerOf = (schema: unknown): unknown => {
  if (typeof schema !== 'object' || schema === null || !('def' in schema) || typeof schema.def !== 'object' || schema.def === null) return undefined;
  if ('innerType' in schema.def) return schema.def.innerType;
  return 'in' in schema.def ? schema.def.in : undefined;
};

/** Peels defaults, optionals and transformations off a zod type. */
const unwrap = (schema: unknown): unknown => {
  let inner = schema;
  for (let next = innerOf(inner); next !== undefined; next = innerOf(inner)) inner = next;
  return inner;
};

const childOf = (schema: unknown, step: PropertyKey): unknown => {
  const inner = unwrap(schema);
  if (typeof inner !== 'object' || inner === null) return undefined;
  if ('shape' in inner && typeof inner.shape === 'object' && inner.shape !== null) return Object.entries(inner.shape).find(([key]) => key === String(step))?.[1];
  if ('element' in inner) return inner.element;
  return 'valueType' in inner ? inner.valueType : undefined;
};

type LineOf = (path: Path) => number | undefined;
type Place = (path: Path) => { line: number; column: number } | undefined;

/** What is wrong with the one reading that was meant: where one thing or a list may stand, the reading that got furthest. */
const furthest = (issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>): readonly z.core.$ZodIssue[] => {
  const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map(({ code, path }) => path.length * 2 + (code === 'invalid_type' ? 0 : 1)));
  const [best = []] = issue.errors.toSorted((left, right) => depth(right) - depth(left));
  return depth(best) === 0 ? [] : best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
};

const faultsOf = (issue: z.core.$ZodIssue, place: Place): readonly ConfigFault[] => {
  const inner = issue.code === 'invalid_union' ? furthest(issue) : [];
  if (inner.length > 0) return inner.flatMap((one) => faultsOf(one, place));
  const [fault = issue] = issue.code === 'invalid_key' ? issue.issues : [];
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: fault.message, ...place(issue.path) }];
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

/** Where a member is called `__proto__`: records leave it out, and what somebody wrote there would silently not hold. */
const prototypeIn = (value: unknown, path: Path = []): Path | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return [...path, '__proto__'];
  for (const [name, member] of Object.entries(value)) {
    const found = prototypeIn(member, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** @throws ConfigError for what is not YAML, and for a name that no reader would keep */
const readYaml = (text: string, source: string): { readonly value: unknown; readonly place: Place; readonly lineOf: LineOf } => {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, strict: true });
  if (document.errors.length > 0) {
    throw new ConfigError(source, document.errors.map((error) => ({ path: '', message: error.message.split('\n')[0] ?? 'is not YAML', ...(error.linePos?.[0] === undefined ? {} : { line: error.linePos[0].line, column: error.linePos[0].col }) })));
  }
  // A handful of aliases is convenience, hundreds are a YAML bomb (W06).
  const value = document.toJS({ maxAliasCount: 20 }) as unknown;
  const prototype = prototypeIn(value);
  if (prototype !== undefined) throw new ConfigError(source, [{ path: prototype.join('.'), message: 'is no name that anything can have: choose another', ...locate(document, counter, prototype) }]);
  return { value, place: (path) => locate(document, counter, path), lineOf: (path) => lineIn(document, counter, path) };
};

/**
 * Parses a configuration text (YAML, of which JSON is a part).
 * @param source the file's name, for messages
 * @param environment where variables stand that add to it
 * @throws ConfigError naming line, column and path of each fault
 */
export const parseConfig = (text: string, source: string, environment: Environment = {}): Config => parsePlaced(text, source, environment).config;

/** The same, and where each setting stands. @throws ConfigError */
export const parsePlaced = (text: string, source: string, environment: Environment = {}): { readonly config: Config; readonly lineOf: LineOf } => {
  const { value, place, lineOf } = readYaml(text, source);
  return { config: validateConfig(withSignInVariables(value, environment), source, place), lineOf };
};

const parseBy = <Value>(schema: z.ZodType<Value>, text: string, source: string): { readonly value: Value; readonly place: Place } => {
  const { value, place } = readYaml(text, source);
  const result = schema.safeParse(value ?? {});
  if (!result.success) throw new ConfigError(source, result.error.issues.flatMap((issue) => faultsOf(issue, place)));
  return { value: freeze(result.data), place };
};

/**
 * Parses a policy that stands in a file of its own.
 * @param known what it may name
 * @throws ConfigError naming line, column and path of each fault
 */
export const parsePolicy = (text: string, source: string, known: Known): PolicyFile => {
  const { value, place } = parseBy(policySchema, text, source);
  refuseFaults(policyFaults(value, known), source, place);
  return value;
};

/** Parses the cases that a policy is tested with. @throws ConfigError naming line, column and path of each fault */
export const parseCases = (text: string, source: string): readonly PolicyCase[] => parseBy(casesSchema, text, source).value.cases;

const refuseFaults = (faults: readonly PolicyFault[], source: string, place: Place): void => {
  if (faults.length > 0) throw new ConfigError(source, faults.map(({ path, message }) => ({ path: path.join('.'), message, ...place(path) })));
};

/** What each value by itself cannot tell: that names are of something that is there. */
const checked = (config: Config, source: string, place: Place): Config => {
  refuseFaults(policyFaults(config, { servers: Object.keys(config.servers), people: Object.keys(config.people), groups: Object.values(config.people).flatMap(({ groups }) => groups) }), source, place);
  return freeze(config);
};

/** Validates an already parsed value, such as the one `sallyport run` makes of its arguments. */
export const validateConfig = (value: unknown, source: string, place: Place = () => undefined): Config => {
  const result = configSchema.safeParse(withProfile(value ?? {}));
  if (result.success) return checked(result.data, source, place);
  const { issues } = result.error;
  // Where a setting is misspelt, that it seems to be missing is no second fault.
  const misspelt = new Set(issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => issue.path.join('.')));
  const real = issues.filter((issue) => issue.code !== 'custom' || !misspelt.has(issue.path.join('.')));
  throw new ConfigError(source, real.flatMap((issue) => faultsOf(issue, place)));
};
