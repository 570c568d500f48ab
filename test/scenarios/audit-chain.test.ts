import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { CapturedLog } from '../world/captured-log.ts';
import { MovedClock } from '../world/moved-clock.ts';
import { seededRandom } from '../world/seeded-random.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { Head, headsText, vouchedText } from '../../src/adapters/audit-sinks/chain/head.ts';
import { readLine } from '../../src/adapters/audit-sinks/chain/link.ts';
import { AuditSigner } from '../../src/adapters/audit-sinks/chain/signer.ts';
import type { Fault } from '../../src/adapters/audit-sinks/chain/fault.ts';
import { verifyTrail, type Anchor } from '../../src/adapters/audit-sinks/chain/verify-trail.ts';
import { Retention } from '../../src/adapters/audit-sinks/retention.ts';
import { SqliteRows } from '../../src/adapters/audit-sinks/sqlite-rows.ts';
import { buildSqliteTrail } from '../../src/adapters/audit-sinks/sqlite-trail.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../src/model/audit-event.ts';

/** The trail can be proven (issue "An audit trail one can prove", attacks.md G14, R69, R75). */

const SIGNER = new AuditSigner(Buffer.alloc(32, 1));
const PUBLIC = SIGNER.publicKey.pem;
const STRANGER = new AuditSigner(Buffer.alloc(32, 2));
const TAMPERINGS = 10_000;
const MINUTE = 60_000;

const event = (id: string, clock: MovedClock, more: Partial<AuditEvent> = {}): AuditEvent => ({
  v: AUDIT_SCHEMA, id, type: 'call', at: new Date(clock.nowMs()).toISOString(), who: 'alice@company.com', address: '127.0.0.1', call: 'tools/call', target: 'delete_customer', arguments: { id: 'größe "7"' }, decision: 'allow', ...more,
});

/** A trail as a gateway, commands beside it and retention write it: three chains, checkpoints, and records that were forgotten. */
const writeTrail = async (database: DatabaseSync, journal: string, forgets: boolean): Promise<void> => {
  const [clock, log] = [new MovedClock(), new CapturedLog()];
  const terminal = new SqliteRows(database, 'terminal', SIGNER);
  const retention = new Retention({ database, signer: SIGNER });
  for (let run = 0; run < 3; run += 1) {
    const sink = buildSqliteTrail({ database, directory: journal, signer: SIGNER, clock, log });
    for (let at = 0; at < 6; at += 1) {
      await Promise.all([sink.write(event(`req_${String(run)}_${String(at)}a`, clock)), sink.write(event(`req_${String(run)}_${String(at)}b`, clock, { decision: 'deny' }))]);
      clock.move(at % 3 === 0 ? MINUTE : 1_000);
      if (at % 4 === 1) await terminal.write(event(`req_${String(run)}_${String(at)}t`, clock, { server: 'admin' }));
    }
    if (forgets && run === 1) retention.step({ refusals: 3 * MINUTE }, clock.nowMs());
    if (forgets && run === 2) retention.step({ writes: 9 * MINUTE }, clock.nowMs());
    await sink.close();
  }
  assert.deepEqual(log.said('error'), []);
};

interface Row {
  readonly position: number;
  readonly event: string;
}

const rowsOf = (database: DatabaseSync): readonly Row[] => database.prepare('SELECT position, event FROM audit ORDER BY position').all().map((row) => ({ position: Number(row['position']), event: String(row['event']) }));

const stack = new AsyncDisposableStack();
let database: DatabaseSync;
/** A trail of which nothing was forgotten. */
let whole: DatabaseSync;
let rows: readonly Row[];

before(async () => {
  const folder = stack.use(await temporaryFolder('chain'));
  const made = async (name: string, forgets: boolean): Promise<DatabaseSync> => {
    const opened = openDatabase(join(folder.path, `${name}.db`));
    stack.defer(() => opened.close());
    await writeTrail(opened, join(folder.path, name), forgets);
    return opened;
  };
  whole = await made('whole', false);
  database = await made('forgetful', true);
  // Room between the rows, for what is put in.
  database.exec('UPDATE audit SET position = -2 * position; UPDATE audit SET position = -position');
  rows = rowsOf(database);
});
after(() => stack.disposeAsync());

const verified = (anchor?: Anchor, of = database) => verifyTrail({ database: of, publicKey: PUBLIC, ...(anchor === undefined ? {} : { anchor }) });

/** Does something to the trail, asks the verifier, and takes it back. */
const tampered = (work: () => void, anchor?: Anchor, of = database): Fault | undefined => {
  of.exec('BEGIN');
  try {
    work();
    return verified(anchor, of).fault;
  } finally {
    of.exec('ROLLBACK');
  }
};

