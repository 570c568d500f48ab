import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { scimFault } from './scim-fault.ts';
import { attribute, objectsOf, textOf } from './scim-values.ts';

/** One change of one attribute. */
export interface Change {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  /** Absent where something is removed whole. */
  readonly value?: JsonValue;
}

const MOST_CHANGES = 1_000;
const PATH = /^(?:urn:ietf:params:scim:schemas:[\w.:-]+?:)?([a-z][\w$-]*(?:\[[^\]\r\n]{1,200}\])?(?:\.[a-z][\w$-]*)?)$/i;

const pathOf = (text: string): string => {
  const path = PATH.exec(text)?.[1];
  if (path === undefined) throw scimFault('scim.invalid-path', `"${text.slice(0, 80)}" is no path`);
  return path;
};

const opOf = (value: JsonValue | undefined): Change['op'] => {
  const op = typeof value === 'string' ? value.toLowerCase() : '';
  if (op === 'add' || op === 'replace' || op === 'remove') return op;
  throw scimFault('scim.invalid-syntax', 'op is none of add, replace and remove');
};

const changesOf = (operation: JsonObject): readonly Change[] => {
  const [op, path, value] = [opOf(attribute(operation, 'op')), attribute(operation, 'path'), attribute(operation, 'value')];
  if (path !== undefined && path !== null) return [{ op, path: pathOf(textOf(path, 'path')), ...(value === undefined || value === null ? {} : { value }) }];
  if (op === 'remove') throw scimFault('scim.invalid-path', 'something is removed, and no path says what');
  // Without a path the value holds the attributes by their names (RFC 7644 §3.5.2.1).
  if (value === undefined || !isJsonObject(value)) throw scimFault('scim.invalid-value', 'the value is no object, and there is no path');
  return Object.entries(value).flatMap(([name, inner]): readonly Change[] => {
    // A whole extension may come as one object; nothing of it is kept.
    if (/^urn:/i.test(name) && isJsonObject(inner)) return [];
    return [{ op, path: pathOf(name), value: inner }];
  });
};

/** The changes of a PATCH, in their order (RFC 7644 §3.5.2). @throws GatewayError `scim.*` */
export const readPatch = (body: JsonObject): readonly Change[] => {
  const operations = objectsOf(attribute(body, 'Operations'), 'Operations');
  if (operations.length === 0) throw scimFault('scim.invalid-syntax', 'there are no Operations');
  const changes = operations.flatMap(changesOf);
  if (changes.length > MOST_CHANGES) throw scimFault('scim.invalid-syntax', `more than ${String(MOST_CHANGES)} changes at once`);
  return changes;
};
