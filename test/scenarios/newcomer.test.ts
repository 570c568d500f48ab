import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { join } from 'node:path';
import { runCli } from '../../src/cli/cli.ts';
import { startGateway, type GatewayProcess } from '../world/gateway-process.ts';

/**
 * A newcomer's session, from the first narrow key to a rotation that is over (issue "Keys, rules and limits"; experience.md delights 1 and 5).
 * Each step uses what the step before has printed, as a person would.
 */

const crm = join(import.meta.dirname, '../../src/example/crm-server.ts');

const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

suite('A newcomer', () => {
  let gateway: GatewayProcess;
  const know = { key: '', id: '', refused: '', change: '', successor: '' };

  before(async () => {
    gateway = await startGateway({ upstream: [process.execPath, crm], name: 'crm' });
  });
  after(() => gateway[Symbol.asyncDispose]());

  const sallyport = async (...words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
    const said = { out: '', err: '' };
    const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
    const code = await runCli([...words, '--data', gateway.dataFolder], terminal);
    return { code, ...said };
  };

  const calls = async (tool: string, { key, client = 'agent' }: { readonly key: string; readonly client?: string }): Promise<{ readonly status: number; readonly text: string }> => {
    const headers = {
      'x-api-key': key, 'user-agent': `${client}/1.0`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool,
    };
    const answer = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: { id: 'cust_789' }, _meta: META } }) });
    return { status: answer.status, text: await answer.text() };
  };

  test('makes a narrow key, whose secret alone is on stdout', async () => {
    const { code, out, err } = await sallyport('keys', 'create', '--name', 'support bot', '--owner', 'bob@company.com', '--allow', 'crm:get_*');
    assert.equal(code, 0);
    assert.match(out, /^sally_live_[0-9A-Za-z]{49}\n$/);
    know.key = out.trim();
    know.id = /key_[0-9a-f]+/.exec(err)?.[0] ?? '';
    assert.ok(!err.includes(know.key));
  });

  test('calls what the key allows and is refused the rest, with a command that says why', async () => {
    assert.equal((await calls('get_customer', { key: know.key })).status, 200);
    const { status, text } = await calls('delete_customer', { key: know.key });
    assert.equal(status, 403);
    know.refused = /sallyport explain (req_[0-9a-z]+)/.exec(text)?.[1] ?? '';
    assert.notEqual(know.refused, '', text);
  });

  test('asks why, and is told what is missing and the smallest change', async () => {
    const { code, out } = await sallyport('explain', know.refused);
    assert.equal(code, 0);
    assert.match(out, /missing +crm:delete_customer/);
    know.change = /sallyport (keys allow key_[0-9a-f]+ '[^']+')/.exec(out)?.[1] ?? '';
    assert.equal(know.change, `keys allow ${know.id} 'crm:delete_customer'`);
  });

  test('makes that change, and the very next call passes with the same key', async () => {
    const { code } = await sallyport(...know.change.replaceAll("'", '').split(' '));
    assert.equal(code, 0);
    assert.equal((await calls('delete_customer', { key: know.key })).status, 200);
  });

  test('is still refused what the change did not name', async () => {
    assert.equal((await calls('export_report', { key: know.key })).status, 403);
  });

  test('rotates with an hour of overlap, in which both keys work', async () => {
    const { code, out } = await sallyport('keys', 'rotate', know.id, '--overlap', '1h');
    assert.equal(code, 0);
    know.successor = out.trim();
    assert.match(know.successor, /^sally_live_[0-9A-Za-z]{49}$/);
    assert.equal((await calls('get_customer', { key: know.key, client: 'forgotten-job' })).status, 200);
    assert.equal((await calls('get_customer', { key: know.successor })).status, 200);
  });

  test('sees who still uses the old key', async () => {
    const shown = async (): Promise<string> => (await sallyport('keys', 'show', know.id)).out;
    let out = await shown();
    // Use is written about once a second.
    for (const giveUpAt = performance.now() + 10_000; !out.includes('forgotten-job') && performance.now() < giveUpAt; ) out = await shown();
    assert.match(out, /still used by \d/);
    assert.match(out, /forgotten-job/);
  });

  test('closes the rotation, and the old key fails at once while the new one goes on', async () => {
    assert.equal((await sallyport('keys', 'close', know.id)).code, 0);
    const old = await calls('get_customer', { key: know.key });
    assert.equal(old.status, 401);
    assert.equal((await calls('get_customer', { key: know.successor })).status, 200);
  });

  test('leaves no secret in the trail', async () => {
    const { out } = await sallyport('audit', '--json', '--limit', '1000');
    assert.match(out, /delete_customer/);
    for (const secret of [know.key, know.successor]) assert.ok(!out.includes(secret));
  });

  test('finds every step of the terminal in the trail beside the calls, once each (R75)', async () => {
    const { out } = await sallyport('audit', '--json', '--limit', '1000');
    const done = [...out.matchAll(/"call":"admin\/(\w+\/[\w-]+)"/g)].map(([, call]) => call);
    assert.deepEqual(done, ['keys/create', 'audit/explain', 'keys/allow', 'keys/rotate', 'keys/close', 'audit/list'], 'the last is the look of the step before');
    assert.match(out, /"who":"os:/);
  });
});
