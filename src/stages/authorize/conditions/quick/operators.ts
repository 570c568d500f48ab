import type { ASTNode } from '@marcbachmann/cel-js';
import { isPlain, isScalar, UNSURE, unsure, type Compiler, type Scalar, type Step } from './step.ts';

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** CEL's integers are BigInts and JSON's numbers are doubles: they are equal when neither is beyond the other. */
const areEqual = (left: Scalar, right: Scalar): boolean => left === right || (typeof left !== typeof right && isNumeric(left) && isNumeric(right) && left <= right && left >= right);

/** `==`: values of different types are different. */
const compileEqual = (left: Step, right: Step): Step => (facts) => {
  const [one, other] = [left(facts), right(facts)];
  return isScalar(one) && isScalar(other) ? areEqual(one, other) : UNSURE;
};

const compileEqualText = (left: Step, text: string): Step => (facts) => {
  const one = left(facts);
  return typeof one === 'string' ? one === text : isScalar(one) ? false : UNSURE;
};

const negated = (step: Step): Step => (facts) => {
  const value = step(facts);
  return typeof value === 'boolean' ? !value : UNSURE;
};

const textOf = (node: ASTNode): string | undefined => (node.op === 'value' && typeof node.args === 'string' ? node.args : undefined);

/** `==`, and with `not` `!=`. */
export const compileEquality = ([left, right]: readonly [ASTNode, ASTNode], { step }: Compiler, not: boolean): Step => {
  const text = textOf(right);
  const equal = text === undefined ? compileEqual(step(left), step(right)) : compileEqualText(step(left), text);
  return not ? negated(equal) : equal;
};

type Ordered = string | number | bigint | boolean;

const ORDERS = {
  '<': (left: Ordered, right: Ordered) => left < right,
  '<=': (left: Ordered, right: Ordered) => left <= right,
  '>': (left: Ordered, right: Ordered) => left > right,
  '>=': (left: Ordered, right: Ordered) => left >= right,
} as const;

/** `<` and its kin: of two texts, two numbers or two truths; everything else is an error. */
export const compileOrder = (operator: keyof typeof ORDERS, [left, right]: readonly [ASTNode, ASTNode], { step }: Compiler): Step => {
  const [holds, before, after] = [ORDERS[operator], step(left), step(right)];
  return (facts) => {
    const [one, other] = [before(facts), after(facts)];
    if (isNumeric(one) && isNumeric(other)) return holds(one, other);
    if (typeof one === 'string' && typeof other === 'string') return holds(one, other);
    return typeof one === 'boolean' && typeof other === 'boolean' ? holds(one, other) : UNSURE;
  };
};

/** The library looks at the first member to know what a list is of. */
const isOfScalars = (list: readonly unknown[]): boolean => list.length === 0 || isScalar(list[0]);

const isAmong = (value: unknown, list: readonly unknown[]): unknown => {
  if (!isOfScalars(list)) return UNSURE;
  if (typeof value === 'string') return list.includes(value);
  return isScalar(value) && value !== null ? list.some((one) => isScalar(one) && areEqual(value, one)) : UNSURE;
};

const isNameIn = (value: unknown, members: Readonly<Record<string, unknown>>): unknown => {
  if (typeof value !== 'string') return UNSURE;
  for (const first in members) {
    if (!isScalar(members[first])) return UNSURE;
    break;
  }
  return Object.hasOwn(members, value) && members[value] !== undefined;
};

/** `in`: a member of a list, or a name in a map. */
export const compileIn = ([left, right]: readonly [ASTNode, ASTNode], { step }: Compiler): Step => {
  const [value, among] = [step(left), step(right)];
  return (facts) => {
    const holder = among(facts);
    if (Array.isArray(holder)) return isAmong(value(facts), holder);
    return isPlain(holder) ? isNameIn(value(facts), holder) : UNSURE;
  };
};

/** `&&` and `||`. In CEL the other side may make up for an error: only the library tells. */
export const compileLogical = ([left, right]: readonly [ASTNode, ASTNode], { step }: Compiler, decisive: boolean): Step => {
  const [before, after] = [step(left), step(right)];
  return (facts) => {
    const one = before(facts);
    if (one === decisive) return decisive;
    if (typeof one !== 'boolean') return UNSURE;
    const other = after(facts);
    return typeof other === 'boolean' ? other : UNSURE;
  };
};

export const compileNot = (node: ASTNode, { step }: Compiler): Step => negated(step(node));

export const compileMinus = (node: ASTNode, { step }: Compiler): Step => {
  const value = step(node);
  return (facts) => {
    const number = value(facts);
    return isNumeric(number) ? -number : UNSURE;
  };
};

/** `a ? b : c`. */
export const compileChoice = (nodes: readonly [ASTNode, ASTNode, ASTNode], { step }: Compiler): Step => {
  const [condition, yes, no] = [step(nodes[0]), step(nodes[1]), step(nodes[2])];
  return (facts) => {
    const holds = condition(facts);
    return holds === true ? yes(facts) : holds === false ? no(facts) : UNSURE;
  };
};

/** A list that is written out; an empty one has no type that could be known. */
export const compileList = (nodes: readonly ASTNode[], { step }: Compiler): Step => {
  if (nodes.length === 0) return unsure;
  const values = nodes.map((node) => (node.op === 'value' ? node.args : UNSURE));
  if (values.every(isScalar)) return () => values;
  const steps = nodes.map(step);
  return (facts) => {
    const list = steps.map((one) => one(facts));
    return list.every(isScalar) ? list : UNSURE;
  };
};
