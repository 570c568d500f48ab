import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { MovedClock } from '../../../../test/world/moved-clock.ts';
import { temporaryFolder } from '../../../../test/world/temporary-folder.ts';
import { openDatabase } from './open-database.ts';
import { buildSqliteStore } from './sqlite-store.ts';

/** A step that reads all of a table which grows with the keys and their use. */
const WHOLE = /^SCAN (?:api_keys|key_last_use|key_callers|key_targets)\b/;

/** Every statement that a store prepares, with the steps by which SQLite carries it out. */
const plans = async (): Promise<readonly { readonly sql: string; readonly steps: readonly string[] }[]> => {
  await using folder = await temporaryFolder('plans');
  const database = openDatabase(join(folder.path, 'sallyport.db'));
  const prepared: string[] = [];
  const prepare = database.prepare.bind(database);
  database.prepare = (sql: string) => {
    prepared.push(sql);
    return prepare(sql);
  };
  buildSqliteStore(database, new MovedClock()).close();
  const stepsOf = (sql: string): readonly string[] => prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row['detail']));
  const found = prepared.filter((sql) => !sql.startsWith('PRAGMA')).map((sql) => ({ sql, steps: stepsOf(sql) }));
  database.close();
  return found;
};

suite('No statement of the store takes longer the more keys there are', () => {
  test('because each finds its rows by an index and none sorts a table', async () => {
    const all = await plans();
    assert.ok(all.length > 15);
    for (const { sql, steps } of all) {
      for (const step of steps) assert.doesNotMatch(step, WHOLE, sql);
      if (sql.includes('FROM api_keys')) assert.ok(!steps.some((step) => step.includes('TEMP B-TREE')), sql);
    }
  });

  test('control: a statement that does is told by the same words', async () => {
    await using folder = await temporaryFolder('plans');
    const database = openDatabase(join(folder.path, 'sallyport.db'));
    assert.match(String(database.prepare("EXPLAIN QUERY PLAN SELECT record FROM api_keys WHERE json_extract(record, '$.name') = ?").get()?.['detail']), WHOLE);
    database.close();
  });
});
