import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { until } from '../../../../../../test/world/until.ts';
import { Hangup } from '../../../../../model/hangup.ts';
import type { JsonObject } from '../../../../../model/json.ts';
import { ALL_CAPABILITIES, LegacyCaller, ModernCaller } from '../../testdata/callers.ts';
import { answerOf, dig, messagesOf, TestEvents, textOf } from '../../testdata/events.ts';
import { HandClock } from '../../testdata/hand-clock.ts';
import { rawServer, rig } from '../../testdata/rig.ts';

const question = { method: 'elicitation/create', params: { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } } };

const world = (t: TestContext, era: 'modern' | 'legacy', clock?: HandClock) => {
  const it = rig(t, rawServer(era), clock);
  const open = (name: string, capabilities: JsonObject = ALL_CAPABILITIES, version?: string): Promise<LegacyCaller> => LegacyCaller.open(it.upstream, name, capabilities, version);
  return { ...it, open };
};

for (const era of ['modern', 'legacy'] as const) {
  suite(`A legacy caller of a ${era} child`, { concurrency: true }, () => {
    test('is answered in the revision it asked for, if that is one of ours', async (t) => {
      const { upstream } = world(t, era);
      const versionFor = async (protocolVersion: string): Promise<unknown> => {
        const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'c', version: '1' } };
        const call = { kind: 'request', era: 'legacy', id: 1, method: 'initialize', params, primitives: [] } as const;
        const hangup = new Hangup();
        const reply = await upstream.send({ requestId: 'r', principalKey: 'a', httpMethod: 'POST', headers: {}, body: undefined, call, sessionId: undefined, timeoutMs: 10_000, hangup, signal: hangup.signal });
        const { result } = await answerOf(reply);
        assert.deepEqual([dig(result, 'serverInfo', 'name'), dig(result, 'capabilities', 'tasks')], ['raw', undefined]);
        return dig(result, 'protocolVersion');
      };
      for (const version of ['2025-11-25', '2025-06-18', '2025-03-26']) assert.equal(await versionFor(version), version);
      assert.equal(await versionFor('2031-01-01'), '2025-11-25');
    });

    test('RS-14: session ids have 256 bits and are each their own', async (t) => {
      const { open } = world(t, era);
      const ids = (await Promise.all(Array.from({ length: 20 }, () => open('alice')))).map(({ sessionId }) => sessionId);
      assert.equal(new Set(ids).size, 20);
      for (const id of ids) assert.match(id, /^[\w-]{43}$/);
    });

    test('M01: a session of another credential is not found, for any kind of request', async (t) => {
      const { open, upstream } = world(t, era);
      const alice = await open('alice');
      const thief = new LegacyCaller(upstream, 'bob', alice.sessionId);
      const unknown = { code: 'session.unknown' };
      await assert.rejects(thief.ask('tools/list'), unknown);
      await assert.rejects(thief.listen(), unknown);
      await assert.rejects(thief.end(), unknown);
      await assert.rejects(thief.notify('notifications/cancelled', { requestId: 1 }), unknown);
      await assert.rejects(thief.respond({ id: 'sallyport-1' }, { result: {} }), unknown);
      assert.equal(textOf(await alice.tool('echo')), '{}');
    });

    test('a session that was ended is unknown, a missing one is a bad request', async (t) => {
      const { open, upstream } = world(t, era);
      const alice = await open('alice');
      assert.equal((await alice.end()).status, 200);
      await assert.rejects(alice.ask('tools/list'), { code: 'session.unknown' });
      await assert.rejects(new LegacyCaller(upstream, 'alice', 'invented').ask('tools/list'), { code: 'session.unknown' });
    });

    test('a version header of no 2025 revision is refused', async (t) => {
      const alice = await world(t, era).open('alice');
      await assert.rejects(alice.ask('tools/list', {}, { headers: { 'mcp-protocol-version': '2024-11-05' } }), { code: 'rpc.version' });
      assert.equal((await alice.send('tools/list', {}, { headers: { 'mcp-protocol-version': '2025-06-18' } })).status, 200);
    });

    test('ping, log level and unknown things are answered as 2025 wants them', async (t) => {
      const alice = await world(t, era).open('alice');
      assert.deepEqual((await alice.ask('ping'))['result'], {});
      assert.deepEqual((await alice.ask('logging/setLevel', { level: 'warning' }))['result'], {});
      assert.equal(dig(await alice.ask('logging/setLevel', { level: 'loud' }), 'error', 'code'), -32602);
      assert.equal(dig(await alice.ask('initialize', {}), 'error', 'code'), -32600);
      assert.equal(dig(await alice.ask('tasks/list', {}), 'error', 'code'), -32601);
      assert.equal(dig(await alice.ask('no/such', {}), 'error', 'code'), -32601);
      assert.equal(dig(await alice.ask('resources/read', { uri: 'a:b' }), 'error', 'code'), -32002);
      assert.equal((await alice.notify('notifications/initialized')).status, 202);
    });

    test('vendor members come through, members of 2026 do not', async (t) => {
      const alice = await world(t, era).open('alice');
      const { result } = await alice.tool('vendor');
      assert.deepEqual([dig(result, 'com.example/extra'), dig(result, '_meta', 'com.example/meta'), dig(result, 'resultType')], [{ kept: true }, 1, undefined]);
      assert.deepEqual(Object.keys((await alice.ask('tools/list'))['result'] ?? {}), ['tools']);
    });

    test('M08: a value nested too deeply to be written again is an error on the stream', async (t) => {
      const alice = await world(t, era).open('alice');
      assert.equal(dig(await alice.tool('deep', { depth: 200_000 }), 'error', 'code'), -32603);
      assert.equal(textOf(await alice.tool('echo')), '{}');
    });

    test('progress comes on the stream of its call, with the token of the caller', async (t) => {
      const alice = await world(t, era).open('alice');
      const messages = await messagesOf(await alice.send('tools/call', { name: 'progress', arguments: {} }, { meta: { progressToken: 'p' } }));
      assert.deepEqual(messages.map((message) => dig(message, 'params', 'progressToken') ?? 'answer'), ['p', 'p', 'answer']);
    });

    test('each session gets the log messages it asked for', async (t) => {
      const { open } = world(t, era);
      const [quiet, loud, silent] = await Promise.all([open('alice'), open('bob'), open('carol')]);
      await quiet.ask('logging/setLevel', { level: 'error' });
      await loud.ask('logging/setLevel', { level: 'debug' });
      const heard = async (caller: LegacyCaller, level: string): Promise<number> => (await messagesOf(await caller.send('tools/call', { name: 'log', arguments: { level, data: 'x' } }))).length - 1;
      assert.deepEqual([await heard(quiet, 'info'), await heard(quiet, 'critical'), await heard(loud, 'debug'), await heard(silent, 'info')], [0, 1, 1, 1]);
      if (era === 'legacy') assert.equal(textOf(await loud.tool('level')), 'debug');
    });

    test('a notification cancels a call, leaving does not, and the answer can be fetched', async (t) => {
      const { open } = world(t, era);
      const alice = await open('alice');
      const hangup = new Hangup();
      const events = new TestEvents(await alice.send('tools/call', { name: 'hold', arguments: { name: 'left' } }, { id: 'call-1', hangup }));
      const first = await events.next();
      assert(first?.id !== undefined && first.message === undefined, 'a priming event');
      hangup.abort();
      const other = new TestEvents(await alice.send('tools/call', { name: 'hold', arguments: { name: 'cancelled' } }, { id: 'call-2' }));
      await alice.notify('notifications/cancelled', { requestId: 'call-2', reason: 'no' });
      assert.equal((await other.rest()).filter((message) => message['id'] !== undefined).length, 0);
      assert.equal(JSON.parse(textOf(await alice.tool('cancelled'))).length, 1);
      await alice.tool('release', { name: 'left' });
      const resumed = await new TestEvents(await alice.listen(first.id)).rest();
      assert.equal(textOf(resumed.at(-1) ?? {}), 'released left');
    });

    test('M09: an event id of somebody else, or of nobody, is ignored', async (t) => {
      const { open } = world(t, era);
      const [alice, bob] = await Promise.all([open('alice'), open('bob')]);
      const answered = new TestEvents(await alice.send('tools/call', { name: 'echo', arguments: { of: 'alice' } }));
      const id = (await answered.next())?.id ?? '';
      await answered.rest();
      for (const lastEventId of [id, '99-1', 'x', '-1', '0-', '1-99999999999999999999']) {
        const hangup = new Hangup();
        const events = new TestEvents(await bob.listen(lastEventId, hangup));
        assert.equal((await events.next())?.message, undefined);
        await bob.tool('change', {});
        assert.equal((await events.message())['method'], 'notifications/tools/list_changed');
        hangup.abort();
      }
    });

    test('an answer is fetched from its own stream only, and the standalone stream has none', async (t) => {
      const { open } = world(t, era);
      const alice = await open('alice');
      const standalone = new TestEvents(await alice.listen());
      assert.notEqual((await standalone.next())?.id, undefined);
      await alice.tool('echo', { a: 1 });
      await alice.tool('change', {});
      assert.equal((await standalone.message())['method'], 'notifications/tools/list_changed');
    });

    test('one session can use an id again only when it is free; two sessions can use the same at once', async (t) => {
      const { open } = world(t, era);
      const [alice, bob] = await Promise.all([open('alice'), open('bob')]);
      const held = await alice.send('tools/call', { name: 'hold', arguments: { name: 'h' } }, { id: 5 });
      assert.equal(dig(await alice.ask('tools/list', {}, { id: 5 }), 'error', 'code'), -32600);
      assert.equal(dig(await bob.ask('tools/list', {}, { id: 5 }), 'error'), undefined);
      await bob.tool('release', { name: 'h' });
      assert.equal(textOf(await answerOf(held)), 'released h');
      assert.equal(dig(await alice.ask('tools/list', {}, { id: 5 }), 'error'), undefined);
    });

    test('subscriptions are counted over the sessions, and each hears only of its own', async (t) => {
      const { open } = world(t, era);
      const [alice, bob] = await Promise.all([open('alice'), open('bob')]);
      const [forAlice, forBob] = [new TestEvents(await alice.listen()), new TestEvents(await bob.listen())];
      for (const caller of [alice, bob]) assert.deepEqual((await caller.ask('resources/subscribe', { uri: 'a:1' }))['result'], {});
      assert.deepEqual((await alice.ask('resources/subscribe', { uri: 'a:2' }))['result'], {});
      assert.notEqual(dig(await alice.ask('resources/subscribe', { uri: 'no:1' }), 'error', 'code'), undefined);
      assert.equal(dig(await alice.ask('resources/subscribe', {}), 'error', 'code'), -32602);
      await alice.ask('resources/unsubscribe', { uri: 'a:1' });
      for (const uri of ['a:1', 'a:2', 'a:1/part']) await bob.tool('change', { uri });
      await bob.tool('change', {});
      const updatesIn = async (events: TestEvents): Promise<unknown[]> => {
        const uris: unknown[] = [];
        for (let message = await events.message(); message['method'] === 'notifications/resources/updated'; message = await events.message()) uris.push(dig(message, 'params', 'uri'));
        return uris;
      };
      assert.deepEqual([await updatesIn(forAlice), await updatesIn(forBob)], [['a:2'], ['a:1', 'a:1/part']]);
    });

    test('IO-4: a session outlives a restart of the child, its subscriptions too', async (t) => {
      const { open } = world(t, era);
      const alice = await open('alice');
      const events = new TestEvents(await alice.listen());
      await alice.ask('resources/subscribe', { uri: 'a:1' });
      const [error] = (await messagesOf(await alice.send('tools/call', { name: 'exit', arguments: { code: 1 } }))).slice(-1);
      assert.notEqual(dig(error, 'error', 'code'), undefined, 'the call in flight fails at once');
      await events.message();
      await until('the new child watches', async () => (textOf(await alice.tool('watched')) === '["a:1"]' ? true : undefined), { withinMs: 5_000 });
    });
  });
}

