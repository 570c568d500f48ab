import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, test } from 'node:test';
import { CapturedLog } from '../world/captured-log.ts';
import { MovedClock } from '../world/moved-clock.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import type { TrailRow } from '../../src/adapters/audit-sinks/formats/line-formats.ts';
import type { Receiver } from '../../src/adapters/audit-sinks/receivers/receiver.ts';
import { Handover } from '../../src/adapters/audit-sinks/handover/handover.ts';
import { Spool } from '../../src/adapters/audit-sinks/handover/spool.ts';

/** What every receiver is promised: all records, in order, each at least once, over outages and restarts (issue "An audit trail one can prove"). */

/** Somebody who takes records, or not. */
class Taker implements Receiver {
  readonly taken: string[] = [];
  down = false;
  closed = false;

  async send(rows: readonly TrailRow[]): Promise<void> {
    await turn();
    if (this.down) throw new Error('nobody there');
    this.taken.push(...rows.map(({ text }) => (JSON.parse(text) as { id: string }).id));
  }

  close(): void {
    this.closed = true;
  }
}

class Room implements AsyncDisposable {
  readonly database: DatabaseSync;
  readonly clock = new MovedClock();
  readonly log = new CapturedLog();
  readonly taker = new Taker();
  readonly #folder: AsyncDisposable;
  #written = 0;

  private constructor(folder: AsyncDisposable & { readonly path: string }) {
    this.#folder = folder;
    this.database = openDatabase(join(folder.path, 'sallyport.db'));
  }

  static async open(): Promise<Room> {
    return new Room(await temporaryFolder('handover'));
  }

  handover(more: { readonly spool?: number; readonly failClosed?: boolean } = {}): Handover {
    return new Handover({ name: 'siem', spool: 10, failClosed: false, ...more }, { receiver: this.taker, spool: new Spool(this.database), clock: this.clock, log: this.log });
  }

  write(count: number): void {
    const insert = this.database.prepare('INSERT INTO audit (event) VALUES (?)');
    for (let at = 0; at < count; at += 1) insert.run(JSON.stringify({ v: 1, type: 'call', id: `req_${String(++this.#written)}` }));
  }

  /** Lets a handover look, as its clock would make it, until nothing is under way. */
  async pass(handover: Handover, ms = 60_000): Promise<void> {
    this.clock.move(ms);
    handover.look();
    for (let at = 0; at < 20; at += 1) await turn();
    handover.look();
  }

  ids(from: number, to: number): readonly string[] {
    return Array.from({ length: to - from + 1 }, (_, at) => `req_${String(from + at)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.database.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

suite('A receiver of the trail', () => {
  test('gets what comes after it was named, in order, and nothing twice while all is well', async () => {
    await using room = await Room.open();
    room.write(3);
    const handover = room.handover();
    room.write(1_200);
    await room.pass(handover);
    assert.deepEqual(room.taker.taken, room.ids(4, 1_203));
    assert.equal(handover.state().lag, 0);
  });

  test('gets after an outage all that came meanwhile, before anything newer', async () => {
    await using room = await Room.open();
    const handover = room.handover();
    room.taker.down = true;
    room.write(5);
    await room.pass(handover);
    assert.deepEqual([room.taker.taken, handover.state().lag, handover.state().failing?.reason], [[], 5, 'nobody there']);
    room.write(5);
    room.taker.down = false;
    await room.pass(handover);
    assert.deepEqual(room.taker.taken, room.ids(1, 10));
    assert.equal(handover.state().failing, undefined);
  });

  test('is not asked again before a while, and each time later, but within half a minute', async () => {
    await using room = await Room.open();
    const handover = room.handover();
    room.taker.down = true;
    room.write(1);
    await room.pass(handover, 0);
    room.taker.down = false;
    await room.pass(handover, 100);
    assert.deepEqual(room.taker.taken, [], 'too soon');
    await room.pass(handover, 400);
    assert.deepEqual(room.taker.taken, ['req_1']);
  });

  test('goes on after a restart where it stopped', async () => {
    await using room = await Room.open();
    const first = room.handover();
    room.write(2);
    await room.pass(first);
    await first.close();
    assert.equal(room.taker.closed, true);
    room.write(2);
    const second = room.handover();
    await second.finish();
    assert.deepEqual(room.taker.taken, room.ids(1, 4));
  });

  test('that is further behind than its spool has stalled, which is said once, and its end once', async () => {
    await using room = await Room.open();
    const handover = room.handover();
    room.taker.down = true;
    room.write(11);
    await room.pass(handover);
    await room.pass(handover);
    const notices = () => room.log.entries.filter(({ fields }) => fields['notice'] === 'sink.stalled');
    assert.deepEqual(notices().map(({ level, fields }) => [level, fields['sink'], fields['records'], fields['resolved']]), [['error', 'siem', 11, undefined]]);
    assert.deepEqual([handover.state().stalled, handover.state().blocks], [true, false]);
    room.taker.down = false;
    await room.pass(handover);
    assert.equal(notices().at(-1)?.fields['resolved'], true);
    assert.equal(handover.state().stalled, false);
  });

  test('that takes nothing for minutes has stalled, however little waits', async () => {
    await using room = await Room.open();
    const handover = room.handover();
    room.taker.down = true;
    room.write(1);
    await room.pass(handover);
    assert.equal(handover.state().stalled, false);
    await room.pass(handover, 5 * 60_000);
    assert.deepEqual([handover.state().stalled, handover.state().blocks], [true, false]);
  });

  test('without which nothing may be done blocks while it is further behind than its spool, and no longer', async () => {
    await using room = await Room.open();
    const handover = room.handover({ failClosed: true });
    room.taker.down = true;
    room.write(10);
    await room.pass(handover);
    assert.equal(handover.state().blocks, false);
    room.write(1);
    assert.equal(handover.look().blocks, true);
    room.taker.down = false;
    await room.pass(handover);
    assert.equal(handover.state().blocks, false);
  });
});
