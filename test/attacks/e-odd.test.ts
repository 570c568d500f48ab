import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { array, assert as holds, asyncProperty, boolean, constantFrom, oneof, string, tuple } from 'fast-check';
import { AuthorityGateway, Browser, REDIRECT, signIn } from '../world/authority-gateway.ts';
import { recordsOf } from '../world/authority-records.ts';

/** Whatever is sent to the authorization server is the sender's mistake, never ours (attacks.md T10, A05, A07). */

const NAMES = ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'resource', 'code_challenge', 'code_challenge_method', 'prompt', 'nonce', 'max_age', 'claims', 'request', 'request_uri', 'response_mode', 'id_token_hint', 'acr_values', 'grant_type', 'code', 'code_verifier', 'refresh_token', 'device_code', 'user_code', 'token', 'token_type_hint', 'client_secret', 'client_assertion', 'client_assertion_type', 'assertion', 'registration', 'login_hint', 'display', 'authorization_details', 'dpop_jkt', '__proto__', 'constructor', 'toString', 'do', 'key', 'xsrf', ''];

const odd = (known: readonly string[]) => oneof(constantFrom(...known, '', '0', 'null', '{}', '[]', '{"a":', 'true', '-1', '9'.repeat(400), 'a b', '%', '\u0000', '\u{1F600}', '\uFFFD', '../..', "'; DROP TABLE oauth_records; --", 'eyJhbGciOiJub25lIn0.e30.', 'https://[', 'http://127.0.0.1:99999/'), string({ maxLength: 40 }));

suite('Odd requests', () => {
  test('[T10] [A05] [A07] of any kind end in a refusal with one record, in no error of ours, and the next person is let in', async () => {
    await using gateway = await AuthorityGateway.start({ limits: { invalidCredentials: { perSecond: 1_000, burst: 100_000 } } });
    const clientId = String((await gateway.register()).json['client_id']);
    const known = [clientId, REDIRECT, gateway.resource, 'code', 'S256', 'mcp openid', 'none', 'consent', 'login', 'authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code', 'query', 'x'.repeat(43), 'https://localhost:1/x.json'];
    const parameters = array(tuple(constantFrom(...NAMES), odd(known)), { maxLength: 12 });
    const target = constantFrom('/oauth/authorize', '/authorize', '/oauth/token', '/token', '/oauth/revoke', '/oauth/introspect', '/oauth/device', '/device', '/oauth/register', '/auth/oauth/ask/xxxxxxxxxxxxxxxxxxxx', '/oauth/authorize/xxxxxxxxxxxxxxxxxxxx', '/device/xxxxxxxxxxxxxxxxxxxx', '/account', '/auth/oauth/login', '/oauth/keys', '/oauth/session');
    const browser = new Browser(gateway);
    await holds(asyncProperty(target, constantFrom('GET', 'POST'), parameters, boolean(), async (path, method, list, asJson) => {
      const form = new URLSearchParams(list.map(([name, value]): [string, string] => [name, value.toWellFormed()]));
      const body = asJson ? { headers: { 'content-type': 'application/json', origin: gateway.origin }, body: JSON.stringify(Object.fromEntries(list)) } : { headers: { origin: gateway.origin }, body: form };
      const answer = method === 'GET' ? await gateway.get(`${path}?${form.toString()}`) : await browser.open(path, { method, ...body });
      assert.ok(answer.status < 500, `${method} ${path} ${form.toString()} ${String(answer.status)} ${answer.text}`);
    }), { numRuns: 600, seed: 5 });
    const { access } = await signIn(gateway, { clientId: String((await gateway.register()).json['client_id']) });
    assert.equal((await gateway.call(access)).status, 200);
    const trail = recordsOf(gateway);
    assert.equal(new Set(trail.map(({ id }) => id)).size, trail.length);
    assert.deepEqual(trail.filter(({ code }) => code === 'house.fault'), []);
  });
});
