import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { API_KEY_PATTERN, formatApiKey, inspectApiKey } from './api-key.ts';

const BASE62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const KEY = formatApiKey('live', Uint8Array.from({ length: 32 }, (_, at) => at * 7));

/** What base62 says, read back. */
const valueOf = (text: string): bigint => [...text].reduce((sum, digit) => sum * 62n + BigInt(BASE62.indexOf(digit)), 0n);

const checksumOf = (head: string): string => Array.from({ length: 6 }, (_, at) => BASE62[Math.floor(crc32(head) / 62 ** (5 - at)) % 62] ?? '').join('');

suite('A new key', () => {
  test('is prefix, environment, 43 characters and a checksum of 6 (R19, R86)', () => {
    assert.match(KEY, /^sally_live_[0-9A-Za-z]{49}$/);
    assert.match(formatApiKey('test', randomBytes(32)), /^sally_test_[0-9A-Za-z]{49}$/);
  });

  test('holds all of its 256 bits, so that nobody can guess it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const key = formatApiKey('live', bytes);
        assert.equal(valueOf(key.slice(11, 54)), BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
        assert.equal(valueOf(key.slice(-6)), BigInt(crc32(key.slice(0, -6))));
        assert.deepEqual(inspectApiKey(key), { kind: 'sound', environment: 'live' });
      }),
    );
    assert.equal(formatApiKey('live', new Uint8Array(32)).slice(11, 54), '0'.repeat(43));
    assert.equal(valueOf(formatApiKey('live', new Uint8Array(32).fill(255)).slice(11, 54)), 2n ** 256n - 1n);
  });

  test('is made of 32 bytes and of no other number', () => {
    for (const length of [0, 16, 31, 33, 64]) assert.throws(() => formatApiKey('live', new Uint8Array(length)), RangeError, String(length));
  });
});

suite('A presented key', () => {
  test('is found damaged, without any look-up, when any one character of it differs (K02)', () => {
    for (let at = 'sally_live_'.length; at < KEY.length; at += 1) {
      for (const other of BASE62) {
        if (other === KEY[at]) continue;
        assert.equal(inspectApiKey(`${KEY.slice(0, at)}${other}${KEY.slice(at + 1)}`).kind, 'damaged', `${other} at ${at}`);
      }
    }
    assert.equal(inspectApiKey(KEY).kind, 'sound');
  });

  test('is found damaged when two neighbours are exchanged, as typing does', () => {
    for (let at = 11; at + 1 < KEY.length; at += 1) {
      if (KEY[at] === KEY[at + 1]) continue;
      const swapped = `${KEY.slice(0, at)}${KEY[at + 1] ?? ''}${KEY[at] ?? ''}${KEY.slice(at + 2)}`;
      assert.equal(inspectApiKey(swapped).kind, 'damaged', String(at));
    }
  });

  test('is found damaged when it is ours by prefix and not whole, or says another environment', () => {
    const bad = ['sally_', 'sally_live_', KEY.slice(0, -1), `${KEY}0`, `${KEY}\n`, ` ${KEY}`.trimStart().replace('live', 'Live'), KEY.replace('live', 'test'), KEY.replace('live', 'prod'), `${KEY.slice(0, 20)}-${KEY.slice(21)}`, `${KEY.slice(0, 20)}\u0660${KEY.slice(21)}`];
    for (const text of bad) assert.deepEqual(inspectApiKey(text), { kind: 'damaged' }, text);
  });

  test('is found damaged when its checksum is right and its form is not', () => {
    assert.equal(KEY.slice(-6), checksumOf(KEY.slice(0, -6)));
    for (const head of [KEY.slice(0, -7), `${KEY.slice(0, -6)}0`, KEY.slice(0, -6).replace('live', 'prod'), `${KEY.slice(0, 20)}-${KEY.slice(21, -6)}`]) {
      assert.deepEqual(inspectApiKey(head + checksumOf(head)), { kind: 'damaged' }, head);
    }
  });

  test('is foreign when it has not our prefix, whatever it holds', () => {
    for (const text of ['', 'connector-key', 'sk_live_abc', 'SALLY_LIVE_x', ` ${KEY}`, `x${KEY}`, '__proto__', 'constructor', 'toString']) assert.deepEqual(inspectApiKey(text), { kind: 'foreign' }, text);
  });

  test('tells its environment, which is under the checksum (K11)', () => {
    const key = formatApiKey('test', new Uint8Array(32));
    assert.deepEqual(inspectApiKey(key), { kind: 'sound', environment: 'test' });
    assert.deepEqual(inspectApiKey(key.replace('_test_', '_live_')), { kind: 'damaged' });
  });
});

suite('The pattern for scanners', () => {
  test('finds each key and nothing longer or shorter (R86)', () => {
    assert.match(KEY, API_KEY_PATTERN);
    for (const text of [`${KEY}A`, KEY.slice(1), KEY.slice(0, -1), `x ${KEY}`, KEY.toUpperCase()]) assert.doesNotMatch(text, API_KEY_PATTERN);
  });
});