suite('A question of a legacy child to a legacy caller', { concurrency: true }, () => {
  const ask = async (caller: LegacyCaller) => new TestEvents(await caller.send('tools/call', { name: 'ask', arguments: question }));

  test('comes on the stream of the call; the answer of the client reaches the child', async (t) => {
    const alice = await world(t, 'legacy').open('alice');
    const events = await ask(alice);
    const asked = await events.message();
    assert.deepEqual([asked['method'], asked['params']], ['elicitation/create', question.params]);
    assert.equal((await alice.respond(asked, { result: { action: 'accept' } })).status, 202);
    assert.deepEqual(JSON.parse(textOf(await events.message())), { result: { action: 'accept' } });
  });

  test('an error of the client reaches the child too, a second answer reaches nobody', async (t) => {
    const alice = await world(t, 'legacy').open('alice');
    const events = await ask(alice);
    const asked = await events.message();
    await alice.respond(asked, { error: { code: -1, message: 'User rejected' } });
    await alice.respond(asked, { result: { action: 'accept' } });
    assert.deepEqual(JSON.parse(textOf(await events.message())), { error: { code: -1, message: 'User rejected' } });
  });

  test('M01: only the session that was asked can answer', async (t) => {
    const { open } = world(t, 'legacy');
    const [alice, bob] = await Promise.all([open('alice'), open('bob')]);
    const events = await ask(alice);
    const asked = await events.message();
    await bob.respond(asked, { result: { action: 'stolen' } });
    await alice.respond(asked, { result: { action: 'accept' } });
    assert.deepEqual(JSON.parse(textOf(await events.message())), { result: { action: 'accept' } });
  });

  test('what the client did not declare is refused without asking; roots are never asked of a shared child\'s callers by it', async (t) => {
    const { open } = world(t, 'legacy');
    assert.match(textOf(await (await open('alice', {})).tool('ask', question)), /"code":-32601/);
    assert.match(textOf(await (await open('bob', {})).tool('ask', { method: 'com.example/spy', params: {} })), /"code":-32601/);
  });

  test('M02: with another caller\'s call in flight nobody is asked', async (t) => {
    const { open, upstream } = world(t, 'legacy');
    const alice = await open('alice');
    const bob = new ModernCaller(upstream, 'bob');
    const held = bob.tool('hold', { name: 'h' });
    await bob.tool('echo');
    assert.match(textOf(await alice.tool('ask', question)), /"code":-32603/);
    await alice.tool('release', { name: 'h' });
    await held;
  });

  test('after a broken connection the question can be fetched and answered', async (t) => {
    const alice = await world(t, 'legacy').open('alice');
    const hangup = new Hangup();
    const events = new TestEvents(await alice.send('tools/call', { name: 'ask', arguments: question }, { hangup }));
    const { id } = (await events.next()) ?? {};
    hangup.abort();
    const resumed = new TestEvents(await alice.listen(id));
    await alice.respond(await resumed.message(), { result: { action: 'decline' } });
    assert.deepEqual(JSON.parse(textOf(await resumed.message())), { result: { action: 'decline' } });
  });
});

suite('Sessions are bounded', { concurrency: true }, () => {
  test('one that rests for half an hour ends; one with an open stream does not', async (t) => {
    const clock = new HandClock();
    const { open } = world(t, 'modern', clock);
    const [idle, listening] = [await open('alice'), await open('alice')];
    await listening.listen();
    clock.advance(29 * 60_000);
    assert.deepEqual((await idle.ask('ping'))['result'], {});
    clock.advance(32 * 60_000);
    await assert.rejects(idle.ask('ping'), { code: 'session.unknown' });
    assert.deepEqual((await listening.ask('ping'))['result'], {});
  });

  test('a credential\'s hundred-and-first session takes the place of its oldest idle one, never of another\'s', async (t) => {
    const { open } = world(t, 'modern');
    const bob = await open('bob');
    const first = await open('alice');
    const second = await open('alice');
    for (let n = 2; n < 100; n += 1) await open('alice');
    await first.ask('ping');
    await open('alice');
    await assert.rejects(second.ask('ping'), { code: 'session.unknown' });
    for (const kept of [first, bob]) assert.deepEqual((await kept.ask('ping'))['result'], {});
  });
});
