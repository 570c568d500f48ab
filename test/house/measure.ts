import { stripTypeScriptTypes } from 'node:module';
import type { Source } from './sources.ts';

const lines = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** Where the bracket that closes at `at` was opened. */
const openerOf = (bare: string, at: number): number => {
  let depth = 0;
  for (let index = at; index >= 0; index -= 1) {
    if (bare[index] === ')') depth += 1;
    else if (bare[index] === '(') depth -= 1;
    if (depth === 0) return index;
  }
  return 0;
};

/** Where the text from `at` ends: the bracket that closes the first one, or what ends an expression. */
const endOf = (bare: string, at: number): number => {
  const block = bare[at] === '{';
  let depth = 0;
  for (let index = at; index < bare.length; index += 1) {
    const character = bare[index] ?? '';
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    if (block ? depth === 0 : depth < 0 || (depth === 0 && ';,'.includes(character))) return index;
  }
  return bare.length;
};

/** A word before the parameters that makes the block no function. */
const CONTROL = /\b(?:if|for|while|switch|catch|with|await)\s*$/;

/** Block bodies of functions and methods: a `{` after a `)` or an arrow. Types are gone, so nothing stands between. */
const blocksIn = (bare: string): readonly (readonly [from: number, to: number])[] =>
  [...bare.matchAll(/(\)|=>)\s*\{/g)].flatMap((match) => {
    const brace = match.index + match[0].length - 1;
    const close = match[1] === ')' ? match.index : bare.lastIndexOf(')', match.index);
    const from = match[1] === ')' ? openerOf(bare, close) : bare.slice(0, match.index).trimEnd().endsWith(')') ? openerOf(bare, close) : match.index;
    return match[1] === ')' && CONTROL.test(bare.slice(0, from)) ? [] : [[from, endOf(bare, brace)] as const];
  });

/** Named arrows whose body is an expression; those handed to another function on the way are part of what calls it. */
const expressionsIn = (bare: string): readonly (readonly [from: number, to: number])[] =>
  [...bare.matchAll(/\bconst \w+ =\s*(?:async\s*)?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\w+)\s*=>\s*(?=[^\s{])/g)].map((match) => [match.index, endOf(bare, match.index + match[0].length)] as const);

/** The length in lines of every function of a source that has a block or a name. */
export const functionLengths = (source: Source): readonly number[] => {
  // Stripping again: what is left of a type must not stand between a parameter list and its block.
  const bare = stripTypeScriptTypes(source.code).replace(/[^\n]/g, (character, at: number) => (source.bare[at] === ' ' ? ' ' : character));
  return [...blocksIn(bare), ...expressionsIn(bare)].map(([from, to]) => bare.slice(from, to).split('\n').length);
};

/** Lines that hold a comment, among those that are not empty. */
const commentLines = (source: Source): number => {
  const [all, code] = [source.text.split('\n'), source.code.split('\n')];
  return all.filter((line, at) => line.trim() !== (code[at] ?? '').trim()).length;
};

export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

export const spreadOf = (numbers: readonly number[]): Spread => {
  const sorted = [...numbers].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, median: at(0.5), p90: at(0.9), max: at(1) };
};

export interface Figures {
  readonly files: Spread;
  readonly functions: Spread;
  /** Share of lines that hold a comment. */
  readonly comments: number;
  readonly lines: number;
}

export const measure = (sources: readonly Source[]): Figures => {
  const sizes = sources.map(({ text }) => lines(text));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return { files: spreadOf(sizes), functions: spreadOf(sources.flatMap(functionLengths)), comments: sources.reduce((sum, source) => sum + commentLines(source), 0) / Math.max(1, total), lines: total };
};

/** The longest files and where the longest functions are, for whoever wants to mend them. */
export const longest = (sources: readonly Source[], count: number): readonly string[] =>
  [...sources]
    .map((source) => ({ path: source.path, size: lines(source.text), longest: Math.max(0, ...functionLengths(source)) }))
    .sort((left, right) => right.size - left.size)
    .slice(0, count)
    .map(({ path, size, longest: most }) => `${String(size).padStart(5)} lines, longest function ${String(most).padStart(3)}  ${path}`);
