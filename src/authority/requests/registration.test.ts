import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { AuthorityRules } from '../rules.ts';
import { readRegistration } from './registration.ts';

const rules: AuthorityRules = {
  issuer: 'https://mcp.example', resources: [], clients: [], lifetimesOf: () => ({ accessTokenMs: 1, refreshTokenMs: 1, graceMs: 1 }), session: { idleMs: 1, absoluteMs: 1 },
  registration: { dynamic: true, documents: true }, redirectSchemes: new Set(['cursor', 'vscode', 'vscode-insiders', 'windsurf']), isScopeOf: () => false,
};

/**
 * What clients send when they register, as their documents and sources said between July and October 2026 (clients.md, the client table). Each
 * keeps the redirect URIs that it uses.
 */
const CLIENTS: Readonly<Record<string, { readonly body: JsonObject; readonly keeps: readonly string[] }>> = {
  'claude.ai': { body: { client_name: 'Claude', redirect_uris: ['https://claude.ai/api/mcp/auth_callback'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none', scope: 'mcp' }, keeps: ['https://claude.ai/api/mcp/auth_callback'] },
  'Claude Code': { body: { client_name: 'Claude Code (crm)', redirect_uris: ['http://localhost:54212/callback'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' }, keeps: ['http://localhost:54212/callback'] },
  ChatGPT: { body: { client_name: 'ChatGPT', redirect_uris: ['https://chatgpt.com/connector/oauth/abc123'], token_endpoint_auth_method: 'client_secret_post', grant_types: ['authorization_code', 'refresh_token'] }, keeps: ['https://chatgpt.com/connector/oauth/abc123'] },
  Cursor: { body: { client_name: 'Cursor', redirect_uris: ['http://localhost:8787/callback', 'cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback'] }, keeps: ['http://localhost:8787/callback', 'cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback'] },
  'VS Code': { body: { client_name: 'Visual Studio Code', redirect_uris: ['https://insiders.vscode.dev/redirect', 'https://vscode.dev/redirect', 'http://localhost/', 'http://127.0.0.1/', 'http://localhost:33418/', 'http://127.0.0.1:33418/'], application_type: 'native', token_endpoint_auth_method: 'none' }, keeps: ['https://insiders.vscode.dev/redirect', 'https://vscode.dev/redirect', 'http://localhost/', 'http://127.0.0.1/', 'http://localhost:33418/', 'http://127.0.0.1:33418/'] },
  Codex: { body: { client_name: 'Codex', redirect_uris: ['http://127.0.0.1:41234/callback/5f1c'], grant_types: ['authorization_code', 'refresh_token'] }, keeps: ['http://127.0.0.1:41234/callback/5f1c'] },
  Inspector: { body: { client_name: 'MCP Inspector', redirect_uris: ['http://localhost:6274/oauth/callback'], scope: '' }, keeps: ['http://localhost:6274/oauth/callback'] },
  'mcp-remote': { body: { client_name: 'MCP CLI Proxy', client_uri: 'https://github.com/modelcontextprotocol/mcp-cli', redirect_uris: ['http://localhost:3335/oauth/callback'], software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d', software_version: '1.0.0' }, keeps: ['http://localhost:3335/oauth/callback'] },
  'Gemini CLI': { body: { client_name: 'Gemini CLI MCP Client', redirect_uris: ['http://localhost:7777/oauth/callback'], code_challenge_method: ['S256'] }, keeps: ['http://localhost:7777/oauth/callback'] },
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
  for (const [name, { body, keeps }] of Object.entries(CLIENTS)) {
    test(`of ${name} is taken, with a refresh token whether or not it asked for one (W3, W5)`, () => {
      const taken = readRegistration(body, rules);
      assert.deepEqual(taken['redirect_uris'], keeps);
      assert.equal(taken['client_name'], body['client_name']);
      const grants: readonly unknown[] = Array.isArray(taken['grant_types']) ? taken['grant_types'] : [];
      assert.ok(grants.includes('authorization_code') && grants.includes('refresh_token') && !grants.includes('client_credentials'));
      assert.equal(taken['scope'], undefined, 'scopes are asked for, not registered');
    });
  }

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
    assert.equal(refusedBy({ redirect_uris: ['https://a.example/x'], application_type: 'phone' }), 'oauth.invalid-client-metadata');
    assert.equal(refusedBy({ redirect_uris: ['https://a.example/x'], response_types: ['token'] }), 'oauth.invalid-client-metadata');
  });
});
