/** What a server says of itself, without anything having been called. */
export interface Listed {
  readonly server: unknown;
  readonly instructions: string | undefined;
  readonly tools: readonly unknown[];
  readonly resources: readonly unknown[];
  readonly templates: readonly unknown[];
  readonly prompts: readonly unknown[];
}

export interface ListedText {
  /** Such as `tools.NAME.inputSchema.properties.id.description`. */
  readonly place: string;
  readonly text: string;
}

/** Deeper than any schema that a person reads; what is below is told by nobody. */
const DEEPEST = 64;

const nameOf = (entry: unknown, at: number): string => {
  const found: unknown = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined;
  return typeof found === 'string' ? found.slice(0, 128) : String(at);
};

/** Every text in a value, names of members among them: a schema says what it wants in both. */
const textsIn = (value: unknown, place: string, depth = 0): readonly ListedText[] => {
  if (typeof value === 'string') return [{ place, text: value }];
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return [];
  return Object.entries(value).flatMap(([name, inner]) => [...(Array.isArray(value) ? [] : [{ place: `${place}.${name}`, text: name }]), ...textsIn(inner, `${place}.${name}`, depth + 1)]);
};

/** Every text that a model may read of a server, with the name of what it belongs to. */
export const listedTexts = ({ server, instructions, ...lists }: Listed): readonly ListedText[] => [
  ...textsIn(server, 'server'),
  ...(instructions === undefined ? [] : [{ place: 'instructions', text: instructions }]),
  ...Object.entries(lists).flatMap(([list, entries]) => entries.flatMap((entry, at) => textsIn(entry, `${list}.${nameOf(entry, at)}`))),
];
