import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld, rpcCodeOf } from '../world/attack-world.ts';
import { answerTo, resultOf, saying, type Answer, type Seen } from '../world/canary-upstream.ts';
import { calling, legacy, modern } from '../world/mcp-requests.ts';
import type { RawReply } from '../world/raw-http.ts';

/** Group N: what is listed is what can be called, in whatever form the server answers, and a refusal tells of nothing hidden. */

const world = await AttackWorld.start({ keys: { 'glob-key-0123456789abcdef01': { name: 'Glob', userId: 'glob', permissions: ['alpha:get_*', 'nowhere:*'] } } });
after(() => world[Symbol.asyncDispose]());

const reader = { key: KEYS.reader };
const LISTS = [
  ['tools/list', 'tools', ['get_thing'], /get_other|delete_thing/],
  ['prompts/list', 'prompts', ['greet'], /secret_prompt/],
  ['resources/list', 'resources', ['doc://open/1'], /doc:\/\/closed/],
  ['resources/templates/list', 'resourceTemplates', ['doc://open/{id}'], /doc:\/\/closed/],
] as const;

const NAME_OF: Readonly<Record<string, string>> = { tools: 'name', prompts: 'name', resources: 'uri', resourceTemplates: 'uriTemplate' };

/** The JSON-RPC result in a reply, whole or as the last event of a stream. */
const resultIn = (reply: RawReply): JsonObject => {
  const data = reply.body.split('\n').filter((line) => line.startsWith('data: {')).map((line) => line.slice(6));
  const message = JSON.parse(data.at(-1) ?? reply.body) as { result: JsonObject }; // a good answer of the canary
  return message.result;
};

const namesIn = (reply: RawReply, member: string): readonly JsonValue[] => {
  const list = resultIn(reply)[member] as readonly JsonObject[]; // the list of a good answer
  return list.map((item) => item[NAME_OF[member] ?? 'name'] ?? null);
};

/** A good reply, with whatever good status the upstream chose. */
const passed = async (request: Parameters<AttackWorld['send']>[0]): Promise<RawReply> => {
  const reply = await world.send(request);
  assert.ok(reply.status === 200 || reply.status === 201, reply.text);
  return reply;
};

const text = (seen: Seen): string => JSON.stringify(answerTo(seen));
const json = (type: string, status = 200): Answer => saying(status, { 'Content-Type': type }, text);
const events = (write: (seen: Seen) => string, type = 'text/event-stream'): Answer => saying(200, { 'Content-Type': type }, write);
const split = (seen: Seen): string => JSON.stringify(answerTo(seen), undefined, 1).split('\n').map((line) => `data: ${line}`).join('\n');

suite('A list shows what the key may use, whatever the form of the answer', () => {
  const forms: Readonly<Record<string, Answer | undefined>> = {
    'JSON as usual': undefined,
    'Application/JSON in other letters': json('Application/JSON; Charset=UTF-8'),
    'with status 201': json('application/json', 201),
    'an event stream': events((seen) => `event: message\ndata: ${text(seen)}\n\n`),
    'an event stream with parameters': events((seen) => `data: ${text(seen)}\n\n`, 'text/event-stream ;x=y'),
    'split over many data lines': events((seen) => `${split(seen)}\n\n`),
    'with CR LF and no space behind the colon': events((seen) => `id: 7\r\ndata:${text(seen)}\r\n\r\n`),
    'behind a notification and a comment': events((seen) => `: hello\n\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}\n\ndata: ${text(seen)}\n\n`),
  };
  for (const [form, answer] of Object.entries(forms)) {
    for (const [method, member, names, hidden] of LISTS) {
      test(`[Q02] ${method}, ${form}`, async () => {
        using _told = answer === undefined ? undefined : world.canary.when(method, answer);
        const reply = await passed(modern(method, {}, reader));
        assert.deepEqual(namesIn(reply, member), names);
        assert.doesNotMatch(reply.text, hidden);
        assert.equal(resultIn(reply)['cacheScope'], 'private', '[M05] what was filtered is not for everybody');
      });
    }
  }
  test('[Q02] control: a key for everything sees everything', async () => assert.equal(namesIn(await world.passes(modern('tools/list', {}, { key: KEYS.full })), 'tools').length, 3));
  test('[Q02] the legacy revisions alike', async () => assert.deepEqual(namesIn(await world.passes(legacy('tools/list', {}, reader)), 'tools'), ['get_thing']));
  test('[Q02] numbers of the schemas that stay are not rounded', async () => {
    using _told = world.canary.when('tools/list', saying(200, { 'Content-Type': 'application/json' }, () => '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get_thing","inputSchema":{"maximum":9223372036854775807,"multipleOf":1.0}},{"name":"hidden"}]}}'));
    const reply = await world.passes(modern('tools/list', {}, reader));
    assert.match(reply.body, /9223372036854775807/);
    assert.doesNotMatch(reply.body, /hidden/);
  });
});

