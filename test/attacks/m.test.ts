import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { isJsonObject } from '../../src/model/json.ts';
import { ALPHA_TOKEN, KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { calling, legacy, META, modern } from '../world/mcp-requests.ts';
import type { Asked } from '../world/mcp-requests.ts';
import type { HeaderLines, RequestParts } from '../world/raw-http.ts';

/** Group M, headers: they decide nothing, contradict nothing, and what goes upstream is an allow-list. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const MISMATCH = { status: 400, code: 'rpc.header-mismatch', rpc: -32020 } as const;
const AMBIGUOUS = { status: 400, code: 'http.headers-refused' } as const;
const DENIED = { status: 403, code: 'permission.denied' } as const;
const full = { key: KEYS.full };
const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const passed = async (request: RequestParts): Promise<void> => void (await world.passes(request));
/** A good call whose header of this name is another, or gone. */
const with_ = (name: string, ...values: readonly string[]): RequestParts => calling('get_thing', { ...full, without: [name.toLowerCase()], headers: values.map((value) => [name, value] as const) });
const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

suite('A header that repeats the body and says something else is refused', () => {
  const others: Readonly<Record<string, readonly string[]>> = {
    'MCP-Protocol-Version': ['2025-11-25', '2025-06-18', '2027-01-01', '2026-07-28, 2026-07-28', '"2026-07-28"', ''],
    'Mcp-Method': ['tools/list', 'Tools/Call', 'tools/call, tools/call', 'tools/call;x', ''],
    'Mcp-Name': ['delete_thing', 'GET_THING', 'get_thing, get_thing', 'get_thing;x', '"get_thing"', 'get%5Fthing', ''],
  };
  for (const [name, values] of Object.entries(others)) {
    for (const value of values) test(`[H01] ${name}: ${value}`, () => refused(with_(name, value), MISMATCH));
    test(`[H01] no ${name}`, () => refused(with_(name), MISMATCH));
    test(`[H01] ${name} twice, though alike`, () => refused(with_(name, ...Array<string>(2).fill(name === 'Mcp-Name' ? 'get_thing' : name === 'Mcp-Method' ? 'tools/call' : '2026-07-28')), MISMATCH));
  }
  test('[H01] Mcp-Name where the method names nothing', () => refused(modern('tools/list', {}, { ...full, headers: [['Mcp-Name', 'get_thing']] }), MISMATCH));
  test('[H01] Mcp-Name of a resource, a prompt or a task that is another', async () => {
    await refused(modern('resources/read', { uri: 'doc://open/1' }, { ...full, without: ['mcp-name'], headers: [['Mcp-Name', 'doc://closed/1']] }), MISMATCH);
    await refused(modern('prompts/get', { name: 'greet' }, { ...full, without: ['mcp-name'], headers: [['Mcp-Name', 'secret_prompt']] }), MISMATCH);
    await refused(modern('tasks/get', { taskId: 't1' }, { ...full, without: ['mcp-name'], headers: [['Mcp-Name', 't2']] }), MISMATCH);
  });
  test('[H01] control: white space around a value is none of it, and the case of a name neither', async () => {
    await passed(with_('Mcp-Name', ' \t get_thing \t '));
    await passed(with_('mCP-nAME', 'get_thing'));
  });

  const encoded = [base64('delete_thing'), base64('get_thing').replace('=?base64?', '=?BASE64?'), base64(base64('get_thing')), '=?base64?Z2V0X3RoaW5n', '=?base64?Z2V0X3RoaW5n?', '=?base64?Z2V0X3RoaW5n!?=', '=?base64?Z2V0X3RoaW5nAA==?=', '=?base64?Z2V0X3RoaW5?=', '=?base64?Z2V0 X3RoaW5n?=', '=?base64?_-__?=', '=?base64??=', '=?base64?/w==?=', '=?utf-8?B?Z2V0X3RoaW5n?=', 'Z2V0X3RoaW5n', '\u00e9'];
  for (const value of encoded) test(`[H02] Mcp-Name: ${value}`, () => refused(with_('Mcp-Name', value), MISMATCH));
  test('[H02] a name that looks encoded stands for itself only when it is encoded itself', async () => {
    const uri = base64('doc://open/1');
    await refused(modern('resources/read', { uri }, full), MISMATCH);
    await passed(modern('resources/read', { uri }, { ...full, without: ['mcp-name'], headers: [['Mcp-Name', base64(uri)]] }));
  });
  test('[H02] a parameter that no server could decode', () => refused(calling('get_thing', { ...full, headers: [['Mcp-Param-Region', '=?base64?!?=']] }), MISMATCH));
  test('[H02] control: encoded once it is the name', () => passed(with_('Mcp-Name', base64('get_thing'))));
});

suite('Headers of one revision over a body of another', () => {
  const reader = { key: KEYS.reader };
  const claim: HeaderLines = [['Mcp-Method', 'tools/call'], ['Mcp-Name', 'get_thing']];
  test('[H03] the new version over an old body is refused', async () => {
    const asked: Asked = { ...full, without: ['mcp-protocol-version'], headers: [['MCP-Protocol-Version', '2026-07-28'], ...claim] };
    await refused(legacy('tools/call', { name: 'get_thing' }, asked), { status: 400, code: 'rpc.params', rpc: -32602 });
    await refused(legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }, asked), MISMATCH);
  });
  test('[H03] an old version over a new body is refused', () => refused(modern('tools/call', { name: 'get_thing' }, { ...full, without: ['mcp-protocol-version'], headers: [['MCP-Protocol-Version', '2025-11-25']] }), MISMATCH));
  test('[H03] a permitted name in the header of an old call does not cover the one in its body', () => refused(legacy('tools/call', { name: 'delete_thing' }, { ...reader, headers: claim }), DENIED));
  test('[H03] nor does a permitted method', () => refused(legacy('resources/read', { uri: 'doc://closed/1' }, { ...reader, headers: [['Mcp-Method', 'tools/list']] }), DENIED));
  test('[H03] and who stands between gateway and server never gets to read what nobody has compared', async () => {
    await passed(legacy('tools/call', { name: 'get_thing' }, { ...reader, headers: [['Mcp-Method', 'tools/list'], ['Mcp-Name', 'delete_thing'], ['Mcp-Param-X', 'y']] }));
    assert.deepEqual(namesHeard().filter((name) => /^mcp-(?!protocol-version)/.test(name)), []);
  });
  test('[H03] a version that nobody knows, in the body', () => refused(modern('tools/call', { name: 'get_thing' }, { ...full, without: ['mcp-protocol-version'], headers: [['MCP-Protocol-Version', '2099-01-01']], body: bodyWith('2099-01-01') }), { status: 400, code: 'rpc.version', rpc: -32022 }));
});

