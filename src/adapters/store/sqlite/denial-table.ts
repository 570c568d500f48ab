import type { DatabaseSync } from 'node:sqlite';
import { DENIAL_LEVELS, type Denial, type KnownIssuer } from '../../../model/token/denial.ts';
import type { DenialStore } from '../../../ports/denial-store.ts';
import type { Transactions } from './transactions.ts';

type Row = Readonly<Record<string, unknown>>;

const toDenial = (row: Row): Denial => {
  const level = DENIAL_LEVELS.find((each) => each === row['level']);
  // What cannot be read must not be taken for nothing: it would open what somebody has closed.
  if (level === undefined) throw new Error(`the store holds a denial of a kind this version does not know: ${String(row['level'])}`);
  return {
    id: String(row['id']), level, issuer: String(row['issuer']), value: String(row['value']), by: String(row['made_by']), atMs: Number(row['at_ms']),
    ...(row['issued_until_ms'] === null ? {} : { issuedUntilMs: Number(row['issued_until_ms']) }),
    ...(row['reason'] === null ? {} : { reason: String(row['reason']) }),
    ...(row['forget_at_ms'] === null ? {} : { forgetAtMs: Number(row['forget_at_ms']) }),
  };
};

/** The position is new with every write, so that whoever has read up to one finds what was written since. */
const WRITE = `INSERT INTO denials (id, level, issuer, value, issued_until_ms, reason, made_by, at_ms, forget_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const WEAKER = 'DELETE FROM denials WHERE level = ? AND issuer = ? AND value = ? AND issued_until_ms IS NOT NULL AND (?4 IS NULL OR issued_until_ms <= ?4)';
const STANDING = 'SELECT * FROM denials WHERE level = ? AND issuer = ? AND value = ?';

const buildAdding = (database: DatabaseSync): ((denial: Denial) => Denial) => {
  const [write, dropWeaker, standing] = [database.prepare(WRITE), database.prepare(WEAKER), database.prepare(STANDING)];
  const forget = database.prepare('DELETE FROM denials WHERE forget_at_ms < ?');
  return (denial) => {
    const { id, level, issuer, value, issuedUntilMs, reason, by, atMs, forgetAtMs } = denial;
    forget.run(atMs);
    dropWeaker.run(level, issuer, value, issuedUntilMs ?? null);
    const stronger = standing.get(level, issuer, value);
    if (stronger !== undefined) return toDenial(stronger);
    write.run(id, level, issuer, value, issuedUntilMs ?? null, reason ?? null, by, atMs, forgetAtMs ?? null);
    return denial;
  };
};

const buildIssuers = (database: DatabaseSync, transactions: Transactions): DenialStore['issuers'] => {
  const all = database.prepare('SELECT name, issuer, max_lifetime_ms FROM known_issuers ORDER BY name');
  const insert = database.prepare('INSERT INTO known_issuers VALUES (?, ?, ?)');
  const list = (): readonly KnownIssuer[] => all.all().map((row) => ({ name: String(row['name']), issuer: String(row['issuer']), maxLifetimeMs: Number(row['max_lifetime_ms']) }));
  return {
    list,
    replace(issuers) {
      const sorted = issuers.toSorted((left, right) => (left.name < right.name ? -1 : 1));
      if (JSON.stringify(list()) === JSON.stringify(sorted)) return;
      transactions.run(() => {
        database.exec('DELETE FROM known_issuers');
        for (const { name, issuer, maxLifetimeMs } of sorted) insert.run(name, issuer, maxLifetimeMs);
      });
    },
  };
};

/** Denials, in the database of the data directory. `poll` tells of what another process has changed. */
export const buildDenialTable = (database: DatabaseSync, transactions: Transactions): DenialStore & { poll(): void } => {
  const add = buildAdding(database);
  const page = database.prepare('SELECT * FROM denials WHERE position > ? AND coalesce(forget_at_ms, 9e15) >= ? ORDER BY position LIMIT ?');
  const standing = database.prepare(STANDING);
  const drop = database.prepare('DELETE FROM denials WHERE id = ?');
  const counted = database.prepare('UPDATE denial_lifts SET count = count + 1');
  const lifts = database.prepare('SELECT count FROM denial_lifts');
  const last = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'denials'");
  const listeners = new Set<() => void>();
  const liftsNow = (): number => Number(lifts.get()?.['count']);
  const stateNow = (): string => `${String(last.get()?.['seq'])} ${String(liftsNow())}`;
  let known = stateNow();
  const poll = (): void => {
    const now = stateNow();
    if (now === known) return;
    known = now;
    for (const listener of listeners) listener();
  };
  return {
    poll,
    add: (denials) => transactions.run(() => {
      transactions.afterwards(poll);
      return denials.map(add);
    }),
    lift: (id) => transactions.run(() => {
      const found = drop.run(id).changes === 1;
      if (found) counted.run();
      transactions.afterwards(poll);
      return found;
    }),
    after: (position, limit, nowMs) => page.all(position, nowMs, limit).map((row) => ({ position: Number(row['position']), denial: toDenial(row) })),
    standing(level, issuer, value) {
      const row = standing.get(level, issuer, value);
      return row === undefined ? undefined : toDenial(row);
    },
    lifts: liftsNow,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    issuers: buildIssuers(database, transactions),
  };
};
