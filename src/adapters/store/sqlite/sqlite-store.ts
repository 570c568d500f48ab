import type { DatabaseSync } from 'node:sqlite';
import type { KeyClass, Store } from '../../../ports/store.ts';
import type { Clock } from '../../../ports/world.ts';
import { buildAlarmTable, buildBaselineTable } from './alarm-tables.ts';
import { buildApiKeyTable } from './api-key-table.ts';
import { buildAuthorityTables } from './authority-tables.ts';
import { buildDirectoryTables } from './directory-tables.ts';
import { buildDenialTable } from './denial-table.ts';
import { buildKeyUseTables } from './key-use-tables.ts';
import { buildPeopleTable } from './people-table.ts';
import { buildProviderTokenTable } from './provider-token-table.ts';
import { buildToolPinTable } from './tool-pin-table.ts';
import { Transactions } from './transactions.ts';

/** How often the file is asked whether another process has changed it; the question costs about 2 µs. */
const POLL_MS = 100;

const buildKeyClasses = (database: DatabaseSync, transactions: Transactions): Store['keyClasses'] => {
  const all = database.prepare('SELECT name, rotate_every_ms, remind_before_ms FROM key_classes ORDER BY name');
  const insert = database.prepare('INSERT INTO key_classes VALUES (?, ?, ?)');
  const list = (): readonly KeyClass[] => all.all().map((row) => ({ name: String(row['name']), rotateEveryMs: Number(row['rotate_every_ms']), remindBeforeMs: Number(row['remind_before_ms']) }));
  return {
    list,
    replace(classes) {
      if (JSON.stringify(list()) === JSON.stringify(classes.toSorted((left, right) => (left.name < right.name ? -1 : 1)))) return;
      transactions.run(() => {
        database.exec('DELETE FROM key_classes');
        for (const { name, rotateEveryMs, remindBeforeMs } of classes) insert.run(name, rotateEveryMs, remindBeforeMs);
      });
    },
  };
};

/** Counts changes of keys: by this process as they happen, by others when the file says it was changed. */
const buildWatch = (database: DatabaseSync, tell: () => void): { poll(): void } => {
  const version = database.prepare('PRAGMA data_version');
  const changes = database.prepare('SELECT count FROM api_key_changes');
  const versionNow = (): unknown => Object.values(version.get() ?? {})[0];
  const countNow = (): unknown => changes.get()?.['count'];
  let [seenVersion, seenCount] = [versionNow(), countNow()];
  return {
    poll() {
      const now = versionNow();
      if (now === seenVersion) return;
      seenVersion = now;
      // Audit records and use are written to the same file, and concern no key.
      const count = countNow();
      if (count === seenCount) return;
      seenCount = count;
      tell();
    },
  };
};

/** The embedded store: one SQLite file, every change durable when the call returns (synchronous=FULL). */
export const buildSqliteStore = (database: DatabaseSync, clock: Pick<Clock, 'every'>): Store => {
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const transactions = new Transactions(database);
  const watch = buildWatch(database, tell);
  const toolPins = buildToolPinTable(database, transactions);
  const people = buildPeopleTable(database);
  const denials = buildDenialTable(database, transactions);
  const stop = clock.every(POLL_MS, () => {
    watch.poll();
    toolPins.poll();
    denials.poll();
    people.poll();
  });
  return {
    apiKeys: buildApiKeyTable(database, () => transactions.afterwards(tell)),
    keyUse: buildKeyUseTables(database, transactions),
    toolPins,
    denials,
    authority: buildAuthorityTables(database, transactions),
    people,
    providerTokens: buildProviderTokenTable(database),
    directory: buildDirectoryTables(database, transactions, people.poll),
    alarms: buildAlarmTable(database, transactions),
    baselines: buildBaselineTable(database, transactions),
    keyClasses: buildKeyClasses(database, transactions),
    transaction: (work) => transactions.run(work),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: stop,
  };
};
