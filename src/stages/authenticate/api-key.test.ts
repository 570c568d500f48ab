import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrincipal, aRoute, aShielded } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { formatApiKey } from '../../model/api-key.ts';
import type { Shielded } from '../../model/exchange.ts';
import type { Principal } from '../../model/principal.ts';
import type { Proof } from '../../ports/authenticator.ts';
import { buildApiKey } from './api-key.ts';
import { digestOf, KeyHasher, KeyIndex, type IndexedKey } from './key-index.ts';

/** Counts look-ups, which are what costs (K02). */
class CountedIndex extends KeyIndex {
  lookUps = 0;

  override find(keyHash: Buffer, ours?: boolean): IndexedKey | undefined {
    this.lookUps += 1;
    return super.find(keyHash, ours);
  }
}

const OURS = formatApiKey('live', Buffer.alloc(32, 1));

const room = (...keys: readonly (readonly [text: string, key?: Partial<IndexedKey>, principal?: Partial<Principal>])[]) => {
  const [index, hasher, clock] = [new CountedIndex(), new KeyHasher(Buffer.alloc(32, 7)), new MovedClock()];
  const indexed = keys.map(([text, more, principal]): IndexedKey => ({ hash: hasher.hash(text), principal: aPrincipal({ credentialId: 'key_1', ...principal }), revoked: false, guessable: false, ...more }));
  index.replace(indexed);
  const authenticator = buildApiKey({ index, hasher, clock });
  const ask = (value: string, request: Partial<Shielded> = {}): Proof => {
    const proof = authenticator.authenticate(aShielded(request), { place: 'header', value });
    assert.ok(!(proof instanceof Promise));
    return proof;
  };
  return { index, clock, ask, indexed };
};

/** Why the audit record says a key was refused; undefined when it was not. */
const reasonOf = (proof: Proof): string | undefined => {
  if (proof.kind !== 'rejected') return undefined;
  assert.equal(proof.error.code, 'credential.invalid');
  return proof.error.circumstances.reason;
};

