import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The file is not a store of this product, or not one this version can read. Nothing is ever recreated silently (F03). */
export class StoreRefused extends Error {}

/** `SALY` as SQLite's application id: a foreign database is recognised before anything is written into it. */
const APPLICATION_ID = 0x53414c59;

/**
 * The schema, step by step: the database's `user_version` counts the steps it has taken, the rest are taken at opening. A step that
 * has been released is never changed; the next one is added below it.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE api_keys (
     id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, record TEXT NOT NULL, revoked_at_ms INTEGER
   ) STRICT;
   CREATE TABLE audit (position INTEGER PRIMARY KEY, id TEXT NOT NULL, event TEXT NOT NULL) STRICT;
   CREATE INDEX audit_by_id ON audit (id);
   CREATE TABLE audit_journal (file TEXT PRIMARY KEY, drained_bytes INTEGER NOT NULL) STRICT;`,
  // The index of random ids was seven eighths of the cost of a record, and nothing looks a record up by its id.
  `DROP INDEX audit_by_id;
   ALTER TABLE audit DROP COLUMN id;`,
  `CREATE TABLE quotas (
     scope TEXT NOT NULL, name TEXT NOT NULL, day INTEGER NOT NULL, day_used INTEGER NOT NULL, month INTEGER NOT NULL, month_used INTEGER NOT NULL,
     PRIMARY KEY (scope, name)
   ) STRICT, WITHOUT ROWID;`,
  // The triggers count every change of a key, whoever makes it: what a gateway remembers of keys holds until the count moves.
  `CREATE INDEX api_keys_by_owner ON api_keys (json_extract(record, '$.owner'));
   CREATE INDEX api_keys_by_class ON api_keys (json_extract(record, '$.keyClass')) WHERE json_extract(record, '$.keyClass') IS NOT NULL;
   CREATE TABLE api_key_changes (count INTEGER NOT NULL) STRICT;
   INSERT INTO api_key_changes VALUES (0);
   CREATE TRIGGER api_key_inserted AFTER INSERT ON api_keys BEGIN UPDATE api_key_changes SET count = count + 1; END;
   CREATE TRIGGER api_key_updated AFTER UPDATE ON api_keys BEGIN UPDATE api_key_changes SET count = count + 1; END;
   CREATE TRIGGER api_key_deleted AFTER DELETE ON api_keys BEGIN UPDATE api_key_changes SET count = count + 1; END;
   CREATE TABLE key_classes (name TEXT PRIMARY KEY, rotate_every_ms INTEGER NOT NULL, remind_before_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE key_last_use (credential TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, address TEXT NOT NULL, client TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE key_callers (
     credential TEXT NOT NULL, address TEXT NOT NULL, client TEXT NOT NULL, first_at_ms INTEGER NOT NULL, last_at_ms INTEGER NOT NULL,
     calls INTEGER NOT NULL, PRIMARY KEY (credential, address, client)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE key_targets (
     credential TEXT NOT NULL, day INTEGER NOT NULL, server TEXT NOT NULL, call TEXT NOT NULL, target TEXT NOT NULL,
     calls INTEGER NOT NULL, PRIMARY KEY (credential, day, server, call, target)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE known_tools (server TEXT PRIMARY KEY, tools TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // A gateway notes what waits, an operator accepts it: only the latter is counted, and it is what a gateway has to hear of.
  `CREATE TABLE tool_pins (server TEXT NOT NULL, tool TEXT NOT NULL, accepted TEXT, pending TEXT, PRIMARY KEY (server, tool)) STRICT, WITHOUT ROWID;
   CREATE TABLE tool_servers (server TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE tool_acceptances (count INTEGER NOT NULL) STRICT;
   INSERT INTO tool_acceptances VALUES (0);`,
  // AUTOINCREMENT never gives a position again, so a gateway that has read up to one reads on from there.
  `CREATE TABLE denials (
     position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, level TEXT NOT NULL, issuer TEXT NOT NULL, value TEXT NOT NULL,
     issued_until_ms INTEGER, reason TEXT, made_by TEXT NOT NULL, at_ms INTEGER NOT NULL, forget_at_ms INTEGER, UNIQUE (level, issuer, value)
   ) STRICT;
   CREATE INDEX denials_by_end ON denials (forget_at_ms);
   CREATE TABLE denial_lifts (count INTEGER NOT NULL) STRICT;
   INSERT INTO denial_lifts VALUES (0);
   CREATE TABLE known_issuers (name TEXT PRIMARY KEY, issuer TEXT NOT NULL, max_lifetime_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // What would open anything is here as its hash; a refresh token that was used stays, so that a second use is seen.
  `CREATE TABLE oauth_records (
     kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, uid TEXT, user_code TEXT,
     consumed_at_ms INTEGER, expires_at_ms INTEGER, seen_at_ms INTEGER NOT NULL, PRIMARY KEY (kind, id)
   ) STRICT;
   CREATE INDEX oauth_records_by_grant ON oauth_records (grant_id) WHERE grant_id IS NOT NULL;
   CREATE INDEX oauth_records_by_uid ON oauth_records (kind, uid) WHERE uid IS NOT NULL;
   CREATE INDEX oauth_records_by_user_code ON oauth_records (kind, user_code) WHERE user_code IS NOT NULL;
   CREATE INDEX oauth_records_by_end ON oauth_records (expires_at_ms);
   CREATE TABLE oauth_keys (generation INTEGER PRIMARY KEY, key_id TEXT NOT NULL UNIQUE, public_key TEXT NOT NULL, sealed TEXT NOT NULL, signs_from_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE oauth_consents (
     account TEXT NOT NULL, client_id TEXT NOT NULL, redirect_to TEXT NOT NULL, resource TEXT NOT NULL, scopes TEXT NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (account, client_id, redirect_to, resource)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE known_people (
     id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, own TEXT NOT NULL, called TEXT NOT NULL, record TEXT NOT NULL, UNIQUE (issuer, subject)
   ) STRICT;
   CREATE INDEX known_people_by_own ON known_people (own);
   CREATE INDEX known_people_by_called ON known_people (called);`,
  // What a gateway remembers of people holds until this moves.
  `CREATE TABLE known_people_changes (count INTEGER NOT NULL) STRICT;
   INSERT INTO known_people_changes VALUES (0);
   CREATE TRIGGER known_people_inserted AFTER INSERT ON known_people BEGIN UPDATE known_people_changes SET count = count + 1; END;
   CREATE TRIGGER known_people_updated AFTER UPDATE ON known_people BEGIN UPDATE known_people_changes SET count = count + 1; END;`,
  // What somebody has is found by who they are: their sessions, and what they have allowed.
  `ALTER TABLE oauth_records ADD COLUMN account TEXT;
   CREATE INDEX oauth_records_by_account ON oauth_records (account, kind) WHERE account IS NOT NULL;`,
  `CREATE TABLE directory_entries (id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, external_id TEXT, record TEXT NOT NULL, UNIQUE (kind, name)) STRICT;
   CREATE INDEX directory_entries_by_external_id ON directory_entries (kind, external_id) WHERE external_id IS NOT NULL;
   CREATE TABLE directory_members (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)) STRICT, WITHOUT ROWID;
   CREATE INDEX directory_members_by_user ON directory_members (user_id);`,
  // That somebody was seen again changes nothing that anybody remembers of them.
  `DROP TRIGGER known_people_updated;
   CREATE TRIGGER known_people_updated AFTER UPDATE ON known_people WHEN json_remove(old.record, '$.lastSeenAtMs') IS NOT json_remove(new.record, '$.lastSeenAtMs')
   BEGIN UPDATE known_people_changes SET count = count + 1; END;`,
  // Whether somebody is still at their provider is asked by what it gave for that, the longest due first.
  `CREATE TABLE provider_tokens (account TEXT PRIMARY KEY, sealed TEXT NOT NULL, ask_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE INDEX provider_tokens_by_time ON provider_tokens (ask_at_ms);`,
  // How far the chains of the trail go, signed.
  `CREATE TABLE audit_head (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), heads TEXT NOT NULL, key_id TEXT NOT NULL, signature TEXT NOT NULL) STRICT;`,
  `CREATE TABLE agreed_clients (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // What the directory says of groups is a part of what is remembered of people.
  `CREATE TRIGGER directory_member_joined AFTER INSERT ON directory_members BEGIN UPDATE known_people_changes SET count = count + 1; END;
   CREATE TRIGGER directory_member_left AFTER DELETE ON directory_members BEGIN UPDATE known_people_changes SET count = count + 1; END;
   CREATE TRIGGER directory_entry_updated AFTER UPDATE ON directory_entries WHEN json_remove(old.record, '$.changedAtMs') IS NOT json_remove(new.record, '$.changedAtMs')
   BEGIN UPDATE known_people_changes SET count = count + 1; END;`,
  // How far each receiver of the trail has come: what waits for it is the trail from there.
  `CREATE TABLE audit_sinks (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  // Alarms, one open at a time for a name and a subject, and what is usual of whom.
  `CREATE TABLE alarms (
     position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL, last_at_ms INTEGER NOT NULL, record TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX alarms_open ON alarms (name, subject) WHERE state = 'open';
   CREATE INDEX alarms_expected ON alarms (name, subject) WHERE state = 'expected';
   CREATE TABLE usage_baselines (holder TEXT PRIMARY KEY, day INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
   CREATE INDEX usage_baselines_by_day ON usage_baselines (day);`,
  // What was in force when: who asks later what could be done then is not answered by what is in force now.
  `CREATE TABLE policy_history (position INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, text TEXT NOT NULL) STRICT;`,
  // What an operation has said of an alarm, until the gateway has told of it.
  `ALTER TABLE alarms ADD COLUMN handed INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX alarms_handed ON alarms (position) WHERE handed = 1;`,
  // Which keys end soon is asked once an hour, and there may be a hundred thousand.
  `CREATE INDEX api_keys_by_end ON api_keys (json_extract(record, '$.expiresAtMs')) WHERE revoked_at_ms IS NULL;`,
];

const number = (database: DatabaseSync, pragma: string): number => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);

/**
 * Up to this size a file is checked as a whole when it is opened, which takes less than a tenth of a second. Beyond it the check would take as long as
 * reading gigabytes does, at each start and each command, and keys and trail have no bound; SQLite refuses a damaged page when it is read,
 * and a store that fails refuses requests. `sqlite3 sallyport.db 'PRAGMA integrity_check'` checks a large one at leisure.
 */
