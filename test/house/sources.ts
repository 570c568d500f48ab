import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { blank, type Blanked } from './blank.ts';

export const root = join(import.meta.dirname, '../..');

export interface Source extends Blanked {
  /** From the root of the repository, with `/`. */
  readonly path: string;
}

/** @throws SyntaxError that names the file */
export const sourceOf = (path: string, text: string): Source => {
  try {
    return { path, ...blank(text) };
  } catch (cause) {
    throw new SyntaxError(`${path} cannot be read as TypeScript`, { cause });
  }
};

/** Tests, and the programs that tests start: they live beside the sources and are not in the package. */
export const isTest = (path: string): boolean => /\.test\.ts$|(^|\/)testdata\//.test(path);

/** A folder that is still empty is not in a clone; what others have published is none of our sources. */
const filesIn = (folder: string): readonly string[] =>
  (existsSync(join(root, folder)) ? readdirSync(join(root, folder), { withFileTypes: true, recursive: true }) : [])
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.includes('node_modules/'))
    .sort();

/** Every file and folder path of the given folders. */
export const pathsOf = (folders: readonly string[]): readonly string[] => folders.flatMap(filesIn);

/** Every TypeScript source of the given folders, taken apart. */
export const sourcesOf = (folders: readonly string[]): readonly Source[] =>
  pathsOf(folders)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')));
