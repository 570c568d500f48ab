import type { Attribute, AttributeType } from './attributes.ts';
import type { Filter, Operator } from './filter.ts';
import { refuseAt, type Token } from './tokens.ts';

const OPERATORS: Readonly<Record<AttributeType, readonly string[]>> = {
  text: ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  exact: ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'],
  truth: ['eq', 'ne'],
  moment: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
};

const momentOf = ({ text, at }: Token): number => {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? refuseAt(at, 'this is no moment such as "2026-07-28T12:00:00Z"') : atMs;
};

const valueOf = (token: Token, type: AttributeType): string | number | boolean => {
  const { kind, text, at } = token;
  // Entra ID writes truths as texts, in its own spelling.
  if (type === 'truth') return (kind === 'word' || kind === 'text') && /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : refuseAt(at, 'this attribute is compared with true or false');
  if (kind !== 'text') return refuseAt(at, 'this attribute is compared with a text in quotes');
  return type === 'moment' ? momentOf(token) : type === 'text' ? text.toLowerCase() : text;
};

const denied = (filter: Filter): Filter => ({ kind: 'not', filter });

/**
 * What an attribute is asked to be. To be null is not to be there.
 * @throws GatewayError `scim.invalid-filter` for an operator that there is not, or not for this attribute
 */
export const comparisonOf = (attribute: Attribute, operator: Token, value: Token): Filter => {
  const name = operator.text.toLowerCase();
  const known = operator.kind === 'word' && OPERATORS.text.includes(name);
  if (!known) return refuseAt(operator.at, 'here stands eq, ne, co, sw, ew, gt, ge, lt, le or pr');
  if (!OPERATORS[attribute.type].includes(name)) return refuseAt(operator.at, `this attribute is not compared by ${name}`);
  const present: Filter = { kind: 'present', attribute };
  if (value.kind === 'word' && value.text.toLowerCase() === 'null') return name === 'eq' ? denied(present) : name === 'ne' ? present : refuseAt(value.at, 'nothing is more or less than null');
  const compared = (as: Operator): Filter => ({ kind: 'compare', attribute, operator: as, value: valueOf(value, attribute.type) });
  return name === 'ne' ? denied(compared('eq')) : compared(name as Operator); // one of the list above, which has no other but ne
};
