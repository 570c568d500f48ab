import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { aPrincipal } from '../../../test/world/exchanges.ts';
import type { Principal } from '../../model/principal.ts';
import { digestOf, KeyHasher, KeyIndex, type IndexedKey } from './key-index.ts';

const hasher = new KeyHasher(Buffer.alloc(32, 7));

const indexed = (text: string, more: Partial<IndexedKey> = {}, principal: Partial<Principal> = {}): IndexedKey => ({ hash: hasher.hash(text), principal: aPrincipal({ credentialId: `id of ${text}`, ...principal }), revoked: false, guessable: false, ...more });

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

suite('The hash of a key', () => {
  test('is HMAC-SHA-256 of its SHA-256, as node:crypto computes it (RFC 2104)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ unit: 'grapheme', maxLength: 200 }), (secret, key) => {
        const own = new KeyHasher(secret);
        assert.deepEqual(own.hash(key), createHmac('sha256', secret).update(sha256(key)).digest());
        assert.deepEqual(own.hashDigest(sha256(key)), own.hash(key));
      }),
    );
  });

  test('is another one under another hash key: a stolen database alone tests no guess', () => {
    assert.notDeepEqual(new KeyHasher(Buffer.alloc(32, 8)).hash('k'), hasher.hash('k'));
    assert.notDeepEqual(hasher.hash('k'), sha256('k'));
  });

  test('is under no hash key longer than a block, which RFC 2104 would hash first', () => {
    assert.throws(() => new KeyHasher(new Uint8Array(65)), RangeError);
    assert.doesNotThrow(() => new KeyHasher(new Uint8Array(64)));
  });

  test('is remembered under the SHA-256 of the key', () => {
    assert.equal(digestOf('k'), sha256('k').toString('base64'));
  });
});

suite('The key index', () => {
  test('finds each key by its hash and no other (K03, K13)', () => {
    const index = new KeyIndex();
    const keys = ['a', 'b', '__proto__'].map((text) => indexed(text));
    index.replace(keys);
    for (const key of keys) assert.equal(index.find(key.hash), key);
    for (const text of ['c', '', 'constructor', 'toString']) assert.equal(index.find(hasher.hash(text)), undefined, text);
    assert.equal(index.find(Buffer.alloc(32)), undefined);
  });

  test('forgets whatever is not in the list that replaces it, remembered keys too (K05)', () => {
    const index = new KeyIndex();
    const [old, kept] = [indexed('old'), indexed('kept')];
    index.replace([old, kept]);
    index.remember(digestOf('old'), old);
    index.remember(digestOf('kept'), kept);
    assert.equal(index.recall(digestOf('old')), old);
    const revoked = indexed('kept', { revoked: true });
    index.replace([revoked]);
    assert.equal(index.recall(digestOf('old')), undefined);
    assert.equal(index.recall(digestOf('kept')), undefined);
    assert.equal(index.find(old.hash), undefined);
    assert.equal(index.find(kept.hash), revoked);
    assert.equal(index.isLive('id of old', 0), false);
    assert.equal(index.isLive('id of kept', 0), false);
  });

  test('remembers a bounded number of keys', () => {
    const index = new KeyIndex();
    const key = indexed('k');
    for (let at = 0; at < 75_000; at += 1) {
      index.remember(`digest ${at}`, key);
      index.recall('digest 1');
    }
    assert.equal(index.recall('digest 0'), undefined);
    assert.equal(index.recall('digest 1'), key, 'one that is in use was forgotten');
    assert.equal(index.recall('digest 74999'), key);
  });

  test('asks for stored keys one at a time, for no other form than theirs, and remembers what it says until they change', () => {
    const asked: string[] = [];
    const key = indexed('stored');
    const stored = { candidateFor: () => (asked.push('hash'), key), byId: (id: string) => (asked.push(id), id === 'id of stored' ? key : undefined) };
    const index = new KeyIndex();
    index.replace([indexed('configured')], stored);
    assert.equal(index.find(key.hash), key);
    assert.equal(index.find(key.hash, false), undefined);
    assert.equal(index.find(hasher.hash('nobody has this')), undefined, 'a key was taken for another');
    assert.equal(index.find(hasher.hash('configured'))?.principal.credentialId, 'id of configured');
    assert.deepEqual(asked.splice(0, 1), ['hash']);
    assert.deepEqual(asked, ['hash']);
    assert.deepEqual([index.isLive('id of stored', 0), index.isLive('id of stored', 0), index.isLive('id of configured', 0), index.isLive('nobody', 0)], [true, true, true, false]);
    assert.deepEqual(asked, ['hash', 'id of stored', 'nobody']);
    index.forget();
    assert.equal(index.isLive('id of stored', 0), true);
    assert.deepEqual(asked, ['hash', 'id of stored', 'nobody', 'id of stored']);
    assert.equal(index.isLive('id of configured', 0), true);
  });

  test('does not vouch for a credential that is closed, or out of its hours', () => {
    const index = new KeyIndex();
    index.replace([indexed('a', { closed: 'is disabled' }), indexed('b', { hours: { hold: (nowMs) => nowMs < 10, text: '' } })]);
    assert.deepEqual([index.isLive('id of a', 0), index.isLive('id of b', 9), index.isLive('id of b', 10)], [false, true, false]);
  });

  test('vouches for a credential only while it is neither revoked nor expired nor gone (K05, K06, M06)', () => {
    const index = new KeyIndex();
    index.replace([indexed('a'), indexed('b', { revoked: true }), indexed('c', {}, { expiresAtMs: 1_000 })]);
    assert.equal(index.isLive('id of a', Number.MAX_SAFE_INTEGER), true);
    assert.equal(index.isLive('id of b', 0), false);
    assert.equal(index.isLive('id of c', 999), true);
    assert.equal(index.isLive('id of c', 1_000), false);
    assert.equal(index.isLive('id of nobody', 0), false);
    assert.equal(index.isLive('constructor', 0), false);
  });
});
