import type { ParseResult } from '@marcbachmann/cel-js';
import { z } from 'zod';
import type { Facts } from '../../../model/policy.ts';
import type { Principal } from '../../../model/principal.ts';
import { isRedacted } from '../../../model/redaction.ts';
import type { ConditionKind } from './condition.ts';
import { environment } from './expression-language.ts';
import { readsArguments, readsClaims, readsCall, readsPrincipalAlone, refusedIn } from './expression-tree.ts';
import { contextFor } from './expression-variables.ts';
import { compileQuick } from './quick/compile-quick.ts';
import { unsure, type Step } from './quick/step.ts';

/** What is wrong with an expression; undefined when it can be used. */
const faultOf = (text: string): string | undefined => {
  try {
    const parsed = environment.parse(text);
    const { valid, type, error } = parsed.check();
    if (!valid) return `is not a condition: ${error?.message.split('\n')[0] ?? 'its types do not fit'}`;
    if (type !== 'bool' && type !== 'dyn') return `is a ${type ?? 'value'} and not true or false`;
    return refusedIn(parsed.ast);
  } catch (error) {
    return `is not CEL: ${error instanceof Error ? error.message.split('\n')[0] ?? '' : 'it cannot be read'}`;
  }
};

/** Whether the arguments are not known, or not any more. */
const isUntold = ({ arguments: values, redacted }: Facts): boolean => values === undefined || (redacted === true && isRedacted(values));

/** The trail keeps no claims: of a token or certificate that is read back there it is not known what it said. */
const hasLostClaims = ({ principal, redacted }: Facts): boolean => redacted === true && principal.method !== 'api-key' && principal.claims === undefined;

type Ask = (facts: Facts) => boolean;

/** Asks the library about nothing but a moment. */
const askAt = (text: string): ((now: Date) => unknown) => {
  const parsed = environment.parse(text);
  return (now) => parsed({ now });
};

/** How an expression is judged: by functions of our own where they are sure, and else by the library, whose errors are the only ones. */
interface Evaluator {
  readonly quick: Step;
  readonly library: Ask;
}

const evaluatorOf = (parsed: ParseResult): Evaluator => ({
  quick: parsed.check().valid ? compileQuick(parsed.ast, askAt) : unsure,
  library(facts) {
    const value: unknown = parsed(contextFor(facts));
    if (typeof value !== 'boolean') throw new Error('the expression came to something that is neither true nor false');
    return value;
  },
});

/** Asks once for each question: several rules may have the same condition, and are judged one right after the other. What throws is asked again. */
const onceForFacts = ({ quick, library }: Evaluator): Ask => {
  let [about, answer]: [Facts | undefined, boolean] = [undefined, false];
  return (facts) => {
    if (about === facts) return answer;
    const known = quick(facts);
    answer = typeof known === 'boolean' ? known : library(facts);
    about = facts;
    return answer;
  };
};

/** Asks once for each caller, who is one frozen object while nothing of them changes; what throws is asked again. */
const onceForEach = ({ quick, library }: Evaluator): Ask => {
  const known = new WeakMap<Principal, boolean>();
  return (facts) => {
    const found = known.get(facts.principal);
    if (found !== undefined) return found;
    const sure = quick(facts);
    const made = typeof sure === 'boolean' ? sure : library(facts);
    known.set(facts.principal, made);
    return made;
  };
};

interface Compiled {
  readonly isOpen: Ask;
  readonly ask: Ask;
}

const compile = (text: string): Compiled => {
  const parsed = environment.parse(text);
  const [needsCall, needsArguments, needsClaims] = [readsCall(parsed.ast), readsArguments(parsed.ast), readsClaims(parsed.ast)];
  return {
    isOpen: (facts) => (needsCall && facts.primitive === undefined) || (needsArguments && isUntold(facts)) || (needsClaims && hasLostClaims(facts)),
    ask: (readsPrincipalAlone(parsed.ast) ? onceForEach : onceForFacts)(evaluatorOf(parsed)),
  };
};

/** Expressions by their text, as long as any rule has them: the same condition of several rules is one. */
const compiled = new Map<string, WeakRef<Compiled>>();

const compiledOnce = (text: string): Compiled => {
  const known = compiled.get(text)?.deref();
  if (known !== undefined) return known;
  for (const [old, reference] of compiled) if (reference.deref() === undefined) compiled.delete(old);
  const made = compile(text);
  compiled.set(text, new WeakRef(made));
  return made;
};

/** A CEL expression over `principal`, `call`, `server`, `request` and `now` ([decision 13](docs/decisions/0013-cel.md)). */
export const expression: ConditionKind<'expr', string> = {
  name: 'expr',
  options: z.string().superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }),
  build(text) {
    const { isOpen, ask } = compiledOnce(text);
    return { holds: (facts) => (isOpen(facts) ? 'unknown' : ask(facts)), why: () => `expr: ${text}` };
  },
};
