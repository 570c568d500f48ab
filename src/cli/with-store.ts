import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { Desk } from '../admin/terminal-record.ts';
import { SqliteRows } from '../adapters/audit-sinks/sqlite-rows.ts';
import { buildSqliteStore } from '../adapters/store/sqlite/sqlite-store.ts';
import { buildLog } from '../adapters/world/log.ts';
import { realWorld } from '../adapters/world/world.ts';
import { adminNeeds } from '../planes/admin-needs.ts';
import { findDirectory, openHome, readRuntime } from './home.ts';
import { readTrail } from './read-trail.ts';
import { buildRequestId } from '../stages/listen/request-id.ts';
import type { CommonOptions, Terminal } from './terminal.ts';
import { terminalOperator } from './terminal-operator.ts';

export interface KeysOptions extends CommonOptions {
  readonly data?: string;
}

/** A running gateway looks for changes ten times a second: after this it has seen one. */
const SEEN_AFTER_MS = 150;

const hasWritten = (database: DatabaseSync): boolean => Number(database.prepare('SELECT total_changes() AS count').get()?.['count']) > 0;

/** Runs an operation on the data directory, whether a gateway runs or not; one that runs has seen the change when this is over. */
export const withStore = async <Output>(options: KeysOptions, terminal: Terminal, work: (desk: Desk) => Output | Promise<Output>): Promise<Output> => {
  const directory = findDirectory(options.data, terminal.env);
  const home = openHome(directory);
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }));
  const store = buildSqliteStore(home.database, world.clock);
  try {
    const output = await work({ needs: adminNeeds({ store, hasher: home.hasher, trail: readTrail(home), world }), by: terminalOperator(), trail: new SqliteRows(home.database, 'terminal', home.signer), world, nextId: buildRequestId(world) });
    if (hasWritten(home.database) && readRuntime(directory) !== undefined) await pause(SEEN_AFTER_MS);
    return output;
  } finally {
    store.close();
    home.database.close();
  }
};
