import type { DatabaseSync } from 'node:sqlite';
import type { PastPolicy, PolicyHistory } from '../../../model/past-policy.ts';

/** The policies that were in force on a data directory: a row for each change. */
export const buildPolicyHistory = (database: DatabaseSync): PolicyHistory => {
  const last = database.prepare('SELECT text FROM policy_history ORDER BY position DESC LIMIT 1');
  const insert = database.prepare('INSERT INTO policy_history (at_ms, text) VALUES (?, ?)');
  const before = database.prepare('SELECT at_ms AS atMs, text FROM policy_history WHERE at_ms <= ? ORDER BY position DESC LIMIT 1');
  const first = database.prepare('SELECT at_ms AS atMs, text FROM policy_history ORDER BY position LIMIT 1');
  return {
    keep({ permissions, roles, rules, people }, atMs) {
      const text = JSON.stringify({ permissions, roles, rules, people });
      if (last.get()?.['text'] !== text) insert.run(atMs, text);
    },
    at(ms) {
      const row = before.get(ms) ?? first.get();
      return row === undefined ? undefined : { policy: JSON.parse(String(row['text'])) as PastPolicy, sinceMs: Number(row['atMs']) }; // written above
    },
  };
};