const bodyWith = (version: string): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', _meta: { ...META, 'io.modelcontextprotocol/protocolVersion': version } } });

/** Names of the header lines that reached the canary last. */
const namesHeard = (): readonly string[] => world.canary.requests.at(-1)?.headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()) ?? [];
const heard = (name: string): readonly string[] => {
  const lines = world.canary.requests.at(-1)?.headers ?? [];
  return lines.filter((_, at) => at % 2 === 1 && lines[at - 1]?.toLowerCase() === name);
};

suite('What goes upstream is chosen by the gateway', () => {
  for (const nominated of ['Authorization', 'authorization, X-Gw-User', 'Mcp-Method, Mcp-Name, Content-Length, Content-Type, Host', 'close, Authorization', 'x, y, authorization ,', 'keep-alive, upgrade, authorization']) {
    test(`[H08] Connection: ${nominated} takes nothing away`, async () => {
      await passed(calling('get_thing', { ...full, without: ['connection'], headers: [['Connection', nominated]] }));
      assert.deepEqual(heard('authorization'), [ALPHA_TOKEN]);
      assert.deepEqual([heard('mcp-method'), heard('mcp-name')], [['tools/call'], ['get_thing']]);
      assert.ok(!heard('connection').includes(nominated));
    });
  }

  const chosen: HeaderLines = [['X-Evil', 'x'], ['X-User', 'admin'], ['Forwarded', 'for=1'], ['X-Forwarded-For', '10.0.0.1'], ['Via', 'x'], ['TE', 'trailers'], ['Trailer', 'x'], ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'], ['Proxy-Connection', 'keep-alive'], ['Range', 'bytes=0-1'], ['If-None-Match', '*'], ['Accept-Encoding', 'gzip'], ['Cookie', 'a=b'], ['Origin', 'http://localhost:1'], ['Mcp-Session-Id', 's'], ['Last-Event-ID', '9'], ['Expect', '100-continue'], ['__proto__', 'x'], ['constructor', 'x']];
  test('[H11] of headers the caller invents nothing arrives', async () => {
    await passed(calling('get_thing', { ...full, headers: chosen }));
    const allowed = ['host', 'accept', 'content-type', 'content-length', 'mcp-protocol-version', 'mcp-method', 'mcp-name', 'authorization'];
    assert.deepEqual([...namesHeard()].sort(), [...allowed].sort());
    assert.deepEqual(heard('host'), [`127.0.0.1:${String(world.canary.port)}`]);
  });
  test('[H11] the length is that of the bytes that are sent, and there is one', async () => {
    await passed(calling('get_thing', full));
    assert.deepEqual(heard('content-length'), [String(Buffer.byteLength(world.canary.requests.at(-1)?.body ?? ''))]);
    for (const names of [['Content-Length', 'content-length'], ['Content-Length', 'Content-LENGTH']] as const) {
      await refused(calling('get_thing', { ...full, headers: names.map((name) => [name, '10'] as const) }), { status: 400, code: 'http.malformed' });
    }
  });
  test('[H11] control: what the caller may say arrives as it was said', async () => {
    await passed(calling('get_thing', { ...full, headers: [['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'], ['Accept-Language', 'de'], ['Mcp-Param-Region', 'eu']] }));
    assert.deepEqual([heard('traceparent').length, heard('accept-language'), heard('mcp-param-region')], [1, ['de'], ['eu']]);
  });
});

suite('A header that comes twice is ambiguous', () => {
  const doubled: Readonly<Record<string, string>> = { Host: '127.0.0.1', 'X-API-Key': KEYS.full, Authorization: 'Basic x', Origin: 'http://localhost', 'X-Role': 'user', 'X-User': 'a', 'Mcp-Session-Id': 's', 'Last-Event-ID': '1', traceparent: 'x', 'User-Agent': 'x', 'Content-Encoding': 'identity', Connection: 'close', Expect: '100-continue', '__proto__': 'x' };
  for (const [name, value] of Object.entries(doubled)) {
    const usual = ['host', 'x-api-key', 'connection'].includes(name.toLowerCase());
    const code = name.toLowerCase().startsWith('mcp-') ? MISMATCH : AMBIGUOUS;
    test(`[H10] ${name}, in two cases`, () => refused(calling('get_thing', { ...full, headers: [[name.toUpperCase(), value], ...(usual ? [] : [[name, value] as const])] }), code));
  }
  test('[H10] a list in one line gives no role', async () => {
    for (const name of ['X-Role', 'X-Roles', 'X-Permissions', 'X-Group']) await refused(calling('delete_thing', { key: KEYS.reader, headers: [[name, 'user,admin,*']] }), DENIED);
  });
  test('[H10] control: lists that may be split over lines', async () => {
    const reply = await world.passes(calling('get_thing', { ...full, headers: [['Accept', 'text/html'], ['Cookie', 'a=1'], ['Cookie', 'b=2'], ['X-Forwarded-For', '1.2.3.4'], ['X-Forwarded-For', '1.2.3.5'], ['Via', 'a'], ['Via', 'b']] }));
    assert.ok(isJsonObject(JSON.parse(reply.body)));
  });
});
