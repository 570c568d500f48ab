import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { CapturedLog } from '../world/captured-log.ts';
import { MovedClock } from '../world/moved-clock.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../src/model/audit-event.ts';
import type { Checkpoint } from '../../src/model/trail-record.ts';
import type { AuditSink } from '../../src/ports/audit-sink.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { AuditSigner } from '../../src/adapters/audit-sinks/chain/signer.ts';
import { buildSqliteTrail } from '../../src/adapters/audit-sinks/sqlite-trail.ts';
import { buildSqliteTrailReader } from '../../src/adapters/audit-sinks/sqlite-trail-reader.ts';

const DRAIN_MS = 100;
const SIGNER = new AuditSigner(Buffer.alloc(32, 1));

const event = (id: string): AuditEvent => ({ v: AUDIT_SCHEMA, type: 'call', id, at: '2026-11-21T00:00:00.000Z', address: '127.0.0.1', call: 'tools/call', target: 'größe', decision: 'allow' });

interface Bench {
  readonly database: DatabaseSync;
  readonly sink: AuditSink;
  readonly clock: MovedClock;
  readonly log: CapturedLog;
  readonly path: string;
  readonly journal: string;
}

/** A trail in a folder of its own. */
const withTrail = async (work: (bench: Bench) => Promise<void>): Promise<void> => {
  await using folder = await temporaryFolder('trail');
  const path = join(folder.path, 'sallyport.db');
  const journal = join(folder.path, 'journal');
  const database = openDatabase(path);
  const clock = new MovedClock();
  const log = new CapturedLog();
  const sink = buildSqliteTrail({ database, directory: journal, signer: SIGNER, clock, log });
  await work({ database, sink, clock, log, path, journal });
  await sink.close();
  database.close();
};

/** What the table itself holds, without the reader, who would drain. */
const inTable = (database: DatabaseSync): readonly string[] => database.prepare('SELECT event FROM audit ORDER BY position').all().map((row) => JSON.parse(String(row['event'])) as AuditEvent | Checkpoint) // written above
  .flatMap((record) => (record.type === 'checkpoint' ? [] : [record.id]));

const writeAll = (sink: AuditSink, ids: readonly string[]): Promise<unknown> => Promise.all(ids.map((id) => sink.write(event(id))));

suite('Every record is in the table exactly once and in its order (F01, R69)', () => {
  test('after the drain, whether the records came in one turn or in several', () =>
    withTrail(async ({ database, sink, clock }) => {
      await writeAll(sink, ['a', 'b']);
      await writeAll(sink, ['c']);
      assert.deepEqual(inTable(database), []);
      clock.move(DRAIN_MS);
      assert.deepEqual(inTable(database), ['a', 'b', 'c']);
      await writeAll(sink, ['d']);
      clock.move(DRAIN_MS);
      assert.deepEqual(inTable(database), ['a', 'b', 'c', 'd']);
    }));

  test('when a reader has drained a part of it in between', () =>
    withTrail(async ({ database, sink, clock, path, journal }) => {
      await writeAll(sink, ['a']);
      clock.move(DRAIN_MS);
      await writeAll(sink, ['b']);
      const other = openDatabase(path);
      assert.deepEqual(buildSqliteTrailReader({ database: other, directory: journal, signer: SIGNER }).last(10).map(({ event: { id } }) => id), ['a', 'b']);
      other.close();
      await writeAll(sink, ['c']);
      clock.move(DRAIN_MS);
      assert.deepEqual(inTable(database), ['a', 'b', 'c']);
    }));

  test('when the database could not be written for a while', () =>
    withTrail(async ({ database, sink, clock, log, path }) => {
      await writeAll(sink, ['a']);
      const other = openDatabase(path);
      database.exec('PRAGMA busy_timeout = 0');
      other.exec('BEGIN IMMEDIATE');
      clock.move(DRAIN_MS);
      assert.deepEqual(inTable(database), []);
      assert.match(log.entries.map(({ message }) => message).join('\n'), /kept and tried again/);
      await writeAll(sink, ['b']);
      other.exec('ROLLBACK');
      other.close();
      clock.move(DRAIN_MS);
      await writeAll(sink, ['c']);
      clock.move(DRAIN_MS);
      assert.deepEqual(inTable(database), ['a', 'b', 'c']);
    }));

  test('when nothing more comes, at the close', async () => {
    await withTrail(async ({ database, sink }) => {
      const written = writeAll(sink, ['a', 'b']);
      await sink.close();
      await written;
      assert.deepEqual(inTable(database), ['a', 'b']);
    });
  });
});

suite('A record that was not acknowledged', () => {
  test('is not in the table: a torn line at the end of a segment is nobody\'s record', () =>
    withTrail(async ({ database, sink, clock, journal }) => {
      await writeAll(sink, ['a']);
      appendFileSync(join(journal, readdirSync(journal)[0] ?? ''), '{"v":1,"id":"torn');
      clock.move(DRAIN_MS);
      assert.deepEqual(inTable(database), ['a']);
    }));
});
