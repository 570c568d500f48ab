import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { AUDIT_SCHEMA } from '../../src/model/audit-event.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { SqliteRows } from '../../src/adapters/audit-sinks/sqlite-rows.ts';
import { ChainPatrol } from '../../src/adapters/audit-sinks/chain/patrol.ts';
import { AuditSigner } from '../../src/adapters/audit-sinks/chain/signer.ts';

const SIGNER = new AuditSigner(Buffer.alloc(32, 7));
const RECORDS = 50;

/** A trail of fifty records, with something done to it, walked to its end twice. */
const patrolled = async (harm: (database: DatabaseSync) => unknown, most = 7): Promise<readonly string[]> => {
  await using folder = await temporaryFolder('patrol');
  const database = openDatabase(join(folder.path, 'sallyport.db'));
  try {
    const rows = new SqliteRows(database, 'terminal', SIGNER);
    for (let at = 0; at < RECORDS; at += 1) await rows.write({ v: AUDIT_SCHEMA, id: `req_${String(at)}`, type: 'call', at: '2026-07-28T10:00:00.000Z', address: 'terminal', call: 'tools/call', decision: 'allow' });
    const patrol = new ChainPatrol(database, SIGNER.publicKey.pem);
    patrol.look(most);
    await harm(database);
    return Array.from({ length: (2 * RECORDS) / most + 2 }, () => patrol.look(most)).filter((fault) => fault !== undefined);
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