const setEvent = (position: number, text: string): void => void database.prepare('UPDATE audit SET event = ? WHERE position = ?').run(text, position);
const drop = (position: number): void => void database.prepare('DELETE FROM audit WHERE position = ?').run(position);

suite('An untouched trail', () => {
  test('is proven: three chains, checkpoints, and what retention has forgotten', () => {
    const verdict = verified();
    assert.equal(verdict.fault, undefined, verdict.fault?.what);
    assert.deepEqual(Object.keys(verdict.heads).toSorted(), ['gateway', 'retention', 'terminal']);
    assert.ok(verdict.checkpoints >= 3, 'each run ends with a checkpoint');
    assert.ok(verdict.pruned > 2);
    assert.equal(verdict.records, rows.length);
  });

  test('is proven from the middle on, too', () => {
    for (const { position } of rows) assert.equal(verifyTrail({ database, publicKey: PUBLIC, fromPosition: position }).fault, undefined);
  });

  test('agrees with each of its own checkpoints, kept elsewhere, and with no other', () => {
    const checkpoints = rows.map(({ event: text }) => JSON.parse(text) as Anchor & { type: string }).filter(({ type }) => type === 'checkpoint'); // written above
    for (const checkpoint of checkpoints) assert.equal(verified(checkpoint).fault, undefined);
    const [checkpoint] = checkpoints;
    assert.ok(checkpoint !== undefined);
    assert.match(verified({ ...checkpoint, heads: { ...checkpoint.heads, gateway: { seq: 1, hash: 'x' } } }).fault?.what ?? '', /not signed/);
  });
});

suite('10,000 random tamperings are found, and the first bad record is named (G14)', () => {
  const random = seededRandom('tampering');
  const pick = (count: number): number => random.bytes(4).reduce((total, byte) => total * 256 + byte, 0) % count;
  const at = (index: number): Row => rows[index] ?? assert.fail();
  const isTombstone = ({ event: text }: Row): boolean => text.includes('"type":"pruned"');
  const share = Math.floor(TAMPERINGS / 5);

  test('a character that was changed', () => {
    for (let round = 0; round < share; round += 1) {
      const row = at(pick(rows.length));
      const place = pick(row.event.length);
      const other = String.fromCharCode(32 + pick(95));
      if (other === row.event[place]) continue;
      const fault = tampered(() => setEvent(row.position, row.event.slice(0, place) + other + row.event.slice(place + 1)));
      const what = `${row.event} at ${String(place)} to ${other}: ${fault?.what ?? 'not found'}`;
      assert.ok(fault !== undefined, what);
      if (!isTombstone(row)) assert.equal(fault.position, row.position, what);
    }
  });

  test('a record that was dropped', () => {
    for (let round = 0; round < share; round += 1) {
      const row = at(pick(rows.length));
      const place = readLine(row.event);
      const fault = tampered(() => drop(row.position));
      assert.ok(fault !== undefined);
      if (!isTombstone(row)) assert.deepEqual([fault.writer, fault.seq], [place?.writer, place?.link.seq], fault.what);
    }
  });

  test('two records that were swapped', () => {
    for (let round = 0; round < share; round += 1) {
      const [one, other] = [pick(rows.length), pick(rows.length)];
      if (one === other) continue;
      const [first, second] = [at(Math.min(one, other)), at(Math.max(one, other))];
      const fault = tampered(() => {
        setEvent(first.position, second.event);
        setEvent(second.position, first.event);
      });
      assert.ok(fault !== undefined, `${first.event}\n${second.event}`);
      assert.ok((fault.position ?? first.position) >= first.position);
    }
  });

  test('a tail that was cut off', () => {
    for (let round = 0; round < share; round += 1) {
      const index = pick(rows.length);
      const fault = tampered(() => void database.prepare('DELETE FROM audit WHERE position >= ?').run(at(index).position));
      assert.ok(fault !== undefined, `from ${String(index)}`);
    }
  });

  test('a record that was put in, as it is, or as a copy of another', () => {
    for (let round = 0; round < share; round += 1) {
      const text = pick(2) === 0 ? at(pick(rows.length)).event : JSON.stringify(event('req_forged', new MovedClock()));
      // Between any two rows, before the first and behind the last.
      const position = pick(rows.length + 1) * 2 + (rows[0]?.position ?? 0) - 1;
      const fault = tampered(() => void database.prepare('INSERT INTO audit (position, event) VALUES (?, ?)').run(position, text));
      assert.ok(fault !== undefined, `${text} at ${String(position)}`);
    }
  });
});

