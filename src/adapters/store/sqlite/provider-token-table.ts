import type { DatabaseSync } from 'node:sqlite';
import type { ProviderToken, ProviderTokenStore } from '../../../ports/provider-token-store.ts';

const toToken = (row: Readonly<Record<string, unknown>>): ProviderToken => ({ account: String(row['account']), sealed: String(row['sealed']), askAtMs: Number(row['ask_at_ms']) });

/** The refresh tokens of identity providers, sealed, in the database of the data directory. */
export const buildProviderTokenTable = (database: DatabaseSync): ProviderTokenStore => {
  const find = database.prepare('SELECT * FROM provider_tokens WHERE account = ?');
  const put = database.prepare('INSERT INTO provider_tokens (account, sealed, ask_at_ms) VALUES (?, ?, ?) ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, ask_at_ms = excluded.ask_at_ms');
  const replace = database.prepare('UPDATE provider_tokens SET sealed = ?, ask_at_ms = ? WHERE account = ? AND sealed = ? AND ask_at_ms = ?');
  const drop = database.prepare('DELETE FROM provider_tokens WHERE account = ? AND sealed = ? AND ask_at_ms = ?');
  const due = database.prepare(
    `SELECT * FROM provider_tokens AS token WHERE ask_at_ms <= ?1
     AND EXISTS (SELECT 1 FROM oauth_records WHERE account = token.account AND kind IN ('Session', 'Grant') AND (expires_at_ms IS NULL OR expires_at_ms > ?1))
     ORDER BY ask_at_ms LIMIT ?2`,
  );
  return {
    find(account) {
      const row = find.get(account);
      return row === undefined ? undefined : toToken(row);
    },
    put: ({ account, sealed, askAtMs }) => void put.run(account, sealed, askAtMs),
    replace: (former, next) => Number(replace.run(next.sealed, next.askAtMs, former.account, former.sealed, former.askAtMs).changes) === 1,
    drop: ({ account, sealed, askAtMs }) => Number(drop.run(account, sealed, askAtMs).changes) === 1,
    due: (nowMs, limit) => due.all(nowMs, limit).map(toToken),
  };
};
