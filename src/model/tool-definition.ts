import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** What of a tool a model reads and a person approves; everything else may change freely. */
const MEMBERS = ['name', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

/** One spelling for equal values: members in order of their names, numbers as JavaScript writes them (after RFC 8785). */
const canonical = (value: JsonValue): string => {
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonical(item)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`);
  return `{${members.join(',')}}`;
};

/** The members of a tool that are pinned, as they came. */
export const pinnedMembers = (tool: JsonObject): JsonObject =>
  Object.fromEntries(MEMBERS.flatMap((name) => {
    const value = tool[name];
    return value === undefined ? [] : [[name, value] as const];
  }));

/**
 * The definition of a tool in one spelling: two servers' ways of writing the same give the same text.
 * @param text JSON of the pinned members: numbers that were kept as they were written become numbers by reading it
 */
export const canonicalDefinition = (text: string): string => canonical(JSON.parse(text) as JsonValue); // typed any; RFC 8259 gives exactly these

/** By what a definition is recognised. */
export const digestOf = (definition: string): string => `sha256:${createHash('sha256').update(definition).digest('hex')}`;

const MOST_SHOWN = 400;

const shown = (value: JsonValue): string => {
  const text = JSON.stringify(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}… (+${String(text.length - MOST_SHOWN)} characters)`;
};

const changeOf = (path: string, before: JsonValue | undefined, after: JsonValue | undefined): readonly string[] => {
  if (before === undefined) return after === undefined ? [] : [`${path} is new: ${shown(after)}`];
  if (after === undefined) return [`${path} is gone; it was ${shown(before)}`];
  if (isJsonObject(before) && isJsonObject(after)) return changesBetween(before, after, `${path}.`);
  return canonical(before) === canonical(after) ? [] : [`${path} was ${shown(before)}; it is ${shown(after)}`];
};

/** What is different between two definitions, one sentence for each member. */
export const changesBetween = (before: JsonObject, after: JsonObject, above = ''): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => changeOf(`${above}${name}`, Object.hasOwn(before, name) ? before[name] : undefined, Object.hasOwn(after, name) ? after[name] : undefined));
