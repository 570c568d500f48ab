import type { z } from 'zod';
import type { Answer, Facts } from '../../../model/policy.ts';

/** A condition with its options, ready to be asked: pure and synchronous. */
export interface Condition {
  /** @throws Error when it cannot be judged: that denies */
  holds(facts: Facts): Answer;
  /** What it asks and what it saw, when it did not hold. */
  why(facts: Facts): string;
}

/** The shape of every condition. To add one: a file beside this, and a line in list.ts. */
export interface ConditionKind<Name extends string, Options> {
  readonly name: Name;
  readonly options: z.ZodType<Options>;
  build(options: Options): Condition;
}