const CHECKED_WHOLE_BYTES = 32 * 1024 * 1024;

const checkIntegrity = (database: DatabaseSync, path: string): void => {
  const [verdict] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (verdict !== 'ok') throw new StoreRefused(`${path} is damaged (${String(verdict).slice(0, 120)}): restore it from a backup, or move it away to start empty`);
};

const isEmpty = (database: DatabaseSync): boolean => Number(Object.values(database.prepare('SELECT count(*) FROM sqlite_schema').get() ?? {})[0]) === 0;

/** Takes the steps that are missing, in one transaction; another process that opens the file at the same time waits for it. */
const migrate = (database: DatabaseSync): void => {
  if (number(database, 'user_version') === STEPS.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of STEPS.slice(number(database, 'user_version'))) database.exec(step);
    database.exec(`PRAGMA application_id = ${String(APPLICATION_ID)}; PRAGMA user_version = ${String(STEPS.length)}; COMMIT`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
};

const createOrCheck = (database: DatabaseSync, path: string): void => {
  const [id, version] = [number(database, 'application_id'), number(database, 'user_version')];
  const isNew = id === 0 && version === 0 && isEmpty(database);
  if (!isNew && id !== APPLICATION_ID) throw new StoreRefused(`${path} is a database of another program: choose another data directory with --data`);
  if (version > STEPS.length) throw new StoreRefused(`${path} has schema version ${String(version)}, this program reads up to ${String(STEPS.length)}: update sallyport, or choose another data directory`);
  if (!isNew && statSync(path).size <= CHECKED_WHOLE_BYTES) checkIntegrity(database, path);
  migrate(database);
};

/**
 * Records are appended by the thousand, and each page of them is written three times: four times the usual size halves what a record costs. A
 * file that was made with smaller pages keeps them.
 */
const PAGE_BYTES = 16_384;
/** As many pages at hand as SQLite keeps of the usual size. */
const CACHE_KIB = 8_192;

/** Makes the file, when there is none, readable for its owner alone; SQLite gives its side files the same mode. */
const makePrivate = (path: string): void => closeSync(openSync(path, 'a', 0o600));

/**
 * Opens the database file, creating it when there is none.
 * @throws StoreRefused when it is foreign, newer or damaged
 */
export const openDatabase = (path: string): DatabaseSync => {
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    database.exec(`PRAGMA page_size = ${String(PAGE_BYTES)}; PRAGMA cache_size = -${String(CACHE_KIB)}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF`);
    createOrCheck(database, path);
    // Only now: the journal mode is written into the file, and a foreign file must stay as it is.
    database.exec('PRAGMA journal_mode = WAL');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof StoreRefused) throw error;
    throw new StoreRefused(`${path} cannot be opened (${error instanceof Error ? error.message : 'unknown'}): restore it from a backup, or move it away to start empty`);
  }
};
