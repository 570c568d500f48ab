import type { DatabaseSync } from 'node:sqlite';
import type { KeyUseStore, UseBatch } from '../../../ports/key-use.ts';
import type { Transactions } from './transactions.ts';

/** How many callers of one credential are kept: the latest. */
const MOST_CALLERS = 500;

const buildWriting = (database: DatabaseSync): ((batch: UseBatch) => void) => {
  const last = database.prepare('INSERT INTO key_last_use VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms, address = excluded.address, client = excluded.client WHERE excluded.at_ms >= at_ms');
  const caller = database.prepare('INSERT INTO key_callers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_at_ms = max(last_at_ms, excluded.last_at_ms), calls = calls + excluded.calls');
  const target = database.prepare('INSERT INTO key_targets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls');
  return ({ credential, last: use, callers, targets }) => {
    last.run(credential, use.atMs, use.address, use.client);
    for (const { address, client, firstAtMs, lastAtMs, calls } of callers) caller.run(credential, address, client, firstAtMs, lastAtMs, calls);
    for (const { day, server, call, target: name, calls } of targets) target.run(credential, day, server, call, name, calls);
  };
};

/** Forgets what is old of one credential: a look at all of them would hold up requests the longer the more keys there are. */
const buildForgetting = (database: DatabaseSync): ((batch: UseBatch) => void) => {
  const oldCallers = database.prepare('DELETE FROM key_callers WHERE credential = ? AND last_at_ms < ?');
  const excess = database.prepare(
    `DELETE FROM key_callers WHERE credential = ?1 AND (address, client) IN (
       SELECT address, client FROM key_callers WHERE credential = ?1 ORDER BY last_at_ms DESC LIMIT -1 OFFSET ${String(MOST_CALLERS)})`,
  );
  const oldDays = database.prepare('DELETE FROM key_targets WHERE credential = ? AND day < ?');
  return ({ credential, forget }) => {
    if (forget === undefined) return;
    oldCallers.run(credential, forget.callersBeforeMs);
    excess.run(credential);
    oldDays.run(credential, forget.daysBefore);
  };
};

const buildReading = (database: DatabaseSync): Pick<KeyUseStore, 'lastOf' | 'callersOf' | 'targetsOf' | 'daysOf'> => {
  const last = database.prepare('SELECT at_ms, address, client FROM key_last_use WHERE credential = ?');
  const callers = database.prepare('SELECT address, client, first_at_ms, last_at_ms, calls FROM key_callers WHERE credential = ? AND last_at_ms >= ? ORDER BY last_at_ms DESC');
  const targets = database.prepare('SELECT server, call, target, sum(calls) AS calls FROM key_targets WHERE credential = ? AND day >= ? GROUP BY server, call, target ORDER BY calls DESC, server, call, target');
  const days = database.prepare('SELECT day, sum(calls) AS calls FROM key_targets WHERE credential = ? AND day >= ? GROUP BY day ORDER BY day');
  return {
    lastOf(credential) {
      const row = last.get(credential);
      return row === undefined ? undefined : { atMs: Number(row['at_ms']), address: String(row['address']), client: String(row['client']) };
    },
    callersOf: (credential, sinceMs) =>
      callers.all(credential, sinceMs).map((row) => ({ address: String(row['address']), client: String(row['client']), firstAtMs: Number(row['first_at_ms']), lastAtMs: Number(row['last_at_ms']), calls: Number(row['calls']) })),
    targetsOf: (credential, sinceDay) => targets.all(credential, sinceDay).map((row) => ({ server: String(row['server']), call: String(row['call']), target: String(row['target']), calls: Number(row['calls']) })),
    daysOf: (credential, sinceDay) => days.all(credential, sinceDay).map((row) => ({ day: Number(row['day']), calls: Number(row['calls']) })),
  };
};

/** The tables of what credentials did. */
export const buildKeyUseTables = (database: DatabaseSync, transactions: Transactions): KeyUseStore => {
  const write = buildWriting(database);
  const forget = buildForgetting(database);
  const learn = database.prepare('INSERT INTO known_tools VALUES (?, ?) ON CONFLICT DO UPDATE SET tools = excluded.tools WHERE tools <> excluded.tools');
  const known = database.prepare('SELECT server, tools FROM known_tools ORDER BY server');
  return {
    ...buildReading(database),
    add: (batches) =>
      transactions.run(() => {
        for (const batch of batches) {
          write(batch);
          forget(batch);
        }
      }),
    learnTools: (server, tools) => void learn.run(server, JSON.stringify(tools)),
    tools: () => known.all().map((row) => ({ server: String(row['server']), tools: JSON.parse(String(row['tools'])) as readonly string[] })), // written by learnTools
  };
};
