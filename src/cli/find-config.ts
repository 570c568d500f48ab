import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Terminal } from './terminal.ts';

const HERE = ['sallyport.yaml', 'sallyport.json'] as const;

/**
 * Which configuration file is meant: the one that was named, else the first that exists of `./sallyport.yaml`, `./sallyport.json` and
 * `sallyport/sallyport.yaml` in the user's configuration directory (`XDG_CONFIG_HOME`).
 * @returns `sallyport.yaml` when there is none, so that the complaint names what is usual
 */
export const findConfig = (named: string | undefined, env: Terminal['env']): string => {
  if (named !== undefined) return named;
  const users = join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'sallyport', 'sallyport.yaml');
  return [...HERE, users].find((path) => existsSync(path)) ?? HERE[0];
};
