import { readFileSync, statSync } from 'node:fs';
import type { LeftOut } from './walk-files.ts';

const MOST_BYTES = 32 * 1024 * 1024;

/** The text of a file that may not be there. A link is followed: people keep such files elsewhere and link to them. */
export const readIfThere = (path: string, leaveOut: (left: LeftOut) => void): string | undefined => {
  try {
    if (statSync(path).size > MOST_BYTES) return void leaveOut({ path, why: `is larger than ${String(MOST_BYTES / 1024 / 1024)} MB` });
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code !== 'ENOENT' && code !== 'ENOTDIR') leaveOut({ path, why: `cannot be read (${code})` });
    return undefined;
  }
};
