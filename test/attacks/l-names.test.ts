import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { isJsonObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo, sayingJson } from '../world/canary-upstream.ts';
import { calling, legacy, modern } from '../world/mcp-requests.ts';
import type { RawReply, RequestParts } from '../world/raw-http.ts';

/** Group L, names: methods and tools are compared byte for byte, what is unknown is refused, and no body or schema is dear. */

const ACCEPTED = 'm\u00fcll holen';
const world = await AttackWorld.start({ alpha: { acceptTools: [ACCEPTED] } });
after(() => world[Symbol.asyncDispose]());

const UNKNOWN = { status: 404, code: 'rpc.unknown-method', rpc: -32601 } as const;
const DENIED = { status: 403, code: 'permission.denied' } as const;
const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const full = { key: KEYS.full };

suite('A method that is not listed', () => {
  const odd = ['tools/Call', 'Tools/call', ' tools/call', 'tools/call ', 'tools//call', '/tools/call', 'tools/call/', 'tools.call', 'tools\\call', 'tools/calls', 'tools/list?', 'tоols/call', 'ｔools/call', 'rpc.discover', 'sampling/createMessage', 'elicitation/create', 'roots/list', 'tools', 'toString', '__proto__', 'admin/keys', 'x'.repeat(10_000)];
  for (const method of odd) test(`[N13] ${JSON.stringify(method.slice(0, 24))} is refused`, () => refused(legacy(method, { name: 'get_thing' }, full), UNKNOWN));
  for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'tasks/list', 'tasks/result']) {
    test(`[N13] ${method} is none of the newest revision's${method === 'initialize' ? ', nor under its header' : ''}`, () => refused(modern(method, { name: 'x', uri: 'doc://open/1', taskId: 'x' }, { ...full, without: ['mcp-name'] }), UNKNOWN));
  }
  for (const method of ['server/discover', 'subscriptions/listen', 'tasks/update']) test(`[N13] ${method} is none of the revisions before`, () => refused(legacy(method, { notifications: {}, taskId: 'x' }, full), UNKNOWN));

  const notice = (method: string, era: 'modern' | 'legacy'): RequestParts =>
    (era === 'modern' ? modern : legacy)(method, {}, { ...full, body: JSON.stringify({ jsonrpc: '2.0', method, params: {} }) });
  for (const method of ['notifications/cancelled', 'notifications/initialized', 'notifications/progress', 'notifications/anything', 'tools/call']) {
    test(`[N13] as a notification of the newest revision ${method} is refused`, () => refused(notice(method, 'modern'), { status: 404, code: 'rpc.unknown-method', rpc: -32601 }));
  }
  for (const method of ['notifications/Cancelled', 'notifications/message', 'notifications/tools/list_changed', 'tools/call', 'tools/list', 'initialize']) test(`[N13] as a notification of an older one ${method} is refused`, () => refused(notice(method, 'legacy'), UNKNOWN));

  test('[N13] an answer that nobody asked for is refused', async () => {
    const answer = (body: JsonObject): RequestParts => legacy('x', {}, { ...full, body: JSON.stringify(body) });
    for (const body of [{ jsonrpc: '2.0', id: 1, result: {} }, { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'x' } }]) await refused(answer(body), { status: 400, code: 'rpc.invalid', rpc: -32600 });
    for (const body of [{ jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: 'x' } }, { jsonrpc: '2.0', result: {} }, { jsonrpc: '2.0', id: 1, result: [] }, { jsonrpc: '2.0', id: null, result: {} }, { jsonrpc: '2.0', id: 1, method: 'tools/call', result: {} }]) {
      await refused(answer(body), { status: 400, code: 'rpc.invalid', rpc: -32600 });
    }
  });
  test('[N13] control: the listed ones pass', async () => {
    await world.passes(legacy('ping', {}, full));
    await world.passes(modern('tools/list', {}, full));
  });
});

