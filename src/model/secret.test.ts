import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { format, inspect } from 'node:util';
import { Secret } from './secret.ts';

const PLAIN = 'hunter2-canary';
const secret = new Secret(PLAIN);

/** Every way to make a text of a value that somebody might take by accident (G04, G05). */
const WAYS: Readonly<Record<string, () => string>> = {
  'String()': () => String(secret),
  'a template': () => `${secret}`,
  'concatenation': () => 'x' + secret, // oxlint-disable-line prefer-template
  'join': () => [secret].join(),
  'toString': () => secret.toString(),
  'JSON': () => JSON.stringify({ secret, list: [secret] }),
  'JSON with indentation': () => JSON.stringify(secret, undefined, 2),
  'inspect': () => inspect(secret),
  'inspect with everything': () => inspect({ deep: { secret } }, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true }),
  'format': () => format('%s %o %O %j', secret, secret, secret, secret),
  'an error': () => String(new Error(String(secret), { cause: secret }).stack) + inspect(new Error('x', { cause: secret })),
  'its members': () => JSON.stringify([Object.keys(secret), Object.values(secret), Object.entries(Object.getOwnPropertyDescriptors(secret))]),
  'a copy': () => JSON.stringify({ ...secret }) + inspect(structuredClone({ ...secret })),
};

suite('A secret', () => {
  for (const [way, tell] of Object.entries(WAYS)) test(`is not seen by ${way} (G04)`, () => assert.equal(tell().includes(PLAIN), false));

  test('says that it is one, so that a reader knows what stood there', () => {
    for (const way of ['String()', 'toString', 'JSON', 'inspect'] as const) assert.match(WAYS[way]?.() ?? '', /\[secret\]/);
  });

  test('can be told from another one without being seen', () => {
    assert.equal(secret.fingerprint(), new Secret(PLAIN).fingerprint());
    assert.notEqual(secret.fingerprint(), new Secret(`${PLAIN}2`).fingerprint());
    assert.equal(secret.fingerprint().includes(PLAIN), false);
  });

  test('is itself only when it is asked to be', () => {
    assert.equal(secret.reveal(), PLAIN);
  });
});
