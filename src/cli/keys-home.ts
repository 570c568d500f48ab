import type { AdminNeeds } from '../admin/needs.ts';
import { buildSqliteStore } from '../adapters/store/sqlite/sqlite-store.ts';
import { buildLog } from '../adapters/world/log.ts';
import { realWorld } from '../adapters/world/world.ts';
import { findDirectory, openHome } from './home.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

export interface KeysOptions extends CommonOptions {
  readonly data?: string;
}

/** Who runs operations at the terminal. */
export const BY = { name: 'you' };

/** Runs an operation on the data directory, whether a gateway runs or not. */
export const withStore = async <Output>(options: KeysOptions, terminal: Terminal, work: (needs: AdminNeeds) => Output | Promise<Output>): Promise<Output> => {
  const home = openHome(findDirectory(options.data, terminal.env));
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }));
  const store = buildSqliteStore(home.database, world.clock);
  try {
    return await work({ store, hasher: home.hasher, world });
  } finally {
    store.close();
    home.database.close();
  }
};
