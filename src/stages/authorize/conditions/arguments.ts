import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../model/json.ts';
import type { Answer, Facts } from '../../../model/policy.ts';
import { ATTRIBUTES, attributeOf, isReference } from './attribute.ts';
import { isCutShort, isRedacted } from '../../../model/redaction.ts';
import type { ConditionKind } from './condition.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
type Scalar = z.infer<typeof scalar>;

const known = z.string().refine((text) => !isReference(text) || ATTRIBUTES.has(text), { message: `is no attribute of a caller: there are ${[...ATTRIBUTES.keys()].join(', ')}` });
const operand = z.union([known, z.number(), z.boolean()]);

const test = z
  .strictObject({
    equals: operand.optional().describe('Exactly this value, of the same type.'),
    notEquals: operand.optional().describe('Absent, or another value.'),
    in: z.union([known.refine(isReference, { message: 'is neither a list nor an attribute such as principal.groups' }), z.array(operand).min(1)]).optional().describe('One of these values.'),
    absent: z.literal(true).optional().describe('The argument is not given.'),
  })
  .refine((asked) => Object.values(asked).filter((one) => one !== undefined).length === 1, { message: 'needs exactly one of equals, notEquals, in and absent' });

type Test = z.infer<typeof test>;
type Options = Readonly<Record<string, Test>>;

/** The values an operand stands for: one attribute may be a list, such as the groups. */
const valuesOf = (given: Scalar | readonly Scalar[], facts: Facts): readonly Scalar[] => {
  if (typeof given === 'string') return isReference(given) ? attributeOf(given, facts.principal) : [given];
  return typeof given === 'object' ? given.flatMap((one) => valuesOf(one, facts)) : [given];
};

/** Typed and exact: "1" is not 1, a list is not its member, and two spellings of a letter are two letters (Q04). */
const isAmong = (value: JsonValue | undefined, among: readonly Scalar[]): boolean => among.some((one) => one === value);

/** @throws Error when it compares with what the caller does not have */
const differs = (value: JsonValue | undefined, given: Scalar, facts: Facts): boolean => {
  const values = valuesOf(given, facts);
  if (values.length === 0) throw new Error(`the caller has no ${String(given)} to differ from`);
  return !isAmong(value, values);
};

const passes = (asked: Test, value: JsonValue | undefined, facts: Facts): boolean => {
  if (asked.absent === true) return value === undefined;
  if (asked.notEquals !== undefined) return differs(value, asked.notEquals, facts);
  return isAmong(value, valuesOf(asked.equals ?? asked.in ?? [], facts));
};

/** The member at a path such as `filter.team`; own members only. */
const valueAt = (values: JsonObject, path: readonly string[]): JsonValue | undefined => {
  let value: JsonValue | undefined = values;
  for (const step of path) value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
};

/** Whether what the trail kept of the arguments tells this value: on the way to it nothing is masked, cut or left out. */
const isTold = (values: JsonObject, path: readonly string[]): boolean => {
  let value: JsonValue = values;
  for (const step of path) {
    if (!isJsonObject(value)) return !isRedacted(value);
    const member: JsonValue | undefined = Object.hasOwn(value, step) ? value[step] : undefined;
    if (member === undefined) return !isCutShort(value);
    value = member;
  }
  return !isRedacted(value);
};

const judge = (path: readonly string[], asked: Test, facts: Facts): Answer => {
  if (facts.arguments === undefined) return 'unknown';
  if (facts.redacted === true && !isTold(facts.arguments, path)) return 'unknown';
  return passes(asked, valueAt(facts.arguments, path), facts);
};

const both = (left: Answer, right: Answer): Answer => (left === false || right === false ? false : left === 'unknown' || right === 'unknown' ? 'unknown' : true);

const say = (name: string, asked: Test, facts: Facts): string => {
  const [[operator = '', operand_ = ''] = []] = Object.entries(asked).filter(([, value]) => value !== undefined);
  const expected = typeof operand_ === 'string' && isReference(operand_) ? `${operand_} (${valuesOf(operand_, facts).join(', ') || 'none'})` : JSON.stringify(operand_);
  const value = valueAt(facts.arguments ?? {}, name.split('.'));
  return `arguments.${name} ${operator} ${expected}; it was ${value === undefined ? 'not given' : JSON.stringify(value).slice(0, 80)}`;
};

/** Arguments of the call compare so with values or with attributes of the caller (R62). */
export const argumentsAre: ConditionKind<'arguments', Options> = {
  name: 'arguments',
  options: z.record(z.string().min(1), test).refine((asked) => Object.keys(asked).length > 0, { message: 'names no argument' }),
  build(asked) {
    const tests = Object.entries(asked).map(([name, one]) => ({ name, path: name.split('.'), one }));
    const answer = (facts: Facts): Answer => tests.reduce<Answer>((so, { path, one }) => both(so, judge(path, one, facts)), true);
    return { holds: answer, why: (facts) => tests.filter(({ path, one }) => judge(path, one, facts) !== true).map(({ name, one }) => say(name, one, facts)).join('; ') };
  },
};
