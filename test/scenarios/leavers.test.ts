import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { API_KEY, main, OAuthGateway } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';
import { until } from '../world/until.ts';

/** Whoever leaves: one command ends all that they hold, and nobody else's (R44, "former employees still have valid keys"). */

const stack = new AsyncDisposableStack();
let gateway: OAuthGateway;
before(async () => {
  gateway = stack.use(await OAuthGateway.start());
});
after(() => stack.disposeAsync());

const sallyport = async (...words: readonly string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> => {
  await using running = startProcess([process.execPath, main, ...words, '--data', gateway.dataFolder]);
  const { code } = await running.exited;
  return { code, out: running.stdout(), err: running.stderr() };
};

const withKey = async (key: string): Promise<number> => (await gateway.call('both', 'get_customer', { headers: { 'x-api-key': key } })).status;
const withToken = async (sub: string): Promise<number> => (await gateway.call('tokens', 'get_customer', { headers: { authorization: `Bearer ${gateway.token({ sub, scope: 'crm:get_customer' })}` } })).status;

suite('Somebody who is disabled', () => {
  test('has no key, no token and no configured key that opens anything, until it is taken back', async () => {
    const { out } = await sallyport('keys', 'create', '--owner', 'corp:lea', '--allow', 'crm:get_*');
    const key = out.trim();
    assert.deepEqual([await withKey(key), await withToken('lea'), await withToken('leo')], [200, 200, 200]);
    const disabled = await sallyport('people', 'disable', 'corp:lea', '--reason', 'left');
    assert.equal(disabled.code, 0, disabled.err);
    assert.match(disabled.out, /disabled corp:lea/);
    assert.deepEqual([await withKey(key), await withToken('lea'), await withToken('leo')], [401, 401, 200]);
    assert.match((await sallyport('people', 'show', 'corp:lea')).out, /disabled as corp:lea by os:\S+ at .*: left\nkey_/);
    assert.equal((await sallyport('people', 'enable', 'corp:lea')).code, 0);
    assert.deepEqual([await withKey(key), await withToken('lea')], [200, 200]);
  });

  test('has no key of MCP_API_KEYS either, and the record says who it was', async () => {
    assert.equal(await withKey(API_KEY), 200);
    await sallyport('people', 'disable', 'bob', '--unknown');
    const refused = await gateway.call('both', 'get_customer', { headers: { 'x-api-key': API_KEY } });
    assert.deepEqual([refused.status, refused.json['code']], [401, 'credential.invalid']);
    assert.ok(!refused.text.includes('disabled'), 'the caller is told what every bad key is told (K03)');
    const { out } = await sallyport('audit', '--limit', '3', '--json');
    assert.match(out, /bob was disabled by os:/);
    await sallyport('people', 'enable', 'bob');
    assert.equal(await withKey(API_KEY), 200);
  });

  test('has no stream that goes on', async () => {
    const { out } = await sallyport('keys', 'create', '--owner', 'streamer', '--allow', 'crm:*');
    const headers = { 'x-api-key': out.trim(), accept: 'text/event-stream, application/json', 'content-type': 'application/json', 'mcp-protocol-version': '2025-06-18' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } } });
    const opened = await fetch(`${gateway.origin('both')}/mcp`, { method: 'POST', headers, body });
    await opened.body?.cancel();
    const session = opened.headers.get('mcp-session-id') ?? '';
    const stream = await fetch(`${gateway.origin('both')}/mcp`, { headers: { ...headers, 'mcp-session-id': session } });
    assert.equal(stream.status, 200);
    let ended = false;
    const reading = stream.text().catch(() => '').finally(() => {
      ended = true;
    });
    await sallyport('people', 'disable', 'streamer');
    await until('the stream has ended', async () => (ended ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    await reading;
  });

  test('is asked about by name: nobody of a misspelt one is disabled', async () => {
    const { code, err } = await sallyport('people', 'disable', 'corp:laa');
    assert.notEqual(code, 0);
    assert.match(err, /nobody of that name has signed in, and no key is theirs.*\n {2}next: ./);
  });
});