suite('A list that cannot be read is not passed on', () => {
  const broken: Readonly<Record<string, Answer>> = {
    'no JSON': saying(200, { 'Content-Type': 'application/json' }, () => '{"tools": hidden_tool'),
    'bytes that are no UTF-8': saying(200, { 'Content-Type': 'application/json' }, () => Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
    'no list in it': saying(200, { 'Content-Type': 'application/json' }, () => '{"jsonrpc":"2.0","id":1,"result":{"Tools":[{"name":"hidden_tool"}]}}'),
    'a list that is an object': saying(200, { 'Content-Type': 'application/json' }, () => '{"jsonrpc":"2.0","id":1,"result":{"tools":{"0":{"name":"hidden_tool"}}}}'),
    'an array of answers': saying(200, { 'Content-Type': 'application/json' }, () => '[{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"hidden_tool"}]}}]'),
    'another media type': saying(200, { 'Content-Type': 'text/plain' }, () => '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"hidden_tool"}]}}'),
    'compressed although nobody asked': saying(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, () => Buffer.from('hidden_tool')),
  };
  for (const [name, answer] of Object.entries(broken)) {
    test(`[Q02] ${name}`, async () => {
      using _told = world.canary.when('tools/list', answer);
      const reply = await world.refuses(modern('tools/list', {}, reader), { status: 502, code: 'upstream.answer-refused', reached: 1 });
      assert.doesNotMatch(reply.text, /hidden_tool/);
    });
  }
  test('[Q02] an item without a name, or with one that is no text, is left out', async () => {
    using _told = world.canary.when('tools/list', saying(200, { 'Content-Type': 'application/json' }, () => '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"title":"hidden_tool"},{"name":["get_thing"],"x":"hidden_tool"},{"name":"get_thing"}]}}'));
    const reply = await world.passes(modern('tools/list', {}, reader));
    assert.deepEqual(namesIn(reply, 'tools'), ['get_thing']);
    assert.doesNotMatch(reply.text, /hidden_tool/);
  });
});

suite('Nothing is allowed that no permission covers', () => {
  const denied: Readonly<Record<string, Parameters<AttackWorld['send']>[0]>> = {
    'a tool': calling('delete_thing', reader),
    'a tool whose name only begins like a permitted one': calling('get_thing2', reader),
    'a tool in other letters': calling('GET_THING', reader),
    'a resource': modern('resources/read', { uri: 'doc://closed/1' }, reader),
    'a resource that only begins like a permitted one': modern('resources/read', { uri: 'doc://openX/1' }, reader),
    'a prompt': modern('prompts/get', { name: 'secret_prompt' }, reader),
    'completion of a prompt': modern('completion/complete', { ref: { type: 'ref/prompt', name: 'secret_prompt' }, argument: { name: 'a', value: 'b' } }, reader),
    'completion of a resource template': modern('completion/complete', { ref: { type: 'ref/resource', uri: 'doc://closed/{id}' }, argument: { name: 'a', value: 'b' } }, reader),
    'a subscription to a resource': legacy('resources/subscribe', { uri: 'doc://closed/1' }, reader),
    'a subscription among permitted ones': modern('subscriptions/listen', { notifications: { resourceSubscriptions: ['doc://open/1', 'doc://closed/1'] } }, reader),
    'anything on another server': calling('get_thing', { ...reader, server: 'beta' }),
    'any list of another server': modern('tools/list', {}, { ...reader, server: 'beta' }),
    'anything for a key without permissions': calling('get_thing', { key: KEYS.nothing }),
    'discovery for a key without permissions': modern('server/discover', {}, { key: KEYS.nothing }),
  };
  for (const [name, request] of Object.entries(denied)) {
    test(`[Q01] [Q03] ${name}`, async () => {
      await world.refuses(request, { status: 403, code: 'permission.denied' });
    });
  }
  const allowed: Readonly<Record<string, Parameters<AttackWorld['send']>[0]>> = {
    'its tool': calling('get_thing', reader),
    'its resource': modern('resources/read', { uri: 'doc://open/9' }, reader),
    'its prompt': modern('prompts/get', { name: 'greet' }, reader),
    'completion of its prompt': modern('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: 'b' } }, reader),
    'what a glob covers': calling('get_other', { key: 'glob-key-0123456789abcdef01' }),
  };
  for (const [name, request] of Object.entries(allowed)) {
    test(`[Q01] control: ${name} passes`, async () => {
      await world.passes(request);
    });
  }
});

test('[Q03] a hidden tool answers like one that does not exist, and the reply has the same bytes but for its name', async () => {
  const shapeOf = async (name: string): Promise<string> => {
    const reply = await world.send(calling(name, reader));
    assert.equal(reply.status, 403);
    return reply.text.replaceAll(name, 'NAME').replace(/req_\w+/g, 'ID').replace(/Date: .*/, '').replace(/Content-Length: \d+/, '').replace(/RateLimit.*/g, '');
  };
  assert.equal(await shapeOf('delete_thing'), await shapeOf('no_such_thing_at_all'));
});

test('[R15] [R97] the 403 names what was asked for and what would allow it', async () => {
  const reply = await world.refuses(calling('delete_thing', reader), { status: 403, code: 'permission.denied' });
  const problem = JSON.parse(reply.body) as Record<string, unknown>; // our own problem document
  assert.equal(problem['error'], 'Insufficient permission');
  assert.equal(problem['required_permission'], 'alpha:delete_thing');
  assert.equal(reply.headers.has('www-authenticate'), false, 'a key-only origin does not look like OAuth (W1)');
});

suite('Arguments are compared as what they are', () => {
  test('[Q04] names are matched byte for byte, as text only', async () => {
    for (const name of [['get_thing'], { name: 'get_thing' }, 1, null, true]) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });
      const reply = await world.refuses(legacy('tools/call', {}, { ...reader, body }), { status: 400, code: 'rpc.params', rpc: -32602 });
      assert.equal(rpcCodeOf(reply), -32602);
    }
  });
  for (const uri of ['doc://open/../closed/1', 'doc://open/..', 'doc://open/./../closed/1', 'doc://open/%2e%2e/closed/1', 'doc://open/.%2E/closed/1', 'doc://open/..%2fclosed/1', 'doc://open/..%5Cclosed', 'doc://open/..\\\\closed/1', 'doc://open/..?x', 'doc://open/a/../../closed/1']) {
    test(`[Q04] ${uri} climbs out of what is permitted, and is refused`, async () => {
      await world.refuses(modern('resources/read', { uri }, reader), { status: 400, code: 'rpc.params', rpc: -32602 });
    });
  }
  for (const uri of ['doc://open/..1', 'doc://open/a..b/c', 'doc://open/.hidden', 'doc://open/1.2', 'doc://open/...']) {
    test(`[Q04] control: ${uri} has dots and does not climb`, async () => {
      await world.passes(modern('resources/read', { uri }, reader));
    });
  }
  test('[Q04] globs cost linear time', async () => {
    await world.refuses(calling(`get_${'a'.repeat(1_000)}!`, { key: 'glob-key-0123456789abcdef01' }), { status: 403, code: 'permission.denied' });
  });
});

test('[Q02] control: the canary does list what was hidden', () => assert.match(JSON.stringify(resultOf({ method: 'POST', target: '', headers: [], body: '', message: { method: 'tools/list' } })), /delete_thing/));
