import type { Config } from '../../config/schema.ts';
import { findDirectory } from '../home.ts';
import type { Terminal } from '../terminal.ts';

/** Where the gateway of a configuration keeps its trail: what is named here, then what the file names, then the only one there is. */
export const dataDirectory = (named: string | undefined, { dataDir }: Pick<Config, 'dataDir'>, env: Terminal['env']): string => findDirectory(named ?? env['SALLYPORT_DATA'] ?? dataDir, env);
