import type { ASTNode } from '@marcbachmann/cel-js';
import type { Facts } from '../../../../model/policy.ts';

/**
 * What a step comes to where it does not know for certain what the library for CEL would say. The library is asked then, so that every error, its
 * words and whatever is rare are the library's alone.
 */
export const UNSURE: unique symbol = Symbol('unsure');

/** A part of an expression, compiled: its value, or UNSURE. */
export type Step = (facts: Facts) => unknown;

export const unsure: Step = () => UNSURE;

/** The name that a loop binds, and where it puts each value. Loops are never within one another, and nothing waits in the middle of one. */
export interface Bound {
  readonly name: string;
  value: unknown;
}

/** What compiles the parts of a part. */
export interface Compiler {
  readonly bound: Bound | undefined;
  readonly step: (node: ASTNode) => Step;
  /** The same within a loop. */
  readonly within: (bound: Bound) => Compiler;
  /** The library's own answer to an expression about nothing but `now`. */
  readonly askAt: (text: string) => (now: Date) => unknown;
}

export type Scalar = string | number | boolean | bigint | null;

/** Whether a value is one that is compared by itself. */
export const isScalar = (value: unknown): value is Scalar => {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return true;
    default:
      return value === null;
  }
};

/** Whether a value is an object as JSON has them. One with a member called `constructor` is left to the library. */
export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && value.constructor === Object;

/** Whether the library takes a value for one of CEL's. */
export const isKnown = (value: unknown): boolean => isScalar(value) || Array.isArray(value) || isPlain(value);
