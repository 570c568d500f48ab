import type { ASTNode } from '@marcbachmann/cel-js';

/** Functions that go over a list or map once for each member: one in another multiplies what a caller's arguments cost. */
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Whether an operand is a part of the tree, and no name or value. */
export const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** The nodes right below a node, however its operands are nested. */
const below = (operands: unknown): readonly ASTNode[] => {
  if (isNode(operands)) return [operands];
  return Array.isArray(operands) ? operands.flatMap(below) : [];
};

/** The function a node calls. */
const calleeOf = (node: ASTNode): string | undefined => (node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined);

const refused = (node: ASTNode, withinLoop: boolean): string | undefined => {
  const callee = calleeOf(node);
  if (callee === 'matches') return 'uses matches, whose regular expressions can be made to run for minutes: use startsWith, endsWith, contains or ==';
  const loops = callee !== undefined && LOOPS.has(callee);
  if (loops && withinLoop) return `has ${callee} inside of another loop: what it costs would be the caller's to choose`;
  for (const inner of below(node.args)) {
    const fault = refused(inner, withinLoop || loops);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

/** Why an expression may not be used, although it is CEL (Q04). */
export const refusedIn = (tree: ASTNode): string | undefined => refused(tree, false);

/** The members of `call` that are known before anybody calls. */
const KNOWN_OF_CALL = new Set<unknown>(['kind', 'name', 'annotation']);

/** Whether an expression looks at the arguments of the call; any use of `call` that is not plainly something else counts. */
export const readsArguments = (node: ASTNode): boolean => {
  if (node.op === 'id') return node.args === 'call';
  if (node.op === '.' && node.args[0].op === 'id' && KNOWN_OF_CALL.has(node.args[1])) return false;
  return below(node.args).some(readsArguments);
};

/** The members of `principal` that a record has. */
const RECORDED = new Set<unknown>(['subject', 'name', 'id', 'method', 'roles', 'groups', 'client', 'issuer']);

/** Whether an expression looks at the claims of a token; any use of `principal` that is not plainly something else counts. */
export const readsClaims = (node: ASTNode): boolean => {
  if (node.op === 'id') return node.args === 'principal';
  if (node.op === '.' && node.args[0].op === 'id' && RECORDED.has(node.args[1])) return false;
  return below(node.args).some(readsClaims);
};

/** Whether an expression looks at the call at all. */
export const readsCall = (node: ASTNode): boolean => (node.op === 'id' ? node.args === 'call' : below(node.args).some(readsCall));

/** Whether an expression looks at nothing but the caller: then it says the same with each call of theirs. A name bound by a loop counts as something else. */
export const readsPrincipalAlone = (node: ASTNode): boolean => (node.op === 'id' ? node.args === 'principal' : below(node.args).every(readsPrincipalAlone));
