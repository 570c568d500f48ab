import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo, saying, sayingJson } from '../world/canary-upstream.ts';
import { bodiless, calling, legacy, modern } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import type { HeaderLines, RequestParts } from '../world/raw-http.ts';

/** Group K, what belongs to somebody: a session, a state, a task or a stream is nobody's but his to whom it was given. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const [alice, bob] = [KEYS.full, KEYS.other];
const NO_SESSION = { status: 404, code: 'session.unknown', rpc: -32001 } as const;
const refused = async (...asked: Parameters<AttackWorld['refuses']>): Promise<void> => void (await world.refuses(...asked));
const HELLO: JsonObject = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
const inSession = (id: string): HeaderLines => [['Mcp-Session-Id', id]];

/** Opens a session that the server calls so. */
async function openSession(key: string, id: string, server = 'alpha'): Promise<void> {
  using _told = world.canary.when('initialize', saying(200, { 'Content-Type': 'application/json', 'Mcp-Session-Id': id }, (seen) => JSON.stringify(answerTo(seen))));
  const reply = await world.passes(legacy('initialize', HELLO, { key, server }));
  assert.deepEqual(reply.headers.get('mcp-session-id'), [id]);
}

const sent = (key: string, id: string, server = 'alpha'): RequestParts => legacy('tools/call', { name: 'get_thing' }, { key, server, headers: inSession(id) });

suite('A session', () => {
  test('[M01] is not found with the credential of another: call, stream, end and answer', async () => {
    await openSession(alice, 'session-of-alice');
    using stream = new Dialogue(world.port);
    stream.write(written(bodiless('GET', { key: alice, headers: inSession('session-of-alice') })));
    assert.equal((await stream.head()).status, 200);
    await refused(sent(bob, 'session-of-alice'), NO_SESSION);
    await refused(bodiless('GET', { key: bob, headers: inSession('session-of-alice') }), NO_SESSION);
    await refused(bodiless('GET', { key: bob, headers: [...inSession('session-of-alice'), ['Last-Event-ID', '1']] }), NO_SESSION);
    await refused(bodiless('DELETE', { key: bob, headers: inSession('session-of-alice') }), NO_SESSION);
    await refused(legacy('x', {}, { key: bob, headers: inSession('session-of-alice'), body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} }) }), NO_SESSION);
    await refused(legacy('x', {}, { key: bob, headers: inSession('session-of-alice'), body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }) }), NO_SESSION);
    assert.equal(stream.ended, false);
    await world.passes(sent(alice, 'session-of-alice'));
  });
  test('[M01] that was never given, is spelled otherwise, or belongs to another server is not found either', async () => {
    await openSession(alice, 'session-of-beta', 'beta');
    for (const id of ['guessed', 'SESSION-OF-ALICE', 'session-of-alic', 'session-of-alicee', 'session-of-beta', 'session-of-alice, x', '%73ession-of-alice', '__proto__', 'x'.repeat(257), 'a b', '\u00e9']) await refused(sent(alice, id), NO_SESSION);
  });
  test('[M01] that comes twice is ambiguous', () => refused(legacy('ping', {}, { key: alice, headers: [...inSession('session-of-alice'), ['mcp-session-id', 'other']] }), { status: 400, code: 'rpc.header-mismatch', rpc: -32020 }));
  test('[M01] that the server gives to a second caller, too, stays with the first', async () => {
    await openSession(alice, 'given-twice');
    await openSession(bob, 'given-twice');
    await refused(sent(bob, 'given-twice'), NO_SESSION);
    await world.passes(sent(alice, 'given-twice'));
  });
  test('[M01] that has ended is found by nobody', async () => {
    await openSession(alice, 'short');
    assert.ok((await world.send(bodiless('DELETE', { key: alice, headers: inSession('short') }))).status < 300);
    await refused(sent(alice, 'short'), NO_SESSION);
  });
  test('[M01] control: two sessions of two callers go on side by side', async () => {
    await openSession(alice, 'one');
    await openSession(bob, 'two');
    await world.passes(sent(alice, 'one'));
    await world.passes(sent(bob, 'two'));
  });
});

suite('A state or a task', () => {
  const give = (result: JsonObject) => world.canary.when('get_other', sayingJson((seen) => answerTo(seen, result)));
  test('[M01] that was given to one is unknown with the credential of another, and at another server', async () => {
    using _told = give({ resultType: 'input_required', requestState: 'state-of-alice', inputRequests: {} });
    await world.passes(calling('get_other', { key: alice }));
    const back = (key: string, server = 'alpha'): RequestParts => modern('tools/call', { name: 'get_other', requestState: 'state-of-alice' }, { key, server });
    await refused(back(bob), { status: 400, code: 'state.unknown', rpc: -32602 });
    await refused(back(alice, 'beta'), { status: 400, code: 'state.unknown', rpc: -32602 });
    await world.passes(back(alice));
  });
  test('[M01] nor is a task', async () => {
    for (const [taskId, result] of [['task-1', { task: { taskId: 'task-1', status: 'working' } }], ['task-2', { resultType: 'task', taskId: 'task-2', status: 'working' }]] as const) {
      using _told = give(result);
      await world.passes(calling('get_other', { key: alice }));
      for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) await refused(modern(method, { taskId }, { key: bob }), { status: 400, code: 'task.unknown', rpc: -32602 });
      await refused(legacy('tasks/result', { taskId }, { key: bob }), { status: 400, code: 'task.unknown', rpc: -32602 });
      await world.passes(modern('tasks/get', { taskId }, { key: alice }));
    }
  });
  test('[M01] that came in an answer to somebody else, which was dropped, is not bound to who happened to listen', async () => {
    const crossed = (seen: Parameters<typeof answerTo>[0]): string => `data: ${JSON.stringify({ ...answerTo(seen, { requestState: 'crossed' }), id: 'of-alice' })}\n\ndata: ${JSON.stringify(answerTo(seen))}\n\n`;
    using _told = world.canary.when('get_other', saying(200, { 'Content-Type': 'text/event-stream' }, crossed));
    await world.passes(calling('get_other', { key: bob }));
    await refused(modern('tools/call', { name: 'get_other', requestState: 'crossed' }, { key: bob }), { status: 400, code: 'state.unknown', rpc: -32602 });
  });
});