suite('An API key', () => {
  test('that is known is proven, as who it is', () => {
    const { ask, indexed } = room([OURS]);
    assert.deepEqual(ask(OURS), { kind: 'proven', principal: indexed[0]?.principal });
  });

  test('of any spelling is proven when it was configured by hand (R4)', () => {
    const { ask } = room(['connector-key', { guessable: true }], ['__proto__', { guessable: true }]);
    assert.equal(ask('connector-key').kind, 'proven');
    assert.equal(ask('__proto__').kind, 'proven');
    for (const other of ['Connector-Key', 'connector-key ', 'connector-ke', 'constructor', 'toString']) assert.equal(reasonOf(ask(other)), 'no such key', other);
  });

  test('with a wrong checksum is refused without any look-up, and a foreign one is looked up (K02)', () => {
    const { ask, index } = room([OURS]);
    assert.equal(reasonOf(ask(`${OURS.slice(0, -1)}~`)), "the key's checksum is wrong");
    assert.equal(index.lookUps, 0);
    assert.equal(reasonOf(ask('sk_live_x')), 'no such key');
    assert.equal(index.lookUps, 1);
  });

  test('of our form that was configured by hand with a wrong checksum is refused too', () => {
    const { ask } = room(['sally_live_short', { guessable: true }]);
    assert.equal(reasonOf(ask('sally_live_short')), "the key's checksum is wrong");
  });

  test('is refused in the same words, whatever the reason: only the record knows it (K03)', () => {
    const { ask, clock } = room(['revoked', { revoked: true }], ['expired', {}, { expiresAtMs: 1 }], ['other', { environment: 'test' }]);
    const reasons = ['unknown', 'revoked', 'expired', 'other'].map((key) => {
      const proof = ask(key);
      assert.ok(proof.kind === 'rejected' && proof.error.circumstances.detail === undefined && proof.error.circumstances.headers === undefined);
      return reasonOf(proof);
    });
    assert.deepEqual(reasons, ['no such key', 'key key_1 is revoked', 'key key_1 has expired', 'key key_1 is a test key, the server is live']);
    assert.ok(clock.nowMs() > 1);
  });

  test('that is closed, as by quarantine or a disabled owner, is refused in those words too (K03)', () => {
    const { ask } = room([OURS, { closed: 'is in quarantine' }]);
    assert.equal(reasonOf(ask(OURS)), 'key key_1 is in quarantine');
  });

  test('is refused from a foreign address and out of hours, and its holder is told which', () => {
    let open = true;
    const { ask } = room([OURS, { mayCallFrom: (address) => address === '192.0.2.7', hours: { hold: () => open, text: 'mon 09:00–17:00 UTC' } }]);
    const codeOf = (proof: Proof) => (proof.kind === 'rejected' ? proof.error.code : proof.kind);
    assert.equal(codeOf(ask(OURS)), 'proven');
    assert.equal(codeOf(ask(OURS, { address: '192.0.2.8' })), 'credential.network');
    open = false;
    const late = ask(OURS);
    assert.ok(late.kind === 'rejected');
    assert.deepEqual([late.error.code, late.error.row.status, late.error.circumstances.detail], ['credential.hours', 403, 'This key is good mon 09:00–17:00 UTC.']);
    assert.equal(codeOf(ask(OURS, { address: '192.0.2.8' })), 'credential.network');
  });

  test('that is for headers only is refused in the URL (D7)', async () => {
    const { index, clock } = room([OURS, { headerOnly: true }], ['either']);
    const authenticator = buildApiKey({ index, hasher: new KeyHasher(Buffer.alloc(32, 7)), clock });
    const codeAt = async (place: 'header' | 'bearer' | 'query', value = OURS) => {
      const proof = await authenticator.authenticate(aShielded(), { place, value });
      return proof.kind === 'rejected' ? proof.error.code : proof.kind;
    };
    assert.deepEqual([await codeAt('header'), await codeAt('query'), await codeAt('bearer'), await codeAt('query', 'either')], ['proven', 'credential.query-off', 'proven', 'proven']);
  });

  test('that is dead says nothing of its conditions', () => {
    const { ask } = room([OURS, { revoked: true, mayCallFrom: () => false }]);
    assert.equal(reasonOf(ask(OURS)), 'key key_1 is revoked');
  });

  test('is refused from the very millisecond of its expiry on, without leeway (K06)', () => {
    const clock = new MovedClock();
    const { ask, clock: moved } = room([OURS, {}, { expiresAtMs: clock.nowMs() + 1_000 }]);
    moved.move(999);
    assert.equal(ask(OURS).kind, 'proven');
    moved.move(1);
    assert.equal(reasonOf(ask(OURS)), 'key key_1 has expired');
    moved.step(-3_600_000);
    assert.equal(ask(OURS).kind, 'proven');
  });

  test('opens servers of its own environment only; one without an environment opens both (K11)', () => {
    const sandboxKey = formatApiKey('test', Buffer.alloc(32, 2));
    const { ask } = room([OURS, { environment: 'live' }], [sandboxKey, { environment: 'test' }], ['configured']);
    const [live, sandbox] = [{ route: aRoute() }, { route: aRoute({ environment: 'test' }) }];
    assert.deepEqual([ask(OURS, live).kind, ask(OURS, sandbox).kind], ['proven', 'rejected']);
    assert.deepEqual([ask(sandboxKey, live).kind, ask(sandboxKey, sandbox).kind], ['rejected', 'proven']);
    assert.deepEqual([ask('configured', live).kind, ask('configured', sandbox).kind], ['proven', 'proven']);
  });

  test('that could be guessed is refused from an address that guesses, even rightly; one that cannot be is not (K12)', () => {
    const { ask } = room([OURS], ['configured', { guessable: true }]);
    const suspected = { suspected: true };
    assert.equal(reasonOf(ask('configured', suspected)), 'a configured key from an address that guesses');
    assert.equal(ask('configured').kind, 'proven');
    assert.equal(reasonOf(ask('configured', suspected)), 'a configured key from an address that guesses');
    assert.equal(ask(OURS, suspected).kind, 'proven');
  });
});

suite('A key that was accepted', () => {
  test('is looked up once, and judged anew each time', () => {
    const { ask, index, clock } = room([OURS, {}, { expiresAtMs: new MovedClock().nowMs() + 10 }]);
    assert.deepEqual([ask(OURS).kind, ask(OURS).kind, index.lookUps], ['proven', 'proven', 1]);
    clock.move(10);
    assert.equal(reasonOf(ask(OURS)), 'key key_1 has expired');
  });

  test('is judged anew for each server', () => {
    const { ask } = room([OURS, { environment: 'live' }]);
    assert.equal(ask(OURS).kind, 'proven');
    assert.equal(ask(OURS, { route: aRoute({ environment: 'test' }) }).kind, 'rejected');
  });

  test('is refused as soon as the index is replaced (K05)', () => {
    const { ask, index, indexed } = room([OURS]);
    assert.equal(ask(OURS).kind, 'proven');
    index.replace(indexed.map((key) => ({ ...key, revoked: true })));
    assert.equal(reasonOf(ask(OURS)), 'key key_1 is revoked');
  });

  test('is alone in being remembered: refused ones take the same way each time (K03)', () => {
    const { ask, index } = room(['revoked', { revoked: true }], ['expired', {}, { expiresAtMs: 1 }], ['other', { environment: 'test' }]);
    for (const key of ['revoked', 'expired', 'other', 'unknown']) {
      ask(key);
      assert.equal(index.recall(digestOf(key)), undefined, key);
    }
    assert.equal(index.lookUps, 4);
  });
});
