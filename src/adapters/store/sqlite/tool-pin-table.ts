import type { DatabaseSync } from 'node:sqlite';
import type { SeenTool, ToolPin, ToolPinStore } from '../../../ports/tool-pins.ts';
import type { Transactions } from './transactions.ts';

const seen = (text: unknown): SeenTool | undefined => (typeof text === 'string' ? (JSON.parse(text) as SeenTool) : undefined); // written by note below, in this schema version

const toPin = (row: Readonly<Record<string, unknown>>): ToolPin => {
  const [accepted, pending] = [seen(row['accepted']), seen(row['pending'])];
  return { server: String(row['server']), tool: String(row['tool']), ...(accepted === undefined ? {} : { accepted }), ...(pending === undefined ? {} : { pending }) };
};

const text = (value: SeenTool | undefined): string | null => (value === undefined ? null : JSON.stringify(value));

/** What a gateway notes never touches what is accepted: an operator may accept in another process at the same moment. */
const NOTE = 'INSERT INTO tool_pins (server, tool, accepted, pending) VALUES (?, ?, ?, ?) ON CONFLICT (server, tool) DO UPDATE SET pending = excluded.pending';
const ACCEPT = "UPDATE tool_pins SET accepted = pending, pending = NULL WHERE server = ? AND tool = ? AND json_extract(pending, '$.digest') = ?";

/** Pins of tools, in the database of the data directory. `poll` tells of what another process has accepted. */
export const buildToolPinTable = (database: DatabaseSync, transactions: Transactions): ToolPinStore & { poll(): void } => {
  const all = database.prepare('SELECT server, tool, accepted, pending FROM tool_pins ORDER BY server, tool');
  const ofServer = database.prepare('SELECT server, tool, accepted, pending FROM tool_pins WHERE server = ? ORDER BY tool');
  const insert = database.prepare(NOTE);
  const accept = database.prepare(ACCEPT);
  const settled = database.prepare('SELECT server FROM tool_servers');
  const settle = database.prepare('INSERT OR IGNORE INTO tool_servers (server) VALUES (?)');
  const count = database.prepare('SELECT count FROM tool_acceptances');
  const counted = database.prepare('UPDATE tool_acceptances SET count = count + 1');
  const listeners = new Set<() => void>();
  const current = (): unknown => count.get()?.['count'];
  let known = current();
  const poll = (): void => {
    const now = current();
    if (now === known) return;
    known = now;
    for (const listener of listeners) listener();
  };
  return {
    poll,
    list: (server) => (server === undefined ? all.all() : ofServer.all(server)).map(toPin),
    note: (pins) => transactions.run(() => {
      for (const { server, tool, accepted, pending } of pins) insert.run(server, tool, text(accepted), text(pending));
    }),
    settled: () => settled.all().map(({ server }) => String(server)),
    settle: (server) => void settle.run(server),
    accept: (server, tool, digest) => transactions.run(() => {
      const changed = accept.run(server, tool, digest).changes === 1;
      if (changed) counted.run();
      transactions.afterwards(poll);
      return changed;
    }),
    onAccept(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