test('[M02] two thousand calls of two callers with equal ids, interleaved, each get their own answer', async () => {
  using _told = world.canary.when('get_other', (seen, response) => {
    // Answers come back in another order than the calls, and on connections that are used again.
    setImmediate(() => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answerTo(seen, { echoed: seen.message['params'] ?? null }))));
  });
  const ask = async (key: string, number: number): Promise<void> => {
    const mark = `${key}#${String(number)}`;
    const reply = await world.send(calling('get_other', { key, id: number % 5 }, { mark }));
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual([...reply.body.matchAll(/"mark":"([^"]+)"/g)].map(([, found]) => found), [mark]);
  };
  for (let round = 0; round < 40; round += 1) await Promise.all(Array.from({ length: 50 }, (_, at) => ask(at % 2 === 0 ? alice : bob, round * 50 + at)));
});

suite('Who calls out of a web page', () => {
  const from = (origin: string): RequestParts => calling('get_thing', { key: alice, headers: [['Origin', origin]] });
  for (const origin of ['https://evil.example', 'null', '', 'http://localhost.evil.example', 'http://evil.example:80', 'http://127.0.0.1.evil.example', 'http://127.0.0.1@evil.example', 'https://localhost@evil.example', 'http://127.1', 'http://2130706433', 'http://0.0.0.0', 'http://[::ffff:127.0.0.1]', 'http://localhost.', 'http://local.host', 'file://', 'chrome-extension://abc', 'http://localhost/path', 'http://localhost http://evil.example', 'ftp://localhost', 'localhost', 'HTTP://LOCALHOST', '//localhost', `http://${'a'.repeat(5_000)}.example`]) {
    test(`[M07] Origin: ${origin.slice(0, 40)} is foreign, for a call and for what comes before it`, async () => {
      const reply = await world.refuses(from(origin), { status: 403, code: 'http.origin-refused' });
      assert.deepEqual([...reply.headers.keys()].filter((name) => name.startsWith('access-control')), []);
      await refused(bodiless('OPTIONS', { key: null, headers: [['Origin', origin], ['Access-Control-Request-Method', 'POST']] }), { status: 403, code: 'http.origin-refused' });
    });
  }
  for (const host of ['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.nip.io', '127.1', '0.0.0.0', '0', '[::]', '[::ffff:127.0.0.1]', 'localhost.', '127.0.0.1:', '127.0.0.1:abc', '127.0.0.1:123456', 'localhost@evil.example', 'evil.example, localhost', 'localhost/x', 'user@localhost', '', 'LOCALHOST.EVIL', '127.0.0.01', '[::1', '::1', '169.254.169.254']) {
    test(`[M07] Host: ${host} is not ours`, () => refused(calling('get_thing', { key: alice, without: ['host'], headers: [['Host', host]] }), { status: 403, code: 'http.host-refused' }));
  }
  test('[M07] a forwarded host is not believed', () => refused(calling('get_thing', { key: alice, without: ['host'], headers: [['Host', 'evil.example'], ['X-Forwarded-Host', '127.0.0.1'], ['Forwarded', 'host=127.0.0.1']] }), { status: 403, code: 'http.host-refused' }));
  test('[M07] control: pages and names of this machine', async () => {
    for (const origin of ['http://localhost:6274', 'https://localhost', 'http://127.0.0.1:3000', 'http://[::1]:8080']) assert.deepEqual((await world.passes(from(origin))).headers.get('access-control-allow-origin'), [origin]);
    for (const host of ['localhost', `127.0.0.1:${String(world.port)}`, '[::1]:1', 'LocalHost:80']) await world.passes(calling('get_thing', { key: alice, without: ['host'], headers: [['Host', host]] }));
  });
});

suite('Where a stream stopped', () => {
  const heard = (name: string): readonly string[] => world.canary.requests.at(-1)?.headers.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name) ?? [];
  test('[M09] is asked of the server only in a session of the caller', async () => {
    await openSession(alice, 'resumable');
    const resume = async (headers: HeaderLines): Promise<readonly string[]> => {
      using stream = new Dialogue(world.port);
      stream.write(written(bodiless('GET', { key: alice, headers: [...headers, ['Last-Event-ID', 'event-7']] })));
      assert.equal((await stream.head()).status, 200);
      return heard('last-event-id');
    };
    assert.deepEqual(await resume(inSession('resumable')), ['event-7']);
    assert.deepEqual(await resume([]), []);
  });
  test('[M09] is nothing in the newest revision: there are no streams to take up, and no sessions', async () => {
    await world.passes(calling('get_thing', { key: bob, headers: [...inSession('resumable'), ['Last-Event-ID', 'event-7']] }));
    assert.deepEqual([heard('last-event-id'), heard('mcp-session-id')], [[], []]);
    for (const method of ['GET', 'DELETE']) {
      const reply = await world.refuses(bodiless(method, { key: alice, headers: [['MCP-Protocol-Version', '2026-07-28'], ...inSession('resumable')] }), { status: 405, code: 'http.method-not-allowed' });
      assert.deepEqual(reply.headers.get('allow'), ['POST']);
    }
  });
});
