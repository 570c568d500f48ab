import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { challengeOf, OAuthGateway } from '../world/oauth-gateway.ts';

/** What holders of tokens are told when their scopes do not do, and what becomes of tokens that are revoked (RS-9 to RS-11, J15, D10). */

const stack = new AsyncDisposableStack();
let gateway: OAuthGateway;
before(async () => {
  gateway = stack.use(await OAuthGateway.start({
    permissions: { 'read:customers': ['crm:get_customer', 'crm:search_customers'] },
    scopes: { implies: { 'crm-admin': ['crm:*', 'crm-write'] } },
    crm: { scopes: { stepUp: { 'delete_*': ['crm-write'] } } },
  }));
});
after(() => stack.disposeAsync());

const bearer = (claims: Readonly<Record<string, string | number>>) => ({ authorization: `Bearer ${gateway.token(claims)}` });
const call = (tool: string, claims: Readonly<Record<string, string | number>>) => gateway.call('tokens', tool, { headers: bearer(claims) });

const sallyport = async (words: string, input?: string): Promise<string> => {
  let said = '';
  const stream = { write: (text: string) => void (said += text) };
  const code = await runCli([...words.split(' '), '--data', gateway.dataFolder], { stdout: stream, stderr: stream, env: { NO_COLOR: '1' }, ...(input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) }) });
  assert.equal(code, 0, said);
  return said;
};

suite('A token whose scopes do not do', () => {
  test('is told all the scopes at once, by challenge and body, and gets on with them (RS-10, RS-11)', async () => {
    const first = await call('get_customer', { scope: 'openid' });
    assert.deepEqual([first.status, first.json['code']], [403, 'scope.insufficient']);
    assert.deepEqual(challengeOf(first), { realm: 'crm', error: 'insufficient_scope', error_description: 'Insufficient scope', scope: 'read:customers', resource_metadata: `${gateway.origin('tokens')}/.well-known/oauth-protected-resource/mcp` });
    assert.deepEqual(first.json['required_scopes'], ['read:customers']);
    assert.equal((await call('get_customer', { scope: 'openid read:customers' })).status, 200);
  });

  test('is told the same of a tool that is not there (Q03)', async () => {
    const told = async (tool: string) => {
      const { status, json, headers } = await call(tool, { scope: 'read:customers' });
      return JSON.stringify([status, json['title'], json['detail'], json['required_scopes'], headers.get('www-authenticate')]).replaceAll(tool, 'T');
    };
    assert.equal(await told('create_invoice'), await told('no_such_tool'));
  });

  test('has to come again with further ones for a tool that asks for them, and a broader scope will do (RS-11)', async () => {
    const first = await call('delete_customer', { scope: 'crm:delete_customer' });
    assert.deepEqual([first.status, first.json['code'], challengeOf(first)['scope']], [403, 'scope.step-up', 'crm:delete_customer crm-write']);
    assert.equal((await call('delete_customer', { scope: 'crm:delete_customer crm-write' })).status, 200);
    assert.equal((await call('delete_customer', { scope: 'crm-admin' })).status, 200);
  });

  test('shows its own context at /mcp/status', async () => {
    const { json } = await gateway.get('tokens', '/mcp/status', { headers: bearer({ scope: 'read:customers', client_id: 'app' }) });
    assert.deepEqual([json['via'], json['issuer'], json['client'], json['scopes'], json['permissions']], ['oauth', 'corp', 'app', ['read:customers'], ['read:customers']]);
  });
});

suite('A token that is revoked', () => {
  test('is refused when the command is over, by itself and by its subject, while others go on (J15)', async () => {
    const scope = 'read:customers';
    const [one, two] = [gateway.token({ scope, jti: 'one', sub: 'carol' }), gateway.token({ scope, jti: 'two', sub: 'carol' })];
    const status = async (token: string) => (await gateway.call('tokens', 'get_customer', { headers: { authorization: `Bearer ${token}` } })).status;
    assert.deepEqual([await status(one), await status(two)], [200, 200]);
    await sallyport('revoke token', one);
    assert.deepEqual([await status(one), await status(two)], [401, 200]);
    const said = await sallyport('revoke subject carol --issuer corp');
    assert.equal(await status(two), 401);
    assert.equal((await call('get_customer', { scope, sub: 'dave' })).status, 200);
    await sallyport(`revocations lift ${/den_[0-9a-f]+/.exec(said)?.[0] ?? ''}`);
    assert.deepEqual([await status(one), await status(two)], [401, 200]);
  });

  test('ends the streams it has opened within five seconds, and no other (K05, J15)', async () => {
    const open = async (sub: string) => {
      const headers = { ...bearer({ scope: 'crm:*', sub, sid: `session-of-${sub}` }), 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } } };
      const begun = await gateway.get('tokens', '/mcp', { method: 'POST', headers, body: JSON.stringify(initialize) });
      const session = { ...headers, 'mcp-session-id': begun.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' };
      await gateway.get('tokens', '/mcp', { method: 'POST', headers: session, body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) });
      const leaving = new AbortController();
      const stream = await fetch(`${gateway.origin('tokens')}/mcp`, { headers: session, signal: leaving.signal });
      assert.equal(stream.status, 200);
      const ended = stream.text().then(() => 'ended', () => 'left');
      return { ended, leave: () => leaving.abort() };
    };
    const [erin, frank] = [await open('erin'), await open('frank')];
    const began = performance.now();
    await sallyport('revoke session session-of-erin --issuer corp');
    assert.equal(await erin.ended, 'ended');
    assert.ok(performance.now() - began < 5_000);
    frank.leave();
    assert.equal(await frank.ended, 'left');
  });
});

suite('The metadata document', () => {
  test('is answered to an address that is over its limit, whose calls are not: it needs it to find its way', async () => {
    await using strict = await OAuthGateway.start({ limits: { address: { perSecond: 0.01, burst: 2 } } });
    const statuses: number[] = [];
    for (let number = 0; number < 4; number += 1) statuses.push((await strict.call('tokens', 'get_customer')).status);
    assert.deepEqual(statuses, [401, 401, 429, 429]);
    assert.equal((await strict.get('tokens', '/.well-known/oauth-protected-resource/mcp')).status, 200);
    assert.equal((await strict.get('tokens', '/mcp/status')).status, 429);
  });
});
