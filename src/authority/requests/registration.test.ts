import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { JsonValue } from '../../model/json.ts';
import type { AuthorityRules } from '../rules.ts';
import { readRegistration } from './registration.ts';

const rules: AuthorityRules = {
  issuer: 'https://mcp.example', resources: [], clients: [], lifetimesOf: () => ({ accessTokenMs: 1, refreshTokenMs: 1, graceMs: 1 }), mutualTls: false, session: { idleMs: 1, absoluteMs: 1 },
  registration: { dynamic: true, documents: true }, redirectSchemes: new Set(['cursor', 'vscode', 'vscode-insiders', 'windsurf']), isScopeOf: () => false,
};

const refusedBy = (value: JsonValue): string => {
  try {
    readRegistration(value, rules);
    return 'taken';
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
};

suite('A registration', () => {
  test('is taken with a refresh token whether or not it asked for one, and without a secret where it asked for none (W5)', () => {
    for (const more of [{}, { grant_types: ['authorization_code'] }, { grant_types: ['client_credentials'], scope: 'mcp' }]) {
      const taken = readRegistration({ client_name: 'Some client', redirect_uris: ['http://localhost:7777/callback'], ...more }, rules);
      assert.deepEqual([taken['redirect_uris'], taken['client_name'], taken['token_endpoint_auth_method']], [['http://localhost:7777/callback'], 'Some client', 'none']);
      const grants: readonly unknown[] = Array.isArray(taken['grant_types']) ? taken['grant_types'] : [];
      assert.ok(grants.includes('authorization_code') && grants.includes('refresh_token') && !grants.includes('client_credentials'));
      assert.equal(taken['scope'], undefined, 'scopes are asked for, not registered');
    }
    assert.equal(readRegistration({ redirect_uris: ['https://a.example/x'], token_endpoint_auth_method: 'client_secret_post' }, rules)['token_endpoint_auth_method'], 'client_secret_post');
  });

  test('loses the URIs that cannot be used and keeps the others, and is refused where none is left (W3, AS-7)', () => {
    const good = 'https://app.example/callback';
    for (const bad of ['http://app.example/callback', 'https://localhost/callback', 'https://user@app.example/', 'https://app.example/#x', 'javascript:alert(1)', 'evil://x', 'not a url', 'https://app.example/a b', 'http://127.1/x', `https://app.example/${'x'.repeat(2_000)}`]) {
      assert.deepEqual(readRegistration({ redirect_uris: [bad, good] }, rules)['redirect_uris'], [good], bad);
      assert.equal(refusedBy({ redirect_uris: [bad] }), 'oauth.invalid-redirect-uri', bad);
    }
  });

  test('is refused in a form that it does not have', () => {
    for (const value of [null, [], 'x', 1] as const) assert.equal(refusedBy(value), 'oauth.invalid-client-metadata');
    for (const redirects of [undefined, 'x', [], [1], {}, Array.from({ length: 21 }, (_none, at) => `https://app.example/${String(at)}`)] as const) assert.equal(refusedBy(redirects === undefined ? {} : { redirect_uris: redirects }), 'oauth.invalid-redirect-uri');
    assert.equal(refusedBy({ redirect_uris: ['http://localhost/x'], application_type: 'web' }), 'oauth.invalid-redirect-uri');
    assert.deepEqual(readRegistration({ redirect_uris: ['http://localhost/x', 'cursor://x', 'https://a.example/x'], application_type: 'web' }, rules)['redirect_uris'], ['https://a.example/x'], 'W3');
    assert.equal(refusedBy({ redirect_uris: ['https://a.example/x'], application_type: 'phone' }), 'oauth.invalid-client-metadata');
    assert.equal(refusedBy({ redirect_uris: ['https://a.example/x'], response_types: ['token'] }), 'oauth.invalid-client-metadata');
  });
});
