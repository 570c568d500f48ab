import type { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../../model/json.ts';
import type { AgreedName, AuthorityRecord, AuthorityStore, SealedKey, StoredRecord } from '../../../ports/authority-store.ts';
import type { Transactions } from './transactions.ts';

type Row = Readonly<Record<string, unknown>>;

const objectIn = (text: unknown): JsonObject => JSON.parse(String(text)) as JsonObject; // only this file writes it

const toRecord = (row: Row): StoredRecord => ({
  kind: String(row['kind']), id: String(row['id']), payload: String(row['payload']), seenAtMs: Number(row['seen_at_ms']),
  ...(row['grant_id'] === null ? {} : { grantId: String(row['grant_id']) }),
  ...(row['uid'] === null ? {} : { uid: String(row['uid']) }),
  ...(row['user_code'] === null ? {} : { userCode: String(row['user_code']) }),
  ...(row['expires_at_ms'] === null ? {} : { expiresAtMs: Number(row['expires_at_ms']) }),
  ...(row['account'] === null ? {} : { account: String(row['account']) }),
  ...(row['consumed_at_ms'] === null ? {} : { consumedAtMs: Number(row['consumed_at_ms']) }),
});

const INSERT = 'INSERT INTO oauth_records (kind, id, payload, grant_id, uid, user_code, expires_at_ms, seen_at_ms, account) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
const REPLACE = 'ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code, expires_at_ms = excluded.expires_at_ms, seen_at_ms = excluded.seen_at_ms, account = excluded.account';

const valuesOf = ({ kind, id, payload, grantId, uid, userCode, expiresAtMs, account }: AuthorityRecord, nowMs: number) => [kind, id, payload, grantId ?? null, uid ?? null, userCode ?? null, expiresAtMs ?? null, nowMs, account ?? null] as const;

/** What has expired is kept for a while, so that a late comer is told that it is over and not that it never was. */
const KEPT_MS = 86_400_000;
const SWEPT_AT_ONCE = 500;

/** Sweeps as it writes: what is over must not pile up, and there is no clock here. */
const buildSweep = (database: DatabaseSync): ((nowMs: number) => void) => {
  const sweep = database.prepare('DELETE FROM oauth_records WHERE rowid IN (SELECT rowid FROM oauth_records WHERE expires_at_ms < ? LIMIT ?)');
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (nowMs - sweptAtMs < 60_000) return;
    sweptAtMs = nowMs;
    sweep.run(nowMs - KEPT_MS, SWEPT_AT_ONCE);
  };
};

