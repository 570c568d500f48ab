import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPermitted, aPrincipal, aToolCall } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { QuotaRow, QuotaStore } from '../../ports/quota-store.ts';
import { Buckets } from './buckets.ts';
import { buildLimit } from './limit.ts';
import { momentOf } from './periods.ts';

class MemoryStore implements QuotaStore {
  readonly rows = new Map<string, QuotaRow>();
  saves = 0;
  isBroken = false;

  load(month: number): readonly QuotaRow[] {
    return [...this.rows.values()].filter((row) => row.month >= month);
  }

  save(rows: readonly QuotaRow[]): void {
    if (this.isBroken) throw new Error('disk full');
    this.saves += 1;
    for (const row of rows) this.rows.set(`${row.scope} ${row.name}`, row);
  }
}

const PER_DAY = 10;

/** A gateway that begins with what the store holds. */
const startOn = (store: QuotaStore, clock: MovedClock) => {
  const buckets = new Buckets();
  buckets.resume(store, clock);
  const limit = buildLimit({ limits: { key: { perDay: PER_DAY } }, buckets, clock });
  const principal = aPrincipal();
  const call = () => limit(aPermitted({ call: aToolCall('x'), principal, atMs: clock.nowMs() }));
  const callOften = (times: number): void => {
    for (let at = 0; at < times; at += 1) call();
  };
  return { buckets, call, callOften, left: () => call().quota?.remaining };
};

suite('Counts of quotas', () => {
  test('survive a clean stop exactly', () => {
    const [store, clock] = [new MemoryStore(), new MovedClock()];
    const first = startOn(store, clock);
    first.callOften(4);
    first.buckets.save(store, true);
    assert.equal(startOn(store, clock).left(), PER_DAY - 5);
  });

  test('are at a kill what they were at the last save, and as many calls more as came in the second before: the strict side', () => {
    const [store, clock] = [new MemoryStore(), new MovedClock()];
    const first = startOn(store, clock);
    first.callOften(2);
    first.buckets.save(store, false);
    first.callOften(2);
    const second = startOn(store, clock);
    second.callOften(PER_DAY - 4);
    assert.equal(refusalOf(() => second.call()).code, 'limit.exceeded');
  });

  test('that were written ahead are set right when no more calls come', () => {
    const [store, clock] = [new MemoryStore(), new MovedClock()];
    const first = startOn(store, clock);
    first.callOften(3);
    first.buckets.save(store, false);
    first.buckets.save(store, false);
    assert.equal(startOn(store, clock).left(), PER_DAY - 4);
  });

  test('are written once for any number of calls, and not at all when there were none', () => {
    const [store, clock] = [new MemoryStore(), new MovedClock()];
    const { callOften, buckets } = startOn(store, clock);
    callOften(9);
    for (let at = 0; at < 5; at += 1) buckets.save(store, false);
    assert.equal(store.saves, 2);
    assert.equal(store.rows.size, 1);
  });

  test('of a day that is over are not taken up', () => {
    const [store, clock] = [new MemoryStore(), new MovedClock()];
    const first = startOn(store, clock);
    first.callOften(PER_DAY);
    first.buckets.save(store, true);
    clock.move(86_400_000);
    assert.equal(startOn(store, clock).left(), PER_DAY - 1);
  });

  test('that could not be written are written with the next', () => {
    const [store, clock] = [new MemoryStore(), new MovedClock()];
    const { callOften, buckets } = startOn(store, clock);
    callOften(5);
    store.isBroken = true;
    assert.throws(() => buckets.save(store, false));
    store.isBroken = false;
    buckets.save(store, true);
    assert.equal(startOn(store, clock).left(), PER_DAY - 6);
  });
});

suite('The table of buckets', () => {
  const clock = new MovedClock();
  const now = () => momentOf(clock.monotonicMs(), clock.nowMs());

  test('gives names of tools, which callers make up, a bounded number of buckets', () => {
    const buckets = new Buckets();
    const made = new Set<unknown>();
    for (let at = 0; at < 150_000; at += 1) {
      const bucket = buckets.find('tool', `crm:made_up_${String(at)}`, now());
      bucket.draw(now());
      made.add(bucket);
    }
    assert.ok(made.size <= 100_001, String(made.size));
    assert.equal(buckets.find('tool', 'crm:yet_another', now()), buckets.find('tool', 'crm:and_another', now()));
  });

  test('lets go of buckets in which nothing counts any more, and never of one in which something does', () => {
    const buckets = new Buckets();
    const busy = buckets.find('key', 'busy', now());
    busy.inFlight = 1;
    const idle = buckets.find('key', 'idle', now());
    for (let at = 0; at < 100_000; at += 1) buckets.find('key', `key_${String(at)}`, now());
    assert.equal(buckets.generation, 1);
    assert.equal(buckets.find('key', 'busy', now()), busy);
    assert.notEqual(buckets.find('key', 'idle', now()), idle);
  });
});
