import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { auditLine, liveLine } from '../../src/cli/live-line.ts';
import { painter } from '../../src/cli/terminal.ts';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { saying } from '../world/canary-upstream.ts';
import { calling } from '../world/mcp-requests.ts';

/** Group S: the trail cannot be forged or garbled by what callers send, and errors tell of nobody else. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const plain = painter(false);
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** The one record that a request leaves. */
const recordOf = async (request: Parameters<AttackWorld['send']>[0]): Promise<AuditEvent> => {
  const { position } = world;
  await world.send(request);
  const records = await world.callsOnceThere(position, 1);
  assert.equal(records.length, 1);
  const [record] = records;
  assert.ok(record);
  return record;
};

const assertPrintable = (record: AuditEvent): void => {
  for (const line of [auditLine(record, plain), liveLine(record, plain)]) {
    assert.equal(line.includes('\n'), false);
    assert.doesNotMatch(line, UNSAFE);
  }
};

suite('What a caller writes cannot garble the trail', () => {
  const NASTY = ['a\r\nforged line', '\u001b[31mred\u001b[0m', '\u001b]0;title\u0007', 'x\u2028y\u2029z', '","decision":"allow', '\u202egnp.exe', '\u0000', '\u009b31m', '{"v":1}\n{"v":1}'];
  for (const [number, text] of NASTY.entries()) {
    test(`[G01] in an argument (${String(number)})`, async () => assertPrintable(await recordOf(calling('get_thing', { key: KEYS.full }, { note: text, [`n${text}`]: 1 }))));
    test(`[G01] as a tool's name (${String(number)})`, async () => {
      const name = JSON.stringify(text);
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${name},"arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`;
      const record = await recordOf(calling('x', { key: KEYS.full, body, headers: [['Mcp-Name', `=?base64?${Buffer.from(text).toString('base64')}?=`]], without: ['mcp-name'] }));
      assert.equal(record.decision, 'deny');
      assertPrintable(record);
    });
    test(`[G01] as the client's name (${String(number)})`, async () => {
      const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}, 'io.modelcontextprotocol/clientInfo': { name: `n${text}`, version: '1' } };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', arguments: {}, _meta: meta } });
      assertPrintable(await recordOf(calling('get_thing', { key: KEYS.full, body })));
    });
  }
  test('[G01] in User-Agent and path, as far as HTTP lets it through', async () => {
    assertPrintable(await recordOf(calling('get_thing', { key: KEYS.full, headers: [['User-Agent', 'a\u009b31m","x":"']] })));
    assertPrintable(await recordOf(calling('get_thing', { key: KEYS.full, target: '/\u009b31m%0d%0aforged' })));
  });
  test('[G01] control: an ordinary call reads as the sentence (R71, R72)', async () => {
    const record = await recordOf(calling('delete_thing', { key: KEYS.full }, { id: 'cust_789' }));
    assert.match(auditLine(record, plain), /full@company\.com called delete_thing \{"id":"cust_789"\} on alpha/);
  });
});

suite('Secrets in what is recorded are masked', () => {
  const SECRETS = { password: 'hunter2hunter2', api_key: 'abcdef', note: 'key sally_live_0123456789abcdef', url: 'https://u:passw0rd@host/?api_key=zzzzzz', jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', gh: 'ghp_0123456789abcdefghijABCDEFGHIJ' };
  test('[R87] arguments', async () => {
    const text = JSON.stringify(await recordOf(calling('get_thing', { key: KEYS.full }, { ...SECRETS, deep: [{ token: 'tttttt' }] })));
    for (const secret of ['hunter2hunter2', 'abcdef"', 'sally_live_0123456789abcdef', 'passw0rd', 'zzzzzz', 'c2lnbmF0dXJl', 'ghp_0123456789', 'tttttt']) assert.ok(!text.includes(secret), secret);
  });
  test('[K10] a key in the query leaves no trace in the trail or in what the gateway writes', async () => {
    const record = await recordOf(calling('get_thing', { key: null, target: `/alpha/mcp?api_key=${KEYS.full}` }));
    assert.equal(record.via, 'query');
    assert.ok(!JSON.stringify(record).includes(KEYS.full));
    assert.ok(!world.process.stderr().includes(KEYS.full));
  });
  test('[R72] control: an ordinary argument stands there', async () => assert.deepEqual((await recordOf(calling('get_thing', { key: KEYS.full }, { id: 'cust_789' }))).arguments, { id: 'cust_789' }));
});

suite('Errors under concurrency', () => {
  test('[G05] no error carries a detail of another request', async () => {
    const ask = async (number: number): Promise<void> => {
      const mine = `tool_${String(number)}_mine`;
      const reply = await world.send(calling(mine, { key: KEYS.reader, id: number }));
      assert.equal(reply.status, 403);
      assert.deepEqual([...new Set(reply.body.match(/tool_\d+_mine/g))], [mine]);
      const id = reply.headers.get('x-request-id')?.[0] ?? '';
      assert.ok(reply.body.includes(id));
    };
    await Promise.all(Array.from({ length: 200 }, (_, number) => ask(number)));
  });
  test('[G05] upstream failures neither', async () => {
    using _told = world.canary.when('get_other', saying(500, { 'Content-Type': 'text/plain' }, (seen) => `secret of ${JSON.stringify(seen.message['id'])}`));
    const replies = await Promise.all(Array.from({ length: 50 }, (_, number) => world.send(calling('get_other', { key: KEYS.full, id: number }))));
    for (const reply of replies) assert.doesNotMatch(reply.body, /secret of/);
  });
});

test('[G06] a write stands in the trail before it reaches the upstream; a read needs no intent', async () => {
  const { position } = world;
  let intended: readonly AuditEvent[] = [];
  using _told = world.canary.when('delete_thing', (_seen, response) => {
    intended = world.records(position);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}');
  });
  await world.passes(calling('delete_thing', { key: KEYS.full }, { id: 'cust_1' }));
  assert.deepEqual(intended.map(({ type, target, arguments: values }) => ({ type, target, values })), [{ type: 'intent', target: 'delete_thing', values: { id: 'cust_1' } }]);
  const behind = world.position;
  await world.passes(calling('get_thing', { key: KEYS.full }));
  await world.callsOnceThere(behind, 1);
  assert.deepEqual(world.records(behind).map(({ type }) => type), ['call']);
});
