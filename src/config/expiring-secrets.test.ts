import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { expiringSecrets } from './expiring-secrets.ts';
import { validateConfig } from './parse-config.ts';

/** The gateway's own credentials that end by their own word, which nobody refreshes (issue 7, "tokens about to expire"). */

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: unknown): string => `${part({ alg: 'none' })}.${part(claims)}.x`;

const endsOf = (header: string | undefined): readonly unknown[] => {
  const config = validateConfig({ servers: { crm: { url: 'https://crm.example/mcp', headers: { Authorization: 'env:CRM', 'X-Plain': 'plain' } } } }, 'test');
  return expiringSecrets(config, { environment: { CRM: header }, managed: undefined });
};

suite('A secret of the configuration', () => {
  test('that is a signed token, bare or behind its scheme, is known by when it ends, and its words hold nothing of it', () => {
    for (const scheme of ['', 'Bearer '])
      assert.deepEqual(endsOf(`${scheme}${token({ iat: 100, exp: 200 })}`), [{ name: 'servers.crm.headers.Authorization', what: 'the token at servers.crm.headers.Authorization', cure: 'get another one, put it there and reload', fromMs: 100_000, expiresAtMs: 200_000 }]);
  });

  test('that says nothing of its end, or is not there any more, is none', () => {
    for (const value of ['opaque', undefined, token({ iat: 1 }), token({ exp: 'soon' }), token([1]), token(null), 'eyJh.bm90IGpzb24.x', `Bearer of ${token({ exp: 1 })}`]) assert.deepEqual(endsOf(value), [], value);
  });
});
