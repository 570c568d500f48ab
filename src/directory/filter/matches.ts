import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Attribute } from './attributes.ts';
import type { Filter, Operator } from './filter.ts';

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

const valuesOf = (resource: JsonObject, { name, sub }: Attribute): readonly JsonValue[] => {
  const values = listOf(resource[name]);
  return sub === undefined ? values : values.flatMap((one) => listOf(isJsonObject(one) ? one[sub] : undefined));
};

type Comparable = string | number | boolean;

/** A value in the form that it is compared in; undefined for what is none of its type. */
const comparable = (value: JsonValue, { type }: Attribute): Comparable | undefined => {
  if (type === 'truth') return typeof value === 'boolean' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return type === 'moment' ? Date.parse(value) : type === 'text' ? value.toLowerCase() : value;
};

const OF_TEXTS: Readonly<Partial<Record<Operator, (text: string, part: string) => boolean>>> = {
  co: (text, part) => text.includes(part),
  sw: (text, part) => text.startsWith(part),
  ew: (text, part) => text.endsWith(part),
};

const compares = (one: Comparable, operator: Operator, other: Comparable): boolean => {
  if (typeof one !== typeof other) return false;
  if (operator === 'eq') return one === other;
  const ofTexts = OF_TEXTS[operator];
  if (ofTexts !== undefined) return typeof one === 'string' && typeof other === 'string' && ofTexts(one, other);
  if (operator === 'gt') return one > other;
  if (operator === 'ge') return one >= other;
  return operator === 'lt' ? one < other : one <= other;
};

/** Whether a filter is true of a user or group as it is answered, or of one value of theirs. */
export const matches = (filter: Filter, resource: JsonObject): boolean => {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, resource) && matches(filter.right, resource);
    case 'or':
      return matches(filter.left, resource) || matches(filter.right, resource);
    case 'not':
      return !matches(filter.filter, resource);
    case 'present':
      return valuesOf(resource, filter.attribute).some((value) => value !== null && value !== '');
    case 'within':
      return listOf(resource[filter.name]).some((one) => isJsonObject(one) && matches(filter.filter, one));
    case 'compare':
      return valuesOf(resource, filter.attribute).some((value) => {
        const one = comparable(value, filter.attribute);
        return one !== undefined && compares(one, filter.operator, filter.value);
      });
    default:
      return false;
  }
};

/** Whether a filter asks for an attribute at all. */
export const asksFor = (filter: Filter, name: string): boolean => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return asksFor(filter.left, name) || asksFor(filter.right, name);
    case 'not':
      return asksFor(filter.filter, name);
    case 'within':
      return filter.name === name;
    default:
      return filter.attribute.name === name;
  }
};
