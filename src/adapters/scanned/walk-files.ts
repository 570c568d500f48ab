import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A text that is to be looked through, and what it is called. */
export interface ScannedText {
  readonly path: string;
  readonly text: string;
  readonly commit?: string;
  readonly committedAt?: string;
}

/** What was left out, and why: a scan that leaves out in silence says "clean" of what it has not seen. */
export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

/** Larger files are left out, and said to be. */
export const MOST_BYTES = 32 * 1024 * 1024;

/** Folders that hold what others have published, or what is made from the rest. */
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules', '.hg', '.svn', '__pycache__', '.venv', '.tox', '.mypy_cache', '.next', '.cache']);

/** Files of digests and of pictures, in which everything looks as if made by chance. */
const SKIPPED_FILES = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|poetry\.lock|uv\.lock|go\.sum|composer\.lock|Gemfile\.lock|bun\.lock)$|\.(?:png|jpe?g|gif|webp|ico|woff2?|ttf|otf|eot|mp[34]|mov|zip|gz|tgz|bz2|xz|7z|jar|wasm|so|dylib|dll|exe|node|pdf|map|min\.js|min\.css)$/i;

const HEAD_BYTES = 8_000;

/** A text, or undefined for something that is none. UTF-16 is what PowerShell writes. */
export const textOf = (bytes: Buffer): string | undefined => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  return bytes.subarray(0, HEAD_BYTES).includes(0) ? undefined : bytes.toString('utf8');
};

export const isSkipped = (path: string): boolean => SKIPPED_FILES.test(path) || path.split('/').some((part) => SKIPPED_FOLDERS.has(part));

/** A pattern of `.sallyportignore`: as a path from there, with `*` within and `**` across folders. */
const toPattern = (line: string): RegExp => {
  const anchored = line.includes('/') ? line.replace(/^\//, '') : `**/${line}`;
  const body = anchored.replace(/\/$/, '').split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }).join('');
  return new RegExp(`^${body}(?:/.*)?$`);
};

/** What `.sallyportignore` of a folder leaves out. */
export const readIgnored = (folder: string): ((path: string) => boolean) => {
  let text = '';
  try {
    text = readFileSync(join(folder, '.sallyportignore'), 'utf8');
  } catch {
    return () => false;
  }
  const patterns = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map(toPattern);
  return (path) => patterns.some((pattern) => pattern.test(path));
};

interface Walk {
  readonly root: string;
  readonly isIgnored: (path: string) => boolean;
  readonly leaveOut: (left: LeftOut) => void;
}

function* walkFolder(folder: string, inside: string, walk: Walk): Generator<ScannedText> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const [path, within] = [join(folder, entry.name), inside === '' ? entry.name : `${inside}/${entry.name}`];
    if (walk.isIgnored(within) || (entry.isDirectory() && SKIPPED_FOLDERS.has(entry.name))) continue;
    if (entry.isDirectory()) yield* walkFolder(path, within, walk);
    // What a link leads to is looked at where it is, or is none of this folder.
    else if (entry.isFile()) yield* readFile(path, walk);
  }
}

function* readFile(path: string, { leaveOut }: Pick<Walk, 'leaveOut'>): Generator<ScannedText> {
  if (SKIPPED_FILES.test(path)) return;
  try {
    const { size } = lstatSync(path);
    if (size > MOST_BYTES) return leaveOut({ path, why: `is larger than ${String(MOST_BYTES / 1024 / 1024)} MB` });
    const text = textOf(readFileSync(path));
    if (text !== undefined) yield { path, text };
  } catch (error) {
    leaveOut({ path, why: error instanceof Error && 'code' in error ? `cannot be read (${String(error.code)})` : 'cannot be read' });
  }
}

/**
 * The texts under a path, in the order of their names.
 * @throws the file system's error when the path itself is not there
 */
export function* walkFiles(root: string, leaveOut: (left: LeftOut) => void): Generator<ScannedText> {
  const found = lstatSync(root);
  if (found.isDirectory()) yield* walkFolder(root, '', { root, isIgnored: readIgnored(root), leaveOut });
  else yield* readFile(root, { leaveOut });
}

/** Whether a path is that of a log. */
export const isLog = (path: string): boolean => /\.log(?:\.\d+|\.\w+)?$|(?:^|\/)(?:log|logs)\//i.test(path) || /^(?:syslog|messages|auth\.log)/.test(basename(path));
