import { isJsonObject, type JsonObject, type JsonValue } from '../../../../../model/json.ts';

/** An argument that the client repeats in a header (SEP-2243, `x-mcp-header`). */
export interface MirroredParam {
  /** `mcp-param-…`, lower case. */
  readonly header: string;
  readonly path: readonly string[];
  readonly isInteger: boolean;
}

const PREFIX = 'mcp-param-';
const MIRRORED = 'x-mcp-header';
const DEEPEST = 32;
const SENTINEL = /^=\?base64\?(.*)\?=$/s;
/** RFC 4648 §4 with its padding: lenient decoders would let two readers see two values. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const VISIBLE = /^[\t\x20-\x7e]*$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** The mirrored arguments of a tool: annotations that only a chain of `properties` leads to. */
export const mirroredParams = (schema: JsonValue | undefined, path: readonly string[] = []): readonly MirroredParam[] => {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties']) || path.length > DEEPEST) return [];
  return Object.entries(schema['properties']).flatMap(([name, property]) => {
    if (!isJsonObject(property)) return [];
    const own = property[MIRRORED];
    const here = [...path, name];
    const mine = typeof own === 'string' && own !== '' ? [{ header: `${PREFIX}${own.toLowerCase()}`, path: here, isInteger: property['type'] === 'integer' }] : [];
    return [...mine, ...mirroredParams(property, here)];
  });
};

/** Undefined: not a value that may stand in such a header. */
const decoded = (value: string): string | undefined => {
  if (!VISIBLE.test(value)) return undefined;
  const [, payload] = SENTINEL.exec(value) ?? [];
  if (payload === undefined) return value;
  if (!BASE64.test(payload)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(payload, 'base64'));
  } catch {
    return undefined;
  }
};

/** The value at the end of a path of members; undefined where there is none. */
export const valueAt = (holder: JsonValue | undefined, path: readonly string[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((value, name) => (isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined), holder);

/** A number too long for a double is an object here (faithful-json.ts), and has the text it was written with. */
export const written = (value: JsonValue): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const agrees = (header: string, value: JsonValue, isInteger: boolean): boolean =>
  isInteger && typeof value === 'number' && DECIMAL.test(header) ? Number(header) === value : header === written(value);

/**
 * What is wrong with the mirrored headers of a call, or undefined: whoever reads the body must see that header and body say
 * the same, because something on the way may have gone by the header (TR-6).
 */
export const headerMismatch = (params: readonly MirroredParam[], headers: Readonly<Record<string, string>>, args: JsonObject): string | undefined => {
  for (const { header, path, isInteger } of params) {
    const sent = headers[header];
    const value = valueAt(args, path) ?? undefined;
    // An argument of the wrong type has no header, and is the server's to refuse.
    if (sent === undefined && (value === undefined || typeof value === 'object')) continue;
    if (value === undefined || sent === undefined) return `${header} and the argument ${path.join('.')} must both be there or both be absent`;
    const said = decoded(sent);
    if (said === undefined) return `${header} is not encoded correctly`;
    if (!agrees(said, value, isInteger)) return `${header} differs from the argument ${path.join('.')}`;
  }
  return undefined;
};