suite('A tool by another name', () => {
  // All of these some reader normalises, trims, folds, decodes or cuts to a tool that exists and is permitted.
  const names = ['get_thing ', ' get_thing', 'GET_THING', 'Get_thing', 'get%5fthing', 'get_thing%20', 'ｇet_thing', 'get\u200b_thing', 'get_thing\u200d', '\u202egniht_teg', 'get_thing\u0301', 'gеt_thing', 'get＿thing', 'alpha__get_thing', 'alpha:get_thing', 'alpha/get_thing', 'alpha.get_thing', './get_thing', 'get_thing/', 'get_thing\\', 'get_thing#', 'get_thing?x', 'get_thing;', '*', 'get_*', 'g'.repeat(129)];
  for (const name of names) {
    test(`[N14] ${JSON.stringify(name.slice(0, 30))} is refused to a key for that tool`, () => refused(legacy('tools/call', { name }, { key: KEYS.reader }), DENIED));
  }
  for (const name of names.filter((candidate) => !/^[A-Za-z0-9_.-]{1,128}$/.test(candidate))) {
    test(`[N14] ${JSON.stringify(name.slice(0, 30))} waits for the operator, even with a key for everything`, () => refused(legacy('tools/call', { name }, full), DENIED));
  }
  for (const name of ['get_thing\n', 'get_thing\u0007', '\u001b[2Jget_thing', 'get_thing\u0085']) test(`[N14] ${JSON.stringify(name)} is no name`, () => refused(legacy('tools/call', { name }, full), { status: 400, code: 'rpc.params', rpc: -32602 }));

  test('[N14] what the operator has accepted is accepted in that spelling only', async () => {
    await world.passes(legacy('tools/call', { name: ACCEPTED }, full));
    await refused(legacy('tools/call', { name: ACCEPTED.normalize('NFD') }, full), DENIED);
    await refused(legacy('tools/call', { name: ACCEPTED.toUpperCase() }, full), DENIED);
  });

  test('[N14] lists show no tool that could not be called', async () => {
    const listed = ['get_thing', 'get_thing ', ACCEPTED, ACCEPTED.normalize('NFD'), 'get\u200b_thing', 'a b', ''];
    using _told = world.canary.when('tools/list', sayingJson((seen) => answerTo(seen, { tools: listed.map((name) => ({ name, inputSchema: {} })) })));
    const reply = await world.passes(modern('tools/list', {}, full));
    assert.deepEqual(toolsIn(reply), ['get_thing', ACCEPTED]);
  });
  test('[N14] control: the tool by its name', () => world.passes(legacy('tools/call', { name: 'get_thing' }, { key: KEYS.reader })).then(() => undefined));
});

function toolsIn(reply: RawReply): readonly unknown[] {
  const message: unknown = JSON.parse(reply.body);
  const result = isJsonObject(message) && isJsonObject(message['result']) ? message['result'] : {};
  return Array.isArray(result['tools']) ? result['tools'].map((tool: unknown) => (isJsonObject(tool) ? tool['name'] : undefined)) : [];
}

suite('Bodies and schemas made to cost', () => {
  const body = (values: string): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_thing', arguments: {} } }).replace('"arguments":{}', `"arguments":${values}`);
  const members = (count: number, name: (at: number) => string): string => `{${Array.from({ length: count }, (_, at) => `"${name(at)}":1`).join()}}`;
  const dear: Readonly<Record<string, string>> = {
    'a hundred thousand members': members(100_000, (at) => `m${String(at)}`),
    'names that are numbers': members(100_000, (at) => String(at * 7)),
    'long names that differ at the end': members(3_000, (at) => `${'x'.repeat(1_000)}${String(at)}`),
    'a million values': `[${'1,'.repeat(1_000_000)}1]`,
    'half a million empty objects': `[${'{},'.repeat(500_000)}{}]`,
    'backslashes': `["${'\\\\'.repeat(1_500_000)}"]`,
  };
  for (const [what, values] of Object.entries(dear)) {
    test(`[N15] ${what} do not stop the gateway: a caller beside is answered within their patience`, async () => {
      const asked = world.send(legacy('x', {}, { ...full, body: body(values) }));
      assert.equal((await world.send(calling('get_thing', full))).status, 200);
      assert.ok([200, 400].includes((await asked).status));
      await world.assertWell();
    });
  }

  test('[N15] a schema that points elsewhere or backtracks is data: nothing is fetched, nothing is run', async () => {
    const inputSchema = { $ref: world.canary.url('fetched'), $schema: world.canary.url('fetched'), properties: { a: { type: 'string', pattern: '^(a+)+$', default: 'a'.repeat(50) } } };
    using _told = world.canary.when('tools/list', sayingJson((seen) => answerTo(seen, { tools: [{ name: 'get_thing', inputSchema }], resourceTemplates: [{ uriTemplate: `{${'a,'.repeat(10_000)}a}`, name: 'x' }] })));
    const reply = await world.passes(modern('tools/list', {}, { key: KEYS.reader }));
    assert.match(reply.body, /\(a\+\)\+/);
    assert.deepEqual(world.canary.requests.filter(({ target }) => target.includes('fetched')), []);
  });
});
