import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../../../../test/world/temporary-folder.ts';
import { openDatabase, StoreRefused } from './open-database.ts';

/** The first released schema, as it was: what stands here is never changed. */
const FIRST = `
  CREATE TABLE api_keys (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, record TEXT NOT NULL, revoked_at_ms INTEGER) STRICT;
  CREATE TABLE audit (position INTEGER PRIMARY KEY, id TEXT NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE INDEX audit_by_id ON audit (id);
  CREATE TABLE audit_journal (file TEXT PRIMARY KEY, drained_bytes INTEGER NOT NULL) STRICT;
  PRAGMA application_id = 1396788313; PRAGMA user_version = 1;`;

const schemaOf = (database: DatabaseSync): unknown => database.prepare("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();

suite('A database of an older version', () => {
  test('is brought up to date when it is opened, and keeps what it holds (F03)', async () => {
    await using folder = await temporaryFolder('schema');
    const path = join(folder.path, 'old.db');
    const old = new DatabaseSync(path);
    old.exec(FIRST);
    old.exec(`INSERT INTO audit (id, event) VALUES ('req_1', '{"v":1}'); INSERT INTO api_keys VALUES ('key_1', 'h', '{}', 7)`);
    old.close();
    const database = openDatabase(path);
    const fresh = openDatabase(join(folder.path, 'new.db'));
    assert.deepEqual(schemaOf(database), schemaOf(fresh));
    assert.equal(database.prepare('SELECT event FROM audit').get()?.['event'], '{"v":1}');
    assert.equal(database.prepare('SELECT revoked_at_ms AS at FROM api_keys').get()?.['at'], 7);
    database.close();
    fresh.close();
    openDatabase(path).close();
  });

  test('keeps the size of its pages, which a new one has four times as large', async () => {
    await using folder = await temporaryFolder('pages');
    const sizeOf = (name: string): unknown => {
      const database = openDatabase(join(folder.path, name));
      const { page_size: size } = database.prepare('PRAGMA page_size').get() ?? {};
      database.close();
      return size;
    };
    const before = new DatabaseSync(join(folder.path, 'old.db'));
    before.exec('PRAGMA page_size = 4096');
    before.exec(FIRST);
    before.close();
    assert.deepEqual([sizeOf('old.db'), sizeOf('new.db')], [4_096, 16_384]);
  });

  test('is left as it is when it is a newer one', async () => {
    await using folder = await temporaryFolder('schema');
    const path = join(folder.path, 'new.db');
    openDatabase(path).close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 999');
    const before = schemaOf(database);
    assert.throws(() => openDatabase(path), (error) => error instanceof StoreRefused && /schema version 999/.test(error.message));
    assert.deepEqual(schemaOf(database), before);
    database.close();
  });
});
