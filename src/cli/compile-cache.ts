import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Compiled code is code: a folder that somebody else may write to would let him run his own as us, `sudo` with the caller's HOME for one. */
const isOurs = (folder: string): boolean => {
  const found = lstatSync(folder);
  if (process.geteuid === undefined) return found.isDirectory(); // Windows: what lies below the profile is the user's own
  return found.isDirectory() && found.uid === process.geteuid() && (found.mode & 0o022) === 0;
};

/** `$XDG_CACHE_HOME/sallyport`, where Node keeps what it has compiled. */
const cacheFolder = (env: Environment): string => join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'sallyport');

/**
 * Lets Node keep compiled code between starts, which halves what a start and every command costs. Without such a folder everything
 * works as before; `NODE_DISABLE_COMPILE_CACHE` switches it off, `NODE_COMPILE_CACHE` names another folder.
 * @returns whether code is kept
 */
export const keepCompiled = ({ env }: { readonly env: Environment }): boolean => {
  if (env['NODE_DISABLE_COMPILE_CACHE'] !== undefined || env['NODE_COMPILE_CACHE'] !== undefined) return false;
  try {
    const folder = cacheFolder(env);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOurs(folder)) return false;
    return enableCompileCache(folder).directory !== undefined;
  } catch {
    return false; // a home that is not there, or may not be written to
  }
};

/** Writes down what has been compiled so far, for a process that may be killed later. */
export const saveCompiled = (): void => flushCompileCache();