suite('Whoever has no key cannot vouch', () => {
  test('for a head that fits a cut trail', () => {
    const cut = (signer: AuditSigner, kind: 'head' | 'checkpoint') => tampered(() => {
      const last = rowsOf(whole).at(-6);
      assert.ok(last !== undefined);
      whole.prepare('DELETE FROM audit WHERE position > ?').run(last.position);
      const heads: Record<string, { seq: number; hash: string }> = {};
      for (const row of rowsOf(whole).filter(({ position }) => position <= last.position)) {
        const read = readLine(row.event);
        if (read !== undefined) heads[read.writer] = read.link;
      }
      const text = headsText(heads);
      whole.prepare('UPDATE audit_head SET heads = ?, signature = ?').run(text, signer.sign(vouchedText(kind, text)));
    }, undefined, whole);
    assert.match(cut(STRANGER, 'head')?.what ?? '', /not signed by its key/);
    assert.match(cut(SIGNER, 'checkpoint')?.what ?? '', /not signed by its key/, 'a checkpoint that was signed does not serve as the head');
    assert.equal(cut(SIGNER, 'head'), undefined, 'the negative twin: with the key it fits, which is what a checkpoint kept elsewhere is for');
  });

  test('and a checkpoint that was kept elsewhere finds even a trail that was cut and signed anew', () => {
    const kept = { heads: new Head(whole, SIGNER).heads, signature: SIGNER.sign(vouchedText('checkpoint', headsText(new Head(whole, SIGNER).heads))) };
    const fault = tampered(() => {
      whole.exec('DELETE FROM audit WHERE position > 3; DELETE FROM audit_head');
      for (const row of rowsOf(whole)) {
        const read = readLine(row.event);
        if (read !== undefined) new Head(whole, SIGNER).move(read.writer, read.link);
      }
    }, kept, whole);
    assert.match(fault?.what ?? '', /missing: the checkpoint that was kept elsewhere goes that far/);
  });

  test('for records of a chain of their own', () => {
    const fault = tampered(() => whole.exec('DELETE FROM audit_head'), undefined, whole);
    assert.match(fault?.what ?? '', /does not know this chain/);
  });
});

suite('A gateway that starts on a trail that was cut', () => {
  test('says so at once, and does not make it whole by going on', async () => {
    await using folder = await temporaryFolder('cut');
    const [clock, log] = [new MovedClock(), new CapturedLog()];
    const other = openDatabase(join(folder.path, 'sallyport.db'));
    const needs = { database: other, directory: join(folder.path, 'journal'), signer: SIGNER, clock, log };
    const first = buildSqliteTrail(needs);
    await Promise.all(['a', 'b', 'c'].map((id) => first.write(event(id, clock))));
    await first.close();
    other.exec('DELETE FROM audit WHERE position >= 3');
    const second = buildSqliteTrail(needs);
    assert.match(log.said('error')[0] ?? '', /cut off or changed/);
    await second.write(event('d', clock));
    await second.close();
    assert.deepEqual(verifyTrail({ database: other, publicKey: PUBLIC }).fault?.seq, 3);
    other.close();
  });
});

suite('What is to be kept for a time', () => {
  test('is forgotten after it, and only that: nothing of what was said is left in the file', async () => {
    await using folder = await temporaryFolder('retention');
    const [clock, log] = [new MovedClock(), new CapturedLog()];
    const other = openDatabase(join(folder.path, 'sallyport.db'));
    const sink = buildSqliteTrail({ database: other, directory: join(folder.path, 'journal'), signer: SIGNER, clock, log });
    await sink.write(event('req_denied', clock, { decision: 'deny', who: 'mallory@company.com' }));
    await sink.write(event('req_done', clock));
    await sink.write(event('req_read', clock, { annotation: 'read-only' }));
    clock.move(1_000);
    const retention = new Retention({ database: other, signer: SIGNER });
    assert.equal(retention.step({ refusals: MINUTE }, clock.nowMs()), 0, 'too early');
    clock.move(2 * MINUTE);
    const forgotten = [retention.step({ refusals: MINUTE }, clock.nowMs()), retention.step({ refusals: MINUTE }, clock.nowMs())];
    assert.deepEqual(forgotten, [1, 0]);
    await sink.close();
    const left = rowsOf(other).map(({ event: text }) => text).join('\n');
    assert.doesNotMatch(left, /mallory|req_denied/);
    assert.match(left, /req_done/);
    assert.match(left, /req_read/);
    assert.equal(verifyTrail({ database: other, publicKey: PUBLIC }).fault, undefined);
    other.close();
  });
});
