import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { compileGlob } from '../../src/model/permission/permission.ts';
import { configText, KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { bodiless, calling, legacy, modern } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import type { RawReply, RequestParts } from '../world/raw-http.ts';
import { until } from '../world/until.ts';

/** Group N, the decision: denied unless permitted, and whoever is denied does not learn what there is. */

const GHOST = 'ghost-key-0123456789abcdef0';
const world = await AttackWorld.start({ keys: { [GHOST]: { name: 'Ghost', userId: 'ghost', role: 'nobody-has-written-this', permissions: [] } } });
after(() => world[Symbol.asyncDispose]());

const DENIED = { status: 403, code: 'permission.denied' } as const;
const PARAMS = { status: 400, code: 'rpc.params', rpc: -32602 } as const;
const reader = { key: KEYS.reader };
const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const passed = async (request: RequestParts): Promise<void> => void (await world.passes(request));

suite('Without a rule there is no permission', () => {
  for (const [who, key] of [['a key without permissions', KEYS.nothing], ['a key whose role nobody has written', GHOST]] as const) {
    test(`[Q01] ${who} may do nothing, not even ask what there is`, async () => {
      for (const request of [calling('get_thing', { key }), modern('tools/list', {}, { key }), modern('server/discover', {}, { key }), legacy('ping', {}, { key }), legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }, { key }), legacy('logging/setLevel', { level: 'debug' }, { key }), bodiless('GET', { key }), bodiless('DELETE', { key })]) {
        await refused(request, DENIED);
      }
    });
  }
  for (const text of ['', ' ', 'alpha', ':', ':get_thing', 'alpha:', 'alpha:get thing', ' *', '**:', 'alpha get_thing', '\talpha:x', 'alpha:x\n']) {
    test(`[Q01] a rule that cannot be read (${JSON.stringify(text)}) stops the start`, () => {
      assert.throws(() => parseConfig(JSON.stringify({ servers: { alpha: { url: 'http://127.0.0.1:1/' } }, roles: { reader: ['alpha:get_thing', text] } }), 'test'), ConfigError);
    });
  }
  test('[Q01] a rule for one kind covers no other', async () => {
    const key = (await world.mint(['alpha:prompt/*'])).secret;
    await refused(calling('greet', { key }), DENIED);
    await refused(modern('resources/read', { uri: 'greet' }, { key }), DENIED);
    await passed(modern('prompts/get', { name: 'greet' }, { key }));
  });
  test('[Q01] nor does a rule for a server cover one whose name begins or ends alike', async () => {
    const key = (await world.mint(['alph:*', 'alphaa:*', 'lpha:*', 'ALPHA:*', 'beta:*'], { server: 'beta' })).secret;
    await refused(calling('get_thing', { key }), DENIED);
  });
});

