import { SqliteRows } from '../../adapters/audit-sinks/sqlite-rows.ts';
import { buildLog } from '../../adapters/world/log.ts';
import { realWorld } from '../../adapters/world/world.ts';
import { recordLook } from '../../admin/terminal-record.ts';
import { buildRequestId } from '../../stages/listen/request-id.ts';
import type { Home } from '../home.ts';
import type { Terminal } from '../terminal.ts';
import { terminalOperator } from '../terminal-operator.ts';

/** Writes down who looks into the trail, and for what, before anything is shown: once for each command, however long it follows. */
export const recordLookAt = async ({ database, signer }: Home, { name, q }: { readonly name: string; readonly q: string }, terminal: Terminal): Promise<void> => {
  const world = realWorld(buildLog({ level: 'warn', pretty: true, write: (line) => void terminal.stderr.write(line) }));
  await recordLook({ name }, { q }, { by: terminalOperator(), trail: new SqliteRows(database, 'terminal', signer), world, nextId: buildRequestId(world) });
};
