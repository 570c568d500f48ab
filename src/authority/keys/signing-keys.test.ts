import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import { DAY_MS } from '../../model/duration.ts';
import type { AuthorityStore, SealedKey } from '../../ports/authority-store.ts';
import { Sealing } from './sealing.ts';
import { SigningKeys } from './signing-keys.ts';

/** Keys in memory: what two processes share. */
const memoryKeys = (): AuthorityStore['keys'] & { readonly rows: SealedKey[] } => {
  const rows: SealedKey[] = [];
  return {
    rows,
    list: () => [...rows],
    add(key) {
      if (rows.some(({ generation }) => generation === key.generation)) return false;
      rows.push(key);
      return true;
    },
    drop: (generation) => void rows.splice(rows.findIndex((row) => row.generation === generation), 1),
  };
};

const sealingOf = (fill: number): Sealing => new Sealing(Buffer.alloc(32, fill), seededRandom('sealing'));

const roomOf = () => {
  const [store, clock, log] = [memoryKeys(), new MovedClock(), new CapturedLog()];
  const keys = (random = 'keys', sealing = sealingOf(1)) => new SigningKeys(store, sealing, { clock, log, random: seededRandom(random) });
  return { store, clock, keys };
};

const idsOf = ({ published }: { readonly published: readonly { readonly [member: string]: unknown }[] }): readonly unknown[] => published.map((key) => key['kid']);

suite('Keys that sign', () => {
  test('are made at first, and are the same for whoever opens the store later', () => {
    const { keys, store } = roomOf();
    const first = keys().current();
    assert.deepEqual(idsOf(keys('other').current()), idsOf(first));
    assert.equal(store.rows.length, 1);
    assert.ok(first.published.every((key) => key['d'] === undefined && key['alg'] === 'ES256'));
    assert.equal(typeof first.keys[0]?.['d'], 'string');
  });

  test('are published before they sign and after they have, so that no verifier meets a key it could not know (R113)', () => {
    const { keys, clock } = roomOf();
    const ring = keys();
    const [old] = idsOf(ring.current());
    clock.sleep(28 * DAY_MS + 60_000);
    const [signing, next] = idsOf(ring.current());
    assert.equal(signing, old, 'the next one is there and does not sign yet');
    assert.ok(next !== undefined);
    clock.sleep(2 * DAY_MS);
    assert.deepEqual(idsOf(ring.current()), [next, old], 'now it signs, and the former one is still there');
    clock.sleep(2 * DAY_MS);
    assert.deepEqual(idsOf(ring.current()), [next]);
  });

  test('are made by one of two processes, and both use it', () => {
    const { keys, store } = roomOf();
    const [one, other] = [keys('one'), keys('other')];
    assert.deepEqual(idsOf(one.current()), idsOf(other.current()));
    assert.equal(store.rows.length, 1);
  });

  test('rest sealed, and open nowhere else: not under another key, not in the place of another', () => {
    const { keys, store } = roomOf();
    const { keys: [key] } = keys().current();
    const text = JSON.stringify(store.rows);
    assert.ok(typeof key?.['d'] === 'string' && !text.includes(key['d']));
    assert.throws(() => keys('x', sealingOf(2)).current());
    const sealing = sealingOf(1);
    assert.throws(() => sealing.open(sealing.seal('x', 'one'), 'other'));
    assert.equal(sealing.open(sealing.seal('x', 'one'), 'one'), 'x');
    const altered = Buffer.from(sealing.seal('x', 'one'), 'base64url');
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    assert.throws(() => sealing.open(altered.toString('base64url'), 'one'));
  });
});
