import type { DirectoryKind } from '../model/directory-entry.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { severalAt } from './filter/attributes.ts';
import type { Filter } from './filter/filter.ts';
import { matches } from './filter/matches.ts';
import { readValueFilter } from './filter/read-filter.ts';
import { scimFault } from './scim-fault.ts';

/** A path that chooses among the values of an attribute, such as `emails[type eq "work"].value` (RFC 7644 §3.5.2). */
export interface ValuePath {
  readonly name: string;
  readonly filter: Filter;
  /** What of the chosen values is meant; undefined for the whole of them. */
  readonly sub: string | undefined;
}

const FORM = /^([^[\]]+)\[(.*)\](?:\.([A-Za-z][\w$-]*))?$/;

/**
 * Undefined for a path that chooses nothing, or among the values of an attribute that is not kept.
 * @throws GatewayError `scim.invalid-filter`
 */
export const readValuePath = (path: string, kind: DirectoryKind): ValuePath | undefined => {
  const [, attribute = '', filter = '', sub] = FORM.exec(path) ?? [];
  const name = severalAt(attribute, kind);
  return name === undefined ? undefined : { name, filter: readValueFilter(filter, kind, name), sub: sub?.toLowerCase() };
};

/** What a value must have so that a filter chooses it, where it says so plainly; undefined where it does not. */
const implied = (filter: Filter): JsonObject | undefined => {
  if (filter.kind === 'compare' && filter.operator === 'eq') return { [filter.attribute.name]: filter.value };
  if (filter.kind !== 'and') return undefined;
  const [left, right] = [implied(filter.left), implied(filter.right)];
  return left === undefined || right === undefined ? undefined : { ...left, ...right };
};

const changed = (one: JsonObject, sub: string | undefined, value: JsonValue): JsonObject => {
  if (sub !== undefined) return { ...one, [sub]: value };
  if (isJsonObject(value)) return { ...one, ...Object.fromEntries(Object.entries(value).map(([name, part]) => [name.toLowerCase(), part])) };
  throw scimFault('scim.invalid-value', 'the value is no object, and the path names no part of one');
};

/**
 * The values of an attribute, after those that a path chooses were set. Entra ID sets the address of a kind that is not there yet, and means that
 * it is added.
 * @param value undefined to remove them; without their `value` they say nothing
 * @throws GatewayError `scim.no-target` where there is none to set, nor can one be made of what the path says
 */
export const setChosen = (values: readonly JsonObject[], { filter, sub }: ValuePath, value: JsonValue | undefined): readonly JsonObject[] => {
  const isChosen = (one: JsonObject): boolean => matches(filter, one);
  if (value === undefined) return sub === undefined || sub === 'value' ? values.filter((one) => !isChosen(one)) : values.map((one) => (isChosen(one) ? Object.fromEntries(Object.entries(one).filter(([name]) => name !== sub)) : one));
  if (values.some(isChosen)) return values.map((one) => (isChosen(one) ? changed(one, sub, value) : one));
  const made = implied(filter);
  if (made === undefined) throw scimFault('scim.no-target', 'there is no value that the path chooses');
  return [...values, changed(made, sub, value)];
};
