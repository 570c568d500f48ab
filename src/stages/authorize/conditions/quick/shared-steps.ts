import type { ASTNode } from '@marcbachmann/cel-js';
import type { Facts } from '../../../../model/policy.ts';
import { isNode } from '../expression-tree.ts';
import type { Step } from './step.ts';

/** The parts that cost more than to remember what they came to. */
const WORTH_IT: ReadonlySet<string> = new Set(['in', '.', '[]', 'call', 'rcall']);

/** Remembers what came of the last question: several expressions ask it one right after the other. */
const onceForFacts = (step: Step): Step => {
  let [about, answer]: [Facts | undefined, unknown] = [undefined, undefined];
  return (facts) => {
    if (about === facts) return answer;
    answer = step(facts);
    about = facts;
    return answer;
  };
};

/** What a part says, whatever its spaces and brackets: an integer is not the double of its value, nor the text of its digits. */
const keyOf = (operand: unknown): string => {
  if (isNode(operand)) return `${operand.op}(${keyOf(operand.args)})`;
  if (Array.isArray(operand)) return `[${operand.map(keyOf).join(',')}]`;
  if (typeof operand === 'string') return JSON.stringify(operand);
  if (typeof operand === 'bigint') return `${String(operand)}n`;
  // Bytes and unsigned integers are nothing that is compiled: what they are changes no step.
  return typeof operand === 'object' && operand !== null ? '?' : String(operand);
};

/** Parts by what they say, as long as any expression has them: the same part of several expressions is one. */
const kept = new Map<string, WeakRef<Step>>();
let cleanAt = 1_000;

const clean = (): void => {
  for (const [key, reference] of kept) if (reference.deref() === undefined) kept.delete(key);
  cleanAt = Math.max(1_000, kept.size * 2);
};

/** The step of a part, shared with all expressions that have it. @param make compiles it, where none has it yet */
export const sharedStep = (node: ASTNode, make: () => Step): Step => {
  if (!WORTH_IT.has(node.op)) return make();
  const key = keyOf(node);
  const known = kept.get(key)?.deref();
  if (known !== undefined) return known;
  const made = onceForFacts(make());
  if (kept.size >= cleanAt) clean();
  kept.set(key, new WeakRef(made));
  return made;
};
