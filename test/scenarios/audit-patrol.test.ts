import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { AUDIT_SCHEMA } from '../../src/model/audit-event.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { SqliteRows } from '../../src/adapters/audit-sinks/sqlite-rows.ts';
import { ChainPatrol } from '../../src/adapters/audit-sinks/chain/patrol.ts';
import { AuditSigner } from '../../src/adapters/audit-sinks/chain/signer.ts';

const SIGNER = new AuditSigner(Buffer.alloc(32, 7));
const RECORDS = 50;

/** A trail of fifty records, with something done to it, walked through from its end and then to its end twice. */
const patrolled = async (harm: (database: DatabaseSync) => unknown, most = 7): Promise<readonly string[]> => {
  await using folder = await temporaryFolder('patrol');
  const database = openDatabase(join(folder.path, 'sallyport.db'));
  try {
    const rows = new SqliteRows(database, 'terminal', SIGNER);
    for (let at = 0; at < RECORDS; at += 1) await rows.write({ v: AUDIT_SCHEMA, id: `req_${String(at)}`, type: 'call', at: '2026-07-28T10:00:00.000Z', address: 'terminal', call: 'tools/call', decision: 'allow' });
    const patrol = new ChainPatrol(database, SIGNER.publicKey.pem);
    patrol.look(most);
    await harm(database);
    return Array.from({ length: (3 * RECORDS) / most + 3 }, () => patrol.look(most)).filter((fault) => fault !== undefined);
  } finally {
    database.close();
  }
};

suite('A gateway that goes through its trail (G14)', () => {
  test('finds nothing in one that is as it was written, and goes on where records are added', async () => {
    assert.deepEqual(await patrolled(() => undefined), []);
    assert.deepEqual(await patrolled(async (database) => new SqliteRows(database, 'terminal', SIGNER).write({ v: AUDIT_SCHEMA, id: 'req_n', type: 'call', at: '2026-07-28T10:00:00.000Z', address: 'terminal', call: 'ping', decision: 'allow' })), []);
  });

  const HARM: Readonly<Record<string, readonly [sql: string, says: RegExp]>> = {
    'a record that was changed': ["UPDATE audit SET event = replace(event, 'req_30', 'req_31') WHERE position = 31", /record 31 .* is not what was written/],
    'one behind the patrol that was changed': ["UPDATE audit SET event = replace(event, 'req_2', 'req_3') WHERE position = 3", /record 3 .* is not what was written/],
    'a record that was dropped': ['DELETE FROM audit WHERE position = 20', /record 21 .* stands behind 19/],
    'a tail that was cut off': ['DELETE FROM audit WHERE position > 45', /does not end where its signed head says \(record 50\)/],
    'a record that was put in': ["INSERT INTO audit (position, event) VALUES (99, '{}')", /in no chain/],
    'a head that was changed': ["UPDATE audit_head SET heads = replace(heads, '50', '45')", /not signed/],
    'all records gone': ['DELETE FROM audit', /does not end/],
  };
  for (const [what, [sql, says]] of Object.entries(HARM))
    test(`finds ${what}`, async () => {
      const [fault = 'nothing'] = await patrolled((database) => database.exec(sql));
      assert.match(fault, says);
    });
});

const LONG = 6_000;
const SLICE = 100;
/** So far back is looked for a chain that was quiet for long. */
const TAIL = 5_000;

suite('A gateway that has just started on a long trail', () => {
  const stack = new AsyncDisposableStack();
  let database: DatabaseSync;
  before(async () => {
    const folder = stack.use(await temporaryFolder('long-patrol'));
    database = openDatabase(join(folder.path, 'sallyport.db'));
    stack.defer(() => database.close());
    const [terminal, retention] = [new SqliteRows(database, 'terminal', SIGNER), new SqliteRows(database, 'retention', SIGNER)];
    const record = { v: AUDIT_SCHEMA, id: 'req_1', type: 'call', at: '2026-07-28T10:00:00.000Z', address: 'terminal', call: 'tools/call', decision: 'allow' } as const;
    retention.transact(() => retention.add(record));
    terminal.transact(() => {
      for (let at = 1; at < LONG; at += 1) terminal.add(record);
    });
  });
  after(() => stack.disposeAsync());

  /** Goes through the trail with something done to it, which is undone. @returns what is found, look by look */
  const looked = (looks: number, harm = ''): readonly (string | undefined)[] => {
    database.exec(`BEGIN; ${harm}`);
    const patrol = new ChainPatrol(database, SIGNER.publicKey.pem);
    const found = Array.from({ length: looks }, () => patrol.look(SLICE));
    database.exec('ROLLBACK');
    return found;
  };

  for (const [what, sql, says] of [
    ['the tail was cut', `DELETE FROM audit WHERE position > ${String(LONG - 5)}`, /does not end where its signed head says \(record 5999\)/],
    ['the newest record was changed', `UPDATE audit SET event = replace(event, 'tools/call', 'tools/list') WHERE position = ${String(LONG)}`, /record 5999 .* is not what was written/],
    ['the head was changed', "UPDATE audit_head SET heads = replace(heads, '5999', '5995')", /not signed/],
    ['nothing is left', 'DELETE FROM audit', /does not end/],
  ] as const)
    test(`finds in its first look that ${what}`, () => assert.match(looked(1, sql)[0] ?? 'nothing', says));

  test('finds nothing in one that is as it was written, where a chain was quiet for long', () => {
    assert.deepEqual(looked(TAIL / SLICE + LONG / SLICE + 1).filter((fault) => fault !== undefined), []);
  });

  test('goes on with all of it from the beginning', () => {
    const found = looked(TAIL / SLICE + 1, "UPDATE audit SET event = replace(event, 'tools/call', 'tools/list') WHERE position = 50");
    assert.deepEqual(found.slice(0, -1).filter((fault) => fault !== undefined), []);
    assert.match(found.at(-1) ?? 'nothing', /record 49 .* is not what was written/);
  });
});