suite('What is hidden answers like what is not there', () => {
  const asks: Readonly<Record<string, { readonly hidden: string; readonly unknown: string; readonly ask: (name: string, key: string) => RequestParts }>> = {
    'a tool': { hidden: 'delete_thing', unknown: 'destroy_it_all', ask: (name, key) => calling(name, { key }) },
    'a tool, in the old way': { hidden: 'delete_thing', unknown: 'destroy_it_all', ask: (name, key) => legacy('tools/call', { name, arguments: {} }, { key }) },
    'a prompt': { hidden: 'secret_prompt', unknown: 'absent_prompt', ask: (name, key) => modern('prompts/get', { name }, { key }) },
    'a resource': { hidden: 'doc://closed/1', unknown: 'doc://absent/1', ask: (uri, key) => modern('resources/read', { uri }, { key }) },
    'the completion of a prompt': { hidden: 'secret_prompt', unknown: 'absent_prompt', ask: (name, key) => modern('completion/complete', { ref: { type: 'ref/prompt', name }, argument: { name: 'a', value: '' } }, { key }) },
    'the completion of a template': { hidden: 'doc://closed/{id}', unknown: 'doc://absent/{id}', ask: (uri, key) => modern('completion/complete', { ref: { type: 'ref/resource', uri }, argument: { name: 'a', value: '' } }, { key }) },
    'a subscription': { hidden: 'doc://closed/1', unknown: 'doc://absent/1', ask: (uri, key) => modern('subscriptions/listen', { notifications: { resourceSubscriptions: ['doc://open/1', uri] } }, { key }) },
    'a subscription, in the old way': { hidden: 'doc://closed/1', unknown: 'doc://absent/1', ask: (uri, key) => legacy('resources/subscribe', { uri }, { key }) },
    'the end of one': { hidden: 'doc://closed/1', unknown: 'doc://absent/1', ask: (uri, key) => legacy('resources/unsubscribe', { uri }, { key }) },
  };
  const shown = (reply: RawReply, name: string): string => {
    const id = reply.headers.get('x-request-id')?.[0] ?? 'none';
    return reply.text.replaceAll(id, 'ID').replaceAll(name, 'NAME').replace(/Date: [^\r]+/, 'Date').replace(/Content-Length: \d+/, 'Length');
  };
  for (const [what, { hidden, unknown, ask }] of Object.entries(asks)) {
    test(`[Q03] ${what}`, async () => {
      const replies = [shown(await world.refuses(ask(hidden, KEYS.reader), DENIED), hidden), shown(await world.refuses(ask(unknown, KEYS.reader), DENIED), unknown)];
      assert.equal(replies[0], replies[1]);
    });
  }
  test("[Q03] somebody else's task or state answers like none", async () => {
    for (const [method, params, code] of [['tasks/get', { taskId: 't-1' }, 'task.unknown'], ['tasks/cancel', { taskId: 't-1' }, 'task.unknown'], ['tools/call', { name: 'get_thing', requestState: 's-1' }, 'state.unknown']] as const) {
      await refused(modern(method, params, reader), { status: 400, code, rpc: -32602 });
    }
  });
  test('[Q03] one hidden address among many refuses the whole subscription', async () => {
    const many = Array.from({ length: 50 }, (_, at) => `doc://open/${String(at)}`);
    await refused(modern('subscriptions/listen', { notifications: { resourceSubscriptions: [...many, 'doc://closed/1'] } }, reader), DENIED);
  });
  test('[Q03] an open stream does not tell that a hidden resource has changed', async () => {
    const changed = (uri: string): string => `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } })}\n\n`;
    using _told = world.canary.when('GET', (_seen, response) => void response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(changed('doc://closed/1') + changed('doc://open/1')));
    const reply = await world.passes(bodiless('GET', reader));
    assert.match(reply.body, /doc:\/\/open\/1/);
    assert.doesNotMatch(reply.body, /closed/);
  });
  test('[Q03] control: what is permitted is answered', async () => {
    await passed(calling('get_thing', reader));
    await passed(modern('prompts/get', { name: 'greet' }, reader));
    await passed(modern('resources/read', { uri: 'doc://open/1' }, reader));
    await passed(modern('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: '' } }, reader));
  });
});

suite('Tricks with what is asked for', () => {
  const read = (uri: string): RequestParts => modern('resources/read', { uri }, { ...reader, without: ['mcp-name'], headers: [['Mcp-Name', `=?base64?${Buffer.from(uri).toString('base64')}?=`]] });
  for (const uri of ['doc://open/../closed/1', 'doc://open/./1', 'doc://open/..', 'doc://open/a/../../closed/1', 'doc://open/%2e%2e/closed/1', 'doc://open/%2E./closed/1', 'doc://open/.%2e/closed', 'doc://open/..%2fclosed/1', 'doc://open/%2f../closed', 'doc://open/..\\closed', 'doc://open/\\..\\closed', 'doc://open/..?x', 'doc://open/..#x', 'doc:../open', '../doc://open/1']) {
    test(`[Q04] ${uri} is an address that others would resolve to another`, () => refused(read(uri), PARAMS));
  }
  for (const uri of ['DOC://open/1', 'doc://OPEN/1', 'doc://open', 'doc:/open/1', 'doc://open%2f1', ' doc://open/1', 'doc://open@closed/1', 'doc://closed/1#doc://open/1', 'doc://closed/1?doc://open/', '*', 'doc://open\u200b/1', 'doc：//open/1', 'dоc://open/1']) {
    test(`[Q04] ${JSON.stringify(uri)} is none that was permitted`, () => refused(read(uri), DENIED));
  }
  for (const name of [['get_thing'], { name: 'get_thing' }, null, 1, true, '', undefined]) {
    test(`[Q04] the name ${JSON.stringify(name) ?? 'left out'} is none`, async () => {
      const params: JsonObject = name === undefined ? {} : { name };
      await refused(legacy('tools/call', params, { key: KEYS.full }), PARAMS);
      await refused(legacy('prompts/get', params, { key: KEYS.full }), PARAMS);
    });
  }
  for (const subscriptions of ['doc://open/1', { 0: 'doc://open/1' }, [['doc://open/1']], [null], [1]]) {
    test(`[Q04] nor can ${JSON.stringify(subscriptions)} be subscribed to`, () => refused(modern('subscriptions/listen', { notifications: { resourceSubscriptions: subscriptions } }, { key: KEYS.full }), PARAMS));
  }
  test('[Q04] dots that are no segment are nothing special', async () => {
    for (const uri of ['doc://open/...', 'doc://open/a..b', 'doc://open/.hidden', 'doc://open/v1.2/x.', 'doc://open/x?y=../z']) await passed(read(uri));
  });
  test('[Q04] no rule and no name make matching dear: stars cost their number, not its power', () => {
    const matches = compileGlob(`${'*a'.repeat(2_000)}*b`);
    assert.equal(matches(`${'a'.repeat(8_000)}c`), false);
    assert.equal(matches(`${'a'.repeat(8_000)}b`), true);
    assert.equal(compileGlob('(a+)+$')('a'.repeat(100)), false);
  });
});

suite('Rules that have changed', () => {
  test('[Q07] are used from the next call on, and what was decided under the old ones ends', async () => {
    using stream = new Dialogue(world.port);
    stream.write(written(bodiless('GET', reader)));
    assert.equal((await stream.head()).status, 200);
    await world.reconfigure({ roles: { reader: ['alpha:get_other'] } });
    await stream.end(5_000);
    await refused(calling('get_thing', reader), DENIED);
    await passed(calling('get_other', reader));
  });
  test('[Q07] for ones that cannot be read are not: the rules before stay', async () => {
    writeFileSync(world.configFile, configText({ roles: { reader: ['unreadable'] }, port: world.port, canary: world.canary }));
    await until('the gateway says so', () => Promise.resolve(world.process.stderr().includes('is not used') ? true : undefined), { withinMs: 5_000 });
    await refused(calling('get_thing', reader), DENIED);
    await passed(calling('get_other', reader));
  });
  test('[Q07] control: and when they are good again they are used again', async () => {
    await world.reconfigure({});
    await passed(calling('get_thing', reader));
  });
});
