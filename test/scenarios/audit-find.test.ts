import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../src/model/audit-event.ts';
import type { AuditReader } from '../../src/ports/audit-sink.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { AuditSigner } from '../../src/adapters/audit-sinks/chain/signer.ts';
import { SqliteRows } from '../../src/adapters/audit-sinks/sqlite-rows.ts';
import { buildSqliteTrailReader } from '../../src/adapters/audit-sinks/sqlite-trail-reader.ts';

/** A record is found by the time its id begins with, without an index (issue "Keys, rules and limits": explain). */

const START = Date.UTC(2026, 6, 28);
const MINUTE = 60_000;
const COUNT = 2_000;

const idAt = (ms: number, more = 'x'): string => `req_${ms.toString(36).padStart(9, '0')}${more}`;

const event = (ms: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  v: AUDIT_SCHEMA, type: 'call', id: idAt(ms), at: new Date(ms).toISOString(), address: '127.0.0.1', call: 'tools/call', decision: 'allow', durationMs: 1, ...more,
});

const minute = (at: number): number => START + at * MINUTE;

const stack = new AsyncDisposableStack();
let reader: AuditReader;
let hurried: AuditReader;

const NEAR = { everywhere: false };
const EVERYWHERE = { everywhere: true };

before(async () => {
  const folder = stack.use(await temporaryFolder('trail-reader'));
  const database = openDatabase(join(folder.path, 'sallyport.db'));
  stack.defer(() => database.close());
  const signer = new AuditSigner(Buffer.alloc(32, 1));
  const rows = new SqliteRows(database, 'terminal', signer);
  const write = (record: AuditEvent): Promise<void> => rows.write(record);
  database.exec('BEGIN');
  for (let at = 0; at < COUNT; at += 1) {
    // An intent stands before its call; a caller may put an id into the arguments of another call.
    if (at === 700) await write(event(minute(700), { type: 'intent' }));
    if (at === 700) await write(event(minute(700), { id: idAt(minute(700), 'y'), arguments: { id: idAt(minute(700)) } }));
    await write(event(minute(at), { server: String(at) }));
    // A stream that began at the very start, and a record whose clock was behind.
    if (at === 1_500) await write(event(START + 1, { id: idAt(START + 1, 's'), durationMs: 1_500 * MINUTE }));
    if (at === 1_600) await write(event(minute(1_000), { id: idAt(minute(1_600), 'b') }));
  }
  database.exec('COMMIT');
  // Rows may have gone meanwhile.
  database.exec('DELETE FROM audit WHERE position BETWEEN 300 AND 400');
  reader = buildSqliteTrailReader({ database, directory: join(folder.path, 'journal'), signer });
  hurried = buildSqliteTrailReader({ database, directory: join(folder.path, 'journal'), signer, lookedThrough: 100 });
});
after(() => stack.disposeAsync());

suite('A record is found by its id', () => {
  test('wherever it is, the first and the last included', () => {
    for (const at of [0, 1, 200, 500, 700, 1_499, COUNT - 1]) assert.equal(reader.find(idAt(minute(at)), NEAR)?.server, String(at));
  });

  test('as the closing record, and not as one that only speaks of it', () => {
    const found = reader.find(idAt(minute(700)), NEAR);
    assert.deepEqual([found?.type, found?.arguments], ['call', undefined]);
  });

  test('when it was a stream that ended long after it began, and when the clock had gone back', () => {
    assert.equal(reader.find(idAt(START + 1, 's'), EVERYWHERE)?.durationMs, 1_500 * MINUTE);
    assert.equal(reader.find(idAt(minute(1_600), 'b'), EVERYWHERE)?.at, new Date(minute(1_000)).toISOString());
  });

  test('and what is not there is not: an id of no time, of no record, of a row that is gone', () => {
    for (const id of ['req_zzzz', idAt(minute(5), 'none'), idAt(minute(350)), idAt(0), idAt(minute(COUNT * 9))]) for (const where of [NEAR, EVERYWHERE]) assert.equal(reader.find(id, where), undefined, id);
  });

  test('near the time of the id, so that an id of no record is not looked for in all the trail, unless that is asked for', () => {
    assert.equal(hurried.find(idAt(minute(700)), NEAR)?.server, '700');
    assert.equal(hurried.find(idAt(START + 1, 's'), NEAR), undefined);
    assert.equal(hurried.find(idAt(START + 1, 's'), EVERYWHERE)?.durationMs, 1_500 * MINUTE);
  });
});

suite('The position of a time', () => {
  test('leaves out what was written well before, and nothing that was written since', () => {
    const since = minute(1_200);
    const [first] = reader.after(reader.positionAt(since), 1);
    const began = Date.parse(first?.event.at ?? '');
    assert.ok(began <= since && began >= since - 2 * MINUTE, first?.event.at);
  });

  test('is the beginning for a time before all, and the end for one after all', () => {
    assert.equal(reader.positionAt(0), 0);
    assert.deepEqual(reader.after(reader.positionAt(minute(COUNT * 2)), 10), []);
  });
});
