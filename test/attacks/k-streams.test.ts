import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { isJsonObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo, saying, sayingEvents, sayingRaw } from '../world/canary-upstream.ts';
import type { Seen } from '../world/canary-upstream.ts';
import { bodiless, calling, legacy } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import type { RawReply } from '../world/raw-http.ts';

/** Group K, what a server says: the caller hears what belongs to his call, once and well formed, as long as he may. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const full = { key: KEYS.full };
const event = (message: unknown): string => `data: ${JSON.stringify(message)}\n\n`;
const notice = (text: string): JsonObject => ({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: text } });
const request: JsonObject = { jsonrpc: '2.0', id: 'from-server', method: 'sampling/createMessage', params: { messages: [] } };

/** The messages in a stream of events, as a client reads them. */
const messagesIn = (reply: RawReply): readonly JsonObject[] =>
  reply.body.split('\n\n').flatMap((block) => {
    const data = block.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5)).join('\n');
    const message: unknown = data.trim() === '' ? undefined : JSON.parse(data);
    return isJsonObject(message) ? [message] : [];
  });

/** Short words for a message: what it is, and to whom. */
const wordFor = (message: JsonObject): string => {
  if (typeof message['method'] === 'string') return message['id'] === undefined ? 'notice' : 'request';
  return `${message['error'] === undefined ? 'result' : 'error'} ${JSON.stringify(message['id'])}`;
};

/** Lets the server say these events to a call with the id 7, and tells what the caller heard. */
async function heardOf(text: (seen: Seen) => string, era: 'modern' | 'legacy' = 'modern'): Promise<readonly string[]> {
  using _told = world.canary.when('get_other', sayingEvents(text));
  const asked = { ...full, id: 7 };
  const reply = await world.passes(era === 'modern' ? calling('get_other', asked) : legacy('tools/call', { name: 'get_other' }, asked));
  await world.assertWell();
  return messagesIn(reply).map(wordFor);
}

suite('In the answer to a call a server can say nothing else', () => {
  const answer = (seen: Seen): string => event(answerTo(seen));
  const cases: Readonly<Record<string, { readonly text: (seen: Seen) => string; readonly heard: readonly string[] }>> = {
    'a request of its own': { text: (seen) => event(request) + answer(seen), heard: ['result 7'] },
    'two answers': { text: (seen) => answer(seen) + answer(seen), heard: ['result 7'] },
    'an answer and an error': { text: (seen) => answer(seen) + event({ jsonrpc: '2.0', id: 7, error: { code: 1, message: 'x' } }), heard: ['result 7'] },
    'answers nobody asked for': { text: (seen) => [8, '7', null, 7.5, [7], { id: 7 }].map((id) => event({ ...answerTo(seen), id })).join('') + answer(seen), heard: ['result 7'] },
    'an answer without an id': { text: (seen) => event({ jsonrpc: '2.0', result: {} }) + answer(seen), heard: ['result 7'] },
    'what comes too late': { text: (seen) => event(notice('early')) + answer(seen) + event(notice('late')) + event(request), heard: ['notice', 'result 7'] },
    'what is no message': { text: (seen) => `data: 1\n\ndata: [1]\n\ndata: null\n\ndata: "x"\n\ndata: {"jsonrpc":"2.0"}\n\ndata: nonsense\n\n${answer(seen)}`, heard: ['result 7'] },
    'a batch': { text: (seen) => event([answerTo(seen)]), heard: ['error 7'] },
    'nothing at all': { text: () => '', heard: ['error 7'] },
    'notices and no answer': { text: () => event(notice('a')) + event(notice('b')), heard: ['notice', 'notice', 'error 7'] },
    'an answer to another, and none to this': { text: (seen) => event({ ...answerTo(seen), id: 8 }), heard: ['error 7'] },
  };
  for (const [what, { text, heard }] of Object.entries(cases)) test(`[M08] ${what}`, async () => assert.deepEqual(await heardOf(text), heard));

  test('[M08] in the revisions before it may ask, and still answers only once', async () => {
    assert.deepEqual(await heardOf((seen) => event(request) + answer(seen) + answer(seen), 'legacy'), ['request', 'result 7']);
    assert.deepEqual(await heardOf((seen) => event({ ...answerTo(seen), id: 8 }), 'legacy'), []);
  });
  test('[M08] what was dropped is flagged in the log, without what it said', async () => {
    await heardOf((seen) => event({ ...answerTo(seen, { secret: 'of-somebody-else' }), id: 8 }) + answer(seen));
    assert.match(world.process.stderr(), /dropped an event of the upstream.*an answer to another request|an answer to another request.*dropped an event/);
    assert.doesNotMatch(world.process.stderr(), /of-somebody-else/);
  });

  const whole: Readonly<Record<string, (seen: Seen) => unknown>> = {
    'to another request': (seen) => ({ ...answerTo(seen), id: 8 }),
    'to the same number as text': (seen) => ({ ...answerTo(seen), id: '7' }),
    'without an id': () => ({ jsonrpc: '2.0', result: {} }),
    'that is a request': () => ({ ...request, id: 7 }),
    'that is a notice': () => notice('x'),
    'with a result and an error': (seen) => ({ ...answerTo(seen), error: { code: 1, message: 'x' } }),
    'with neither': () => ({ jsonrpc: '2.0', id: 7 }),
    'in a batch': (seen) => [answerTo(seen)],
    'that is no object': () => 7,
  };
  for (const [what, text] of Object.entries(whole)) {
    test(`[M08] an answer as a whole ${what} is refused`, async () => {
      using _told = world.canary.when('get_other', saying(200, { 'Content-Type': 'application/json' }, (seen) => JSON.stringify(text(seen))));
      await world.refuses(calling('get_other', { ...full, id: 7 }), { status: 502, code: 'upstream.answer-refused', reached: 1 });
    });
  }
  test('[M08] a page that calls itself JSON is refused, and not shown', async () => {
    using _told = world.canary.when('get_other', saying(200, { 'Content-Type': 'application/json' }, () => '<html>inside: db.internal</html>'));
    assert.doesNotMatch((await world.refuses(calling('get_other', full), { status: 502, code: 'upstream.answer-refused', reached: 1 })).text, /inside/);
  });
  test('[M08] control: errors pass, also those that could not name their request', async () => {
    for (const id of [7, null, undefined]) {
      using _told = world.canary.when('get_other', saying(200, { 'Content-Type': 'application/json' }, () => JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), error: { code: -32000, message: 'sorry' } })));
      assert.match((await world.passes(calling('get_other', { ...full, id: 7 }))).body, /sorry/);
    }
  });
});

