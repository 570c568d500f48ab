import type { ASTNode } from '@marcbachmann/cel-js';
import { compileHas } from './paths.ts';
import { isKnown, isScalar, UNSURE, unsure, type Bound, type Compiler, type Step } from './step.ts';
import { compileTime } from './times.ts';

const OF_TWO_TEXTS: ReadonlyMap<string, (text: string, part: string) => boolean> = new Map([
  ['startsWith', (text: string, part: string) => text.startsWith(part)],
  ['endsWith', (text: string, part: string) => text.endsWith(part)],
  ['contains', (text: string, part: string) => text.includes(part)],
]);

const OF_TEXT: ReadonlyMap<string, (text: string) => string> = new Map([
  ['lowerAscii', (text: string) => text.toLowerCase()],
  ['upperAscii', (text: string) => text.toUpperCase()],
  ['trim', (text: string) => text.trim()],
]);

const compileTwoTexts = (holds: (text: string, part: string) => boolean, left: Step, right: Step): Step => (facts) => {
  const [text, part] = [left(facts), right(facts)];
  return typeof text === 'string' && typeof part === 'string' ? holds(text, part) : UNSURE;
};

const compileText = (change: (text: string) => string, of: Step): Step => (facts) => {
  const text = of(facts);
  return typeof text === 'string' ? change(text) : UNSURE;
};

/** The size of a text is that of its code points (CEL's standard definitions). */
const compileSize = (of: Step): Step => (facts) => {
  const value = of(facts);
  if (typeof value === 'string') return BigInt([...value].length);
  return Array.isArray(value) && (value.length === 0 || isScalar(value[0])) ? BigInt(value.length) : UNSURE;
};

/** `exists` ends with the first that holds and `all` with the first that does not; an error on the way is the library's to weigh. */
const compileLoop = (decisive: boolean, receiver: ASTNode, [name, predicate]: readonly ASTNode[], compiler: Compiler): Step => {
  if (name?.op !== 'id' || predicate === undefined) return unsure;
  const bound: Bound = { name: name.args, value: undefined };
  const [items, holds] = [compiler.step(receiver), compiler.within(bound).step(predicate)];
  return (facts) => {
    const list = items(facts);
    if (!Array.isArray(list)) return UNSURE;
    for (const item of list) {
      if (!isKnown(item)) return UNSURE;
      bound.value = item;
      const answer = holds(facts);
      if (typeof answer !== 'boolean') return UNSURE;
      if (answer === decisive) return decisive;
    }
    return !decisive;
  };
};

/** `size(x)` and `has(x.y)`. */
export const compileCall = ([name, args]: readonly [string, readonly ASTNode[]], { bound, step }: Compiler): Step => {
  const [only] = args;
  if (only === undefined || args.length !== 1) return unsure;
  if (name === 'has') return compileHas(only, bound);
  return name === 'size' ? compileSize(step(only)) : unsure;
};

/** Functions of a value, such as `x.startsWith(y)`. */
export const compileMethod = ([name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]], compiler: Compiler): Step => {
  const [first] = args;
  if (args.length === 2) return name === 'exists' || name === 'all' ? compileLoop(name === 'exists', receiver, args, compiler) : unsure;
  if (receiver.op === 'id' && receiver.args === 'now' && compiler.bound?.name !== 'now') return compileTime(name, args, compiler);
  if (first !== undefined) {
    const holds = OF_TWO_TEXTS.get(name);
    return holds === undefined || args.length > 1 ? unsure : compileTwoTexts(holds, compiler.step(receiver), compiler.step(first));
  }
  if (name === 'size') return compileSize(compiler.step(receiver));
  const change = OF_TEXT.get(name);
  return change === undefined ? unsure : compileText(change, compiler.step(receiver));
};