const buildKeys = (database: DatabaseSync): AuthorityStore['keys'] => {
  const all = database.prepare('SELECT * FROM oauth_keys ORDER BY generation');
  const add = database.prepare('INSERT INTO oauth_keys (generation, key_id, public_key, sealed, signs_from_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const drop = database.prepare('DELETE FROM oauth_keys WHERE generation = ?');
  return {
    list: () => all.all().map((row): SealedKey => ({ generation: Number(row['generation']), keyId: String(row['key_id']), publicKey: objectIn(row['public_key']), sealed: String(row['sealed']), signsFromMs: Number(row['signs_from_ms']) })),
    add: ({ generation, keyId, publicKey, sealed, signsFromMs }) => Number(add.run(generation, keyId, JSON.stringify(publicKey), sealed, signsFromMs).changes) === 1,
    drop: (generation) => void drop.run(generation),
  };
};

const buildConsents = (database: DatabaseSync): AuthorityStore['consents'] => {
  const find = database.prepare('SELECT scopes FROM oauth_consents WHERE account = ? AND client_id = ? AND redirect_to = ? AND resource = ?');
  const remember = database.prepare('INSERT INTO oauth_consents (account, client_id, redirect_to, resource, scopes, at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET scopes = excluded.scopes, at_ms = excluded.at_ms');
  const [forgetAll, forgetOne] = [database.prepare('DELETE FROM oauth_consents WHERE account = ?'), database.prepare('DELETE FROM oauth_consents WHERE account = ? AND client_id = ?')];
  const forgetClient = database.prepare('DELETE FROM oauth_consents WHERE client_id = ?');
  return {
    find({ account, clientId, redirectTo, resource }) {
      const text = find.get(account, clientId, redirectTo, resource)?.['scopes'];
      return typeof text === 'string' && text !== '' ? text.split(' ') : [];
    },
    remember: ({ account, clientId, redirectTo, resource, scopes }, nowMs) => void remember.run(account, clientId, redirectTo, resource, scopes.join(' '), nowMs),
    forgetClient: (clientId) => void forgetClient.run(clientId),
    forget: (account, clientId) => Number((clientId === undefined ? forgetAll.run(account) : forgetOne.run(account, clientId)).changes),
  };
};

const buildAgreed = (database: DatabaseSync, transactions: Transactions): AuthorityStore['agreed'] => {
  const all = database.prepare('SELECT record FROM agreed_clients ORDER BY id');
  const insert = database.prepare('INSERT INTO agreed_clients VALUES (?, ?)');
  const list = (): readonly AgreedName[] => all.all().map(({ record }) => JSON.parse(String(record)) as AgreedName); // written below, and only there
  return {
    list,
    replace(clients) {
      const sorted = clients.toSorted((left, right) => (left.id < right.id ? -1 : 1));
      if (JSON.stringify(list()) === JSON.stringify(sorted)) return;
      transactions.run(() => {
        database.exec('DELETE FROM agreed_clients');
        for (const client of sorted) insert.run(client.id, JSON.stringify(client));
      });
    },
  };
};

/** What the authorization server remembers, in the database of the data directory. */
export const buildAuthorityTables = (database: DatabaseSync, transactions: Transactions): AuthorityStore => {
  const by = (column: string) => database.prepare(`SELECT * FROM oauth_records WHERE kind = ? AND ${column} = ?`);
  const [byId, byUid, byUserCode] = [by('id'), by('uid'), by('user_code')];
  const byAccount = database.prepare('SELECT * FROM oauth_records WHERE kind = ? AND account = ? LIMIT 1000');
  const [put, add] = [database.prepare(`${INSERT} ${REPLACE}`), database.prepare(`${INSERT} ON CONFLICT (kind, id) DO NOTHING`)];
  const consume = database.prepare('UPDATE oauth_records SET consumed_at_ms = ? WHERE kind = ? AND id = ? AND consumed_at_ms IS NULL');
  const extend = database.prepare('UPDATE oauth_records SET expires_at_ms = max(expires_at_ms, ?) WHERE kind = ? AND id = ?');
  const touch = database.prepare('UPDATE oauth_records SET seen_at_ms = ? WHERE kind = ? AND id = ?');
  const destroy = database.prepare('DELETE FROM oauth_records WHERE kind = ? AND id = ?');
  const revoke = database.prepare('DELETE FROM oauth_records WHERE grant_id = ?');
  const page = database.prepare('SELECT * FROM oauth_records WHERE kind = ? AND id > ? ORDER BY id LIMIT ?');
  const count = database.prepare('SELECT count(*) AS count FROM oauth_records WHERE kind = ?');
  const sweep = buildSweep(database);
  const found = (row: Row | undefined): StoredRecord | undefined => (row === undefined ? undefined : toRecord(row));
  return {
    find: (kind, id) => found(byId.get(kind, id)),
    findByUid: (kind, uid) => found(byUid.get(kind, uid)),
    findByUserCode: (kind, code) => found(byUserCode.get(kind, code)),
    ofAccount: (kind, account) => byAccount.all(kind, account).map(toRecord),
    put: (record, nowMs) => transactions.run(() => {
      sweep(nowMs);
      put.run(...valuesOf(record, nowMs));
    }),
    add: (record, nowMs) => transactions.run(() => {
      sweep(nowMs);
      return Number(add.run(...valuesOf(record, nowMs)).changes) === 1;
    }),
    consume: (kind, id, nowMs) => Number(consume.run(nowMs, kind, id).changes) === 1,
    extend: (kind, id, untilMs) => void extend.run(untilMs, kind, id),
    touch: (kind, id, nowMs) => void touch.run(nowMs, kind, id),
    destroy: (kind, id) => void destroy.run(kind, id),
    revokeGrant: (grantId) => void revoke.run(grantId),
    page: (kind, { after, limit }) => page.all(kind, after, limit).map(toRecord),
    count: (kind) => Number(count.get(kind)?.['count']),
    keys: buildKeys(database),
    consents: buildConsents(database),
    agreed: buildAgreed(database, transactions),
  };
};
