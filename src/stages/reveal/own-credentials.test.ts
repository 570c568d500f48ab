import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Secret } from '../../model/secret.ts';
import { buildHoldsOwn } from './own-credentials.ts';

/** Made up, and long enough to be a credential. */
const TOKEN = ['upstream', 'canary', '4f9a0c7d1e'].join('/');

suite('An answer that repeats the gateway\'s own credential (P02, attacks.md G5)', () => {
  const holdsOwn = buildHoldsOwn({ authorization: new Secret(`Bearer ${TOKEN}`), 'x-tenant': 'acme-corporation-europe', 'x-api-key': `${TOKEN}-written-out` });

  test('is known in each form, whole or as bytes', () => {
    for (const form of [TOKEN, `Bearer ${TOKEN}`, JSON.stringify({ env: TOKEN }), Buffer.from(TOKEN).toString('base64'), `x ${TOKEN}-written-out`]) {
      assert.equal(holdsOwn?.(`{"a":"${form}"}`), true, form);
      assert.equal(holdsOwn?.(Buffer.from(`{"a":"${form}"}`)), true, form);
    }
  });

  test('and what only looks like it, or is no credential, passes', () => {
    for (const text of [TOKEN.slice(0, -1), 'acme-corporation-europe', '']) assert.equal(holdsOwn?.(text), false, text);
  });

  test('is not looked for where the server was told none, or one that may stand anywhere by chance', () => {
    for (const values of [{}, { 'x-tenant': 'acme-corporation-europe' }, { PASSWORD: 'production' }, { TOKEN: new Secret('short') }]) assert.equal(buildHoldsOwn(values), undefined);
  });
});