suite('On the connection to a server', () => {
  const sized = (body: string, extra = ''): string => `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n${extra}\r\n${body}`;
  test('[M08] a second answer behind the first is nobody else\'s', async () => {
    using _told = world.canary.when('get_other', sayingRaw((seen) => sized(JSON.stringify(answerTo(seen, { mine: 1 }))) + sized(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { poison: 1 } }))));
    for (let round = 0; round < 5; round += 1) {
      const first = await world.send(calling('get_other', full));
      assert.ok(first.status === 502 || first.body.includes('mine'), first.text);
      assert.match((await world.passes(calling('get_thing', { key: KEYS.other }))).body, /chirp/);
    }
  });
  const broken: Readonly<Record<string, (seen: Seen) => string>> = {
    'that is no HTTP': () => 'hello\r\n\r\n',
    'with its length twice': (seen) => sized(JSON.stringify(answerTo(seen)), 'Content-Length: 1\r\n'),
    'with a length and chunks': (seen) => sized(JSON.stringify(answerTo(seen)), 'Transfer-Encoding: chunked\r\n'),
    'shorter than it says': (seen) => sized(JSON.stringify(answerTo(seen))).slice(0, -3),
    'that switches protocols': () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    'with a header that goes on in the next line': (seen) => sized(JSON.stringify(answerTo(seen)), 'X: a\r\n b\r\n'),
    'with a session twice': (seen) => sized(JSON.stringify(answerTo(seen)), 'Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n'),
    'whose head never ends': () => `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`,
  };
  for (const [what, bytes] of Object.entries(broken)) {
    test(`[M08] an answer ${what} is refused`, async () => {
      using _told = world.canary.when('get_other', sayingRaw(bytes));
      const reply = await world.send(calling('get_other', full));
      assert.equal(reply.status, 502, reply.text);
      world.assertDiscreet(reply.text);
      await world.assertWell();
    });
  }
  test('[M08] that breaks behind the answer, no second one is made up; that breaks before it, one is', async () => {
    const breaking = (text: (seen: Seen) => string) => world.canary.when('get_other', (seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(text(seen), () => response.destroy());
    });
    for (const [text, heard] of [[(seen: Seen) => event(answerTo(seen)), ['result 7']], [() => event(notice('x')), ['notice', 'error 7']]] as const) {
      using _told = breaking(text);
      assert.deepEqual(messagesIn(await world.passes(calling('get_other', { ...full, id: 7 }))).map(wordFor), heard);
    }
  });
});

suite('A stream ends with what allowed it', () => {
  /** A stream on which the server has said something, and may say more. */
  const listening = async (key: string) => {
    const owned = new DisposableStack();
    let say: (text: string) => void = () => undefined;
    owned.use(world.canary.when('GET', (_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      say = (text) => void response.write(event(notice(text)));
      say('before');
    }));
    const stream = owned.use(new Dialogue(world.port));
    stream.write(written(bodiless('GET', { key })));
    await stream.when('the first event has come', () => stream.text.includes('before') || undefined);
    return { stream, say, [Symbol.dispose]: () => owned.dispose() };
  };

  test('[M06] with the rules: nothing that the server says later arrives', async () => {
    using heard = await listening(KEYS.reader);
    const { stream, say } = heard;
    const { position } = world;
    await world.reconfigure({ roles: { reader: [] } });
    await stream.end(5_000);
    say('after');
    await world.refuses(bodiless('GET', { key: KEYS.reader }), { status: 403, code: 'permission.denied' });
    assert.doesNotMatch(stream.text, /after/);
    assert.ok((await world.callsOnceThere(position, 1)).some(({ ended }) => ended === 'reconfigured'));
  });
  test('[M06] control: and goes on where nothing that decides has changed', async () => {
    await world.reconfigure({});
    using heard = await listening(KEYS.full);
    const { stream, say } = heard;
    await world.reconfigure({});
    say('after');
    await stream.when('the second event has come', () => stream.text.includes('after') || undefined);
  });
  test('[M06] with its key', async () => {
    const minted = await world.mint(['alpha:*'], { expiresAtMs: Date.now() + 800 });
    using stream = new Dialogue(world.port);
    stream.write(written(bodiless('GET', { key: minted.secret })));
    assert.equal((await stream.head()).status, 200);
    await stream.end(5_000);
  });
});
