import { z } from 'zod';
import { GatewayError } from '../../errors/gateway-error.ts';
import { nearest } from '../../model/did-you-mean.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { AnyOperation } from './http-shape.ts';

const refused = (detail: string): GatewayError => new GatewayError('admin.input', { reason: `the input of an operation: ${detail}`.slice(0, 400), detail });

/** The schema of a member, whole with those inside it; `a.b` is the member b of a. */
const schemaAt = (schema: JsonObject, path: readonly PropertyKey[]): JsonObject => {
  let inner: JsonValue | undefined = schema;
  for (const step of path) {
    const properties: JsonValue | undefined = isJsonObject(inner) ? inner['properties'] : undefined;
    inner = isJsonObject(properties) && Object.hasOwn(properties, String(step)) ? properties[String(step)] : undefined;
  }
  return isJsonObject(inner) ? inner : {};
};

const namesAt = (schema: JsonObject, path: readonly PropertyKey[]): readonly string[] => {
  const { properties } = schemaAt(schema, path);
  return isJsonObject(properties) ? Object.keys(properties) : [];
};

/** What is wrong with one part of the input, in words. */
const wordsFor = (issue: z.core.$ZodIssue, schema: JsonObject): string => {
  const at = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return at === '' ? issue.message : `"${at}": ${issue.message}`;
  return issue.keys
    .map((key) => {
      const meant = nearest(key, namesAt(schema, issue.path));
      return `"${[...issue.path, key].join('.')}" is not a member${meant === undefined ? `; there is ${namesAt(schema, issue.path).join(', ') || 'none'}` : `; did you mean "${meant}"?`}`;
    })
    .join('; ');
};

/** A text of the query as the schema wants it: numbers and truths are written as JSON writes them. */
const typed = (text: string, schema: JsonObject): JsonValue => {
  const { type } = schema;
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}(\.\d{1,6})?$/.test(text)) return Number(text);
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text;
};

const readQuery = (query: string, schema: JsonObject): JsonObject => {
  const values: Record<string, JsonValue> = {};
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) {
    const path = name.split('.');
    if (path.length > 2 || path.includes('__proto__')) throw refused(`"${name}" is not a member`);
    const target = schemaAt(schema, path);
    const items = isJsonObject(target['items']) ? target['items'] : undefined;
    const given = parameters.getAll(name);
    if (items === undefined && given.length > 1) throw refused(`"${name}" comes twice`);
    const value = items === undefined ? typed(given[0] ?? '', target) : given.map((text) => typed(text, items));
    const [first = '', second] = path;
    const before = values[first];
    values[first] = second === undefined ? value : { ...(isJsonObject(before) ? before : {}), [second]: value };
  }
  return values;
};

/** What an admin request says, in its three places. */
export interface Said {
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  /** The JSON in the body; undefined when there is none. */
  readonly body: JsonValue | undefined;
  /** A GET and a DELETE carry what they say in the query: a body of theirs is refused (RFC 9110 §9.3.5). */
  readonly takesQuery: boolean;
}

const bodyOf = ({ body }: Said): JsonObject => {
  if (body === undefined) return {};
  if (!isJsonObject(body)) throw refused('the body is not a JSON object');
  return body;
};

/** What is said outside the path: a member in both places could be read from either (W03). */
const restOf = (said: Said, schema: JsonObject): JsonObject => {
  const rest = said.takesQuery ? readQuery(said.query, schema) : bodyOf(said);
  const twice = Object.keys(said.params).find((name) => Object.hasOwn(rest, name));
  if (twice !== undefined) throw refused(`"${twice}" stands in the path, and may not stand in the ${said.takesQuery ? 'query' : 'body'} too`);
  return rest;
};

/** Reads the input of operations from HTTP: path, and either query or body. What is not understood is refused. */
export class HttpInput {
  readonly #schemas = new Map<AnyOperation, JsonObject>();

  /** @throws GatewayError `admin.input` that names each member at fault */
  read(operation: AnyOperation, said: Said): JsonObject {
    const schema = this.#schemaOf(operation);
    if (!said.takesQuery && said.query !== '') throw refused('a POST takes no query; send the members in the body');
    const given = { ...restOf(said, schema), ...said.params };
    const parsed = operation.input.safeParse(given);
    if (!parsed.success) throw refused(parsed.error.issues.map((issue) => wordsFor(issue, schema)).join('; '));
    return given;
  }

  #schemaOf(operation: AnyOperation): JsonObject {
    const known = this.#schemas.get(operation) ?? inputSchema(operation);
    this.#schemas.set(operation, known);
    return known;
  }
}

/** The JSON Schema of an operation's input. */
export const inputSchema = ({ input }: AnyOperation): JsonObject => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input' });
  // zod's type has members such as `~standard` that JSON does not; the text holds only JSON.
  return JSON.parse(JSON.stringify(schema)) as JsonObject;
};
