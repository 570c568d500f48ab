import type { ASTNode } from '@marcbachmann/cel-js';
import { compileCall, compileMethod } from './functions.ts';
import { compileChoice, compileEquality, compileIn, compileList, compileLogical, compileMinus, compileNot, compileOrder } from './operators.ts';
import { compilePath } from './paths.ts';
import { sharedStep } from './shared-steps.ts';
import { isScalar, unsure, type Compiler, type Step } from './step.ts';

const compileNode = (node: ASTNode, compiler: Compiler): Step => {
  switch (node.op) {
    case 'value': {
      const value = node.args;
      return isScalar(value) ? () => value : unsure;
    }
    case 'id':
    case '.':
    case '[]':
      return compilePath(node, compiler.bound);
    case '==':
    case '!=':
      return compileEquality(node.args, compiler, node.op === '!=');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileOrder(node.op, node.args, compiler);
    case 'in':
      return compileIn(node.args, compiler);
    case '&&':
    case '||':
      return compileLogical(node.args, compiler, node.op === '||');
    case '!_':
      return compileNot(node.args, compiler);
    case '-_':
      return compileMinus(node.args, compiler);
    case '?:':
      return compileChoice(node.args, compiler);
    case 'list':
      return compileList(node.args, compiler);
    case 'call':
      return compileCall(node.args, compiler);
    case 'rcall':
      return compileMethod(node.args, compiler);
    default:
      return unsure;
  }
};

const compilerFor = (askAt: Compiler['askAt'], bound: Compiler['bound']): Compiler => {
  const step = (node: ASTNode): Step => (bound === undefined ? sharedStep(node, () => compileNode(node, compiler)) : compileNode(node, compiler));
  const compiler: Compiler = { bound, askAt, step, within: (inner) => compilerFor(askAt, inner) };
  return compiler;
};

/**
 * Compiles the forms that policies are written in to functions of the facts: a tenth of what the library's own evaluation costs. Whatever is
 * none of them, and whatever would be an error, comes to UNSURE, and the library is asked.
 * @param tree of an expression whose types the library has found to fit
 */
export const compileQuick = (tree: ASTNode, askAt: Compiler['askAt']): Step => compilerFor(askAt, undefined).step(tree);
