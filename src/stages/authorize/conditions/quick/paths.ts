import type { ASTNode } from '@marcbachmann/cel-js';
import type { Facts } from '../../../../model/policy.ts';
import { VARIABLES, type Read } from '../expression-variables.ts';
import { isKnown, isPlain, UNSURE, unsure, type Bound, type Step } from './step.ts';

/** Where a value is: in what, and the names on the way from there. */
interface Path {
  readonly read: Read;
  readonly names: readonly string[];
}

/** The names after an identifier, as in `call.arguments["team"]`. */
const namesOf = (node: ASTNode, names: readonly string[] = []): { readonly root: string; readonly names: readonly string[] } | undefined => {
  if (node.op === 'id') return { root: node.args, names };
  if (node.op === '.') return namesOf(node.args[0], [node.args[1], ...names]);
  if (node.op !== '[]' || node.args[1].op !== 'value' || typeof node.args[1].args !== 'string') return undefined;
  return namesOf(node.args[0], [node.args[1].args, ...names]);
};

const pathOf = (node: ASTNode, bound: Bound | undefined): Path | undefined => {
  const found = namesOf(node);
  if (found === undefined) return undefined;
  if (bound !== undefined && found.root === bound.name) return { read: () => bound.value, names: found.names };
  const [first, ...names] = found.names;
  const read = first === undefined ? undefined : VARIABLES.get(found.root)?.get(first);
  return read === undefined ? undefined : { read, names };
};

const known = (value: unknown): unknown => (isKnown(value) ? value : UNSURE);

/** A member that is there; own members only, and whatever an object has from its prototype is none. */
const memberOf = (value: unknown, name: string): unknown => {
  if (!isPlain(value) || !Object.hasOwn(value, name)) return UNSURE;
  return known(value[name]);
};

const follow = (value: unknown, names: readonly string[]): unknown => {
  let reached = value;
  for (const name of names) reached = memberOf(reached, name);
  return reached;
};

/** The value at a path. */
export const compilePath = (node: ASTNode, bound: Bound | undefined): Step => {
  const path = pathOf(node, bound);
  if (path === undefined) return unsure;
  const { read, names } = path;
  const [only] = names;
  if (only === undefined) return (facts) => known(read(facts));
  return names.length === 1 ? (facts) => memberOf(read(facts), only) : (facts) => follow(read(facts), names);
};

const isThere = (value: unknown): unknown => (value === undefined ? false : isKnown(value) || UNSURE);

const has = (holder: unknown, name: string): unknown => {
  if (!isPlain(holder)) return UNSURE;
  return Object.hasOwn(holder, name) && isThere(holder[name]);
};

/** `has(a.b.c)`: what leads to the last member must be there, and it need not. */
export const compileHas = (node: ASTNode | undefined, bound: Bound | undefined): Step => {
  if (node?.op !== '.') return unsure;
  const path = pathOf(node, bound);
  if (path === undefined) return unsure;
  const { read, names } = path;
  const last = names.at(-1);
  if (last === undefined) return (facts: Facts) => isThere(read(facts));
  const before = names.slice(0, -1);
  return (facts) => has(follow(read(facts), before), last);
};
