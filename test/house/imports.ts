import { posix } from 'node:path';
import { lineOf } from './blank.ts';
import type { Source } from './sources.ts';

export interface Import {
  readonly line: number;
  /** A path from the root for a file of ours, else a module's name such as `node:fs` or `undici`. */
  readonly target: string;
  readonly ours: boolean;
}

const STATEMENT = /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])(.*?)\1|\bimport\s*(['"])(.*?)\3|\bimport\s*\(\s*(['"])(.*?)\5/g;

/** `@scope/name/sub` and `name/sub` are the packages `@scope/name` and `name`. */
const packageOf = (specifier: string): string => (specifier.startsWith('node:') ? specifier : specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'));

/** All imports of a file: static, dynamic, of types only, and re-exports. */
export const importsOf = (source: Source): readonly Import[] =>
  [...source.code.matchAll(STATEMENT)]
    // A match that begins inside a literal is prose.
    .filter(({ index }) => source.bare[index] === source.code[index])
    .map((match) => {
      const specifier = match[2] ?? match[4] ?? match[6] ?? '';
      const ours = specifier.startsWith('.');
      return { line: lineOf(source.code, match.index), ours, target: ours ? posix.join(posix.dirname(source.path), specifier) : packageOf(specifier) };
    });

/** Every way that leads from a file back to itself, as a list of paths; imports of types count too. */
export const cyclesIn = (sources: readonly Source[]): readonly string[] => {
  const graph = new Map(sources.map((source) => [source.path, importsOf(source).filter(({ ours }) => ours).map(({ target }) => target)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (done.has(path) || way.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
};
