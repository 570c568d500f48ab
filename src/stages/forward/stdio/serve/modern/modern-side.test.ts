import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { until } from '../../../../../../test/world/until.ts';
import { Hangup } from '../../../../../model/hangup.ts';
import type { JsonObject } from '../../../../../model/json.ts';
import { ALL_CAPABILITIES, ModernCaller } from '../../testdata/callers.ts';
import { answerOf, dig, messagesOf, TestEvents, textOf } from '../../testdata/events.ts';
import { HandClock } from '../../testdata/hand-clock.ts';
import { rawServer, rig } from '../../testdata/rig.ts';
import type { StdioOptions } from '../../stdio-options.ts';

const LOG = 'io.modelcontextprotocol/logLevel';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const question = { method: 'elicitation/create', params: { message: 'Sure?', requestedSchema: { type: 'object', properties: {} }, _meta: { progressToken: 1 } } };

const world = (t: TestContext, era: 'modern' | 'legacy', more: Partial<StdioOptions> = {}, clock?: HandClock) => {
  const it = rig(t, { ...rawServer(era), ...more }, clock);
  const caller = (name: string, capabilities: JsonObject = ALL_CAPABILITIES): ModernCaller => new ModernCaller(it.upstream, name, capabilities);
  return { ...it, caller, alice: caller('alice'), bob: caller('bob') };
};

for (const era of ['modern', 'legacy'] as const) {
  suite(`A modern caller of a ${era} child`, { concurrency: true }, () => {
    test('TR-8: discovers what is really served', async (t) => {
      const { alice } = world(t, era);
      const { result } = await alice.ask('server/discover');
      assert.deepEqual(dig(result, 'supportedVersions'), ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26']);
      assert.deepEqual([dig(result, 'cacheScope'), dig(result, 'resultType'), dig(result, 'capabilities', 'tasks')], ['private', 'complete', undefined]);
      assert.equal(dig(result, '_meta', 'io.modelcontextprotocol/serverInfo', 'name'), 'raw');
    });

    test('TR-14: gets its own id back, of either type, and vendor members untouched', async (t) => {
      const { alice } = world(t, era);
      for (const id of [0, 'a-1']) assert.equal((await alice.tool('echo', { x: 1 }, { id }))['id'], id);
      const { result } = await alice.tool('vendor');
      assert.deepEqual([dig(result, 'com.example/extra'), dig(result, '_meta', 'com.example/meta'), dig(result, 'resultType')], [{ kept: true }, 1, 'complete']);
      const reply = await alice.send('tools/call', { name: 'number', arguments: {} });
      assert(reply.kind === 'whole' && reply.body.toString().includes('"big":12345678901234567890'));
    });

    test('an answer that comes first is one JSON document; one after progress is a stream', async (t) => {
      const { alice } = world(t, era);
      const whole = await alice.send('tools/call', { name: 'progress', arguments: {} });
      assert.deepEqual([whole.kind, whole.headers['Content-Type']], ['whole', 'application/json']);
      const stream = await alice.send('tools/call', { name: 'progress', arguments: {} }, { meta: { progressToken: 'p' } });
      assert.deepEqual([stream.headers['Content-Type'], stream.headers['X-Accel-Buffering']], ['text/event-stream', 'no']);
      assert.deepEqual((await messagesOf(stream)).map((message) => dig(message, 'params', 'progressToken') ?? 'answer'), ['p', 'p', 'answer']);
    });

    test('TR-7: methods that 2026 does not have are unknown, with 404', async (t) => {
      const { alice } = world(t, era);
      for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'no/such']) {
        const reply = await alice.send(method, {});
        assert.deepEqual([reply.status, dig(await answerOf(reply), 'error', 'code')], [404, -32601], method);
      }
    });

    test('TR-12: a missing resource is -32602', async (t) => {
      assert.equal(dig(await world(t, era).alice.ask('resources/read', { uri: 'a:b' }), 'error', 'code'), -32602);
    });

    test('TR-13: log messages come only for a request that asks for them, at its level', async (t) => {
      const { alice } = world(t, era);
      const told = async (level?: string) => {
        const reply = await alice.send('tools/call', { name: 'log', arguments: { level: 'info', data: 'x' } }, level === undefined ? {} : { meta: { [LOG]: level } });
        return (await messagesOf(reply)).length - 1;
      };
      assert.deepEqual([await told(), await told('debug'), await told('info'), await told('error')], [0, 1, 1, 0]);
    });

    test('TR-9: hanging up cancels the call in the child', async (t) => {
      const { alice } = world(t, era);
      const hangup = new Hangup();
      const gone = assert.rejects(alice.send('tools/call', { name: 'hold', arguments: { name: 'h' } }, { hangup }), { code: 'client.gone' });
      await alice.tool('echo');
      hangup.abort();
      await gone;
      assert.equal(JSON.parse(textOf(await alice.tool('cancelled'))).length, 1);
    });

    test('a call that is not answered in time is given up and cancelled', async (t) => {
      const { alice } = world(t, era);
      await alice.tool('echo');
      await assert.rejects(alice.send('tools/call', { name: 'hold', arguments: { name: 'h' } }, { timeoutMs: 50 }), { code: 'upstream.timeout' });
      assert.equal(JSON.parse(textOf(await alice.tool('cancelled'))).length, 1);
    });

    test('an answer that takes long begins as a stream, and a time-out then is an error on it', async (t) => {
      const clock = new HandClock();
      const { alice } = world(t, era, {}, clock);
      await alice.tool('echo');
      const slow = alice.send('tools/call', { name: 'hold', arguments: { name: 'slow' } }, { timeoutMs: 60_000 });
      await alice.tool('echo');
      clock.advance(15_000);
      const never = alice.send('tools/call', { name: 'hold', arguments: { name: 'never' } }, { timeoutMs: 20_000, id: 'n' });
      await alice.tool('release', { name: 'slow' });
      assert.equal(textOf(await answerOf(await slow)), 'released slow');
      clock.advance(20_000);
      const [error] = await messagesOf(await never);
      assert.deepEqual([error?.['id'], dig(error, 'error', 'code')], ['n', -32603]);
    });

    test('M08: second answers and answers to nobody reach nobody', async (t) => {
      const { alice, log } = world(t, era);
      assert.equal(textOf(await alice.tool('twice')), 'first');
      assert.equal(textOf(await alice.tool('strangers')), 'for the caller');
      assert.equal(textOf(await alice.tool('garbage')), 'after the garbage');
      assert(log.entries.filter(({ level }) => level === 'warn').length >= 5);
    });

    test('M08: a value nested too deeply to be written again is refused or dropped, and everything goes on', async (t) => {
      const { alice, log } = world(t, era);
      await assert.rejects(alice.tool('deep', { depth: 200_000 }), { code: 'upstream.answer-refused' });
      assert.equal(textOf(await alice.tool('deep', { where: 'notice', depth: 200_000 }, { meta: { [LOG]: 'debug' } })), 'told');
      assert(log.text().includes('could not be passed on'));
      assert.equal(textOf(await alice.tool('echo')), '{}');
    });

    test('D07, I02: an answer beyond the cap is refused and the child replaced; one within it passes', async (t) => {
      const { alice } = world(t, era, { maxLineBytes: 300_000 });
      assert.equal(textOf(await alice.tool('big', { bytes: 250_000 })).length, 250_000);
      await assert.rejects(alice.tool('big', { bytes: 350_000 }), { code: 'upstream.answer-refused' });
      await until('the next child answers', () => alice.tool('echo').catch(() => undefined), { withinMs: 5_000 });
    });

    test('TR-6: a header that contradicts its argument is refused; without annotation it is nobody\'s business', async (t) => {
      const reply = await world(t, era).alice.send('tools/call', { name: 'echo', arguments: {} }, { headers: { 'mcp-param-region': 'x' } });
      assert.equal(reply.status, 200);
    });
  });

  suite(`A modern subscription to a ${era} child`, { concurrency: true }, () => {
    const listen = async (caller: ModernCaller, notifications: JsonObject, more = {}) => new TestEvents(await caller.send('subscriptions/listen', { notifications }, { id: 'sub', ...more }));

    test('TR-10: is acknowledged first, with the subset the server has, and everything carries its id', async (t) => {
      const { alice } = world(t, era);
      const events = await listen(alice, { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ['a:1', 'no:1'], 'com.example/x': true });
      assert.deepEqual(await events.message(), {
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { toolsListChanged: true, resourceSubscriptions: ['a:1'] }, _meta: { [SUBSCRIPTION]: 'sub' } },
      });
      await alice.tool('change', {});
      await alice.tool('change', { uri: 'a:1' });
      assert.deepEqual(await events.message(), { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: { [SUBSCRIPTION]: 'sub' } } });
      assert.deepEqual(await events.message(), { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'a:1', _meta: { [SUBSCRIPTION]: 'sub' } } });
    });

    test('TR-10: nobody hears of what they did not ask for', async (t) => {
      const { alice, bob } = world(t, era);
      const lists = await listen(alice, { toolsListChanged: true });
      const one = await listen(bob, { resourceSubscriptions: ['a:1'] });
      await lists.message();
      await one.message();
      await alice.tool('change', { uri: 'a:2' });
      await alice.tool('change', { uri: 'a:1' });
      await alice.tool('change', {});
      assert.equal((await lists.message())['method'], 'notifications/tools/list_changed');
      assert.equal(dig(await one.message(), 'params', 'uri'), 'a:1');
    });

    test('two callers share one watch, which ends with the last of them', async (t) => {
      const { alice, bob } = world(t, era);
      const watched = async () => JSON.parse(textOf(await alice.tool('watched'))) as unknown;
      const first = await listen(alice, { resourceSubscriptions: ['a:1'] });
      const second = await listen(bob, { resourceSubscriptions: ['a:1', 'a:2'] });
      await first.leave();
      assert.deepEqual(await watched(), ['a:1', 'a:2']);
      await alice.tool('change', { uri: 'a:1' });
      await second.message();
      assert.equal(dig(await second.message(), 'params', 'uri'), 'a:1');
    });

    test('IO-4: outlives a restart of the child, which is asked again', async (t) => {
      const { alice } = world(t, era);
      const events = await listen(alice, { toolsListChanged: true, resourceSubscriptions: ['a:1'] });
      await events.message();
      await alice.tool('exit', { code: 1 }).catch(() => undefined);
      // Nobody knows what changed while there was no child, so everything may have.
      assert.equal((await events.message())['method'], 'notifications/tools/list_changed');
      assert.equal(dig(await events.message(), 'params', 'uri'), 'a:1');
      await until('the new child watches', async () => (textOf(await alice.tool('watched')) === '["a:1"]' ? true : undefined), { withinMs: 5_000 });
      await alice.tool('change', { uri: 'a:1' });
      assert.equal(dig(await events.message(), 'params', 'uri'), 'a:1');
    });

    test('ends with a farewell when the gateway closes', async (t) => {
      const { alice, upstream } = world(t, era);
      const events = await listen(alice, { toolsListChanged: true });
      await events.message();
      await upstream.close();
      const [farewell, ...more] = await events.rest();
      assert.deepEqual([farewell?.['id'], dig(farewell, 'result', 'resultType'), dig(farewell, 'result', '_meta', SUBSCRIPTION), more], ['sub', 'complete', 'sub', []]);
    });

    test('a filter that is none is refused', async (t) => {
      const { alice } = world(t, era);
      for (const params of [{}, { notifications: [] }, { notifications: { toolsListChanged: 'yes' } }, { notifications: { resourceSubscriptions: [1] } }]) {
        assert.equal(dig(await alice.ask('subscriptions/listen', params), 'error', 'code'), -32602);
      }
    });
  });
}

suite('A question of a legacy child to a modern caller (MRTR)', { concurrency: true }, () => {
  const asking = (t: TestContext) => {
    const it = world(t, 'legacy');
    const ask = (caller: ModernCaller, more: JsonObject = {}) => caller.ask('tools/call', { name: 'ask', arguments: question, ...more });
    return { ...it, ask };
  };

  test('becomes an input_required result, and the retry with the answer takes the same call up', async (t) => {
    const { alice, ask } = asking(t);
    const first = await ask(alice);
    assert.deepEqual(dig(first, 'result', 'resultType'), 'input_required');
    assert.deepEqual(dig(first, 'result', 'inputRequests'), { 'question-1': { method: 'elicitation/create', params: { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } } } });
    const requestState = String(dig(first, 'result', 'requestState'));
    const second = await ask(alice, { requestState, inputResponses: { 'question-1': { action: 'accept', content: { a: 1 } } } });
    assert.deepEqual(JSON.parse(textOf(second)), { result: { action: 'accept', content: { a: 1 } } });
    assert.equal(dig(second, 'result', 'resultType'), 'complete');
  });

  test('questions asked together come in one result; what is not answered is asked again', async (t) => {
    const { alice } = asking(t);
    const twice = (more: JsonObject = {}) => alice.ask('tools/call', { name: 'ask-twice', arguments: question, ...more });
    const first = await twice();
    assert.deepEqual(Object.keys(dig(first, 'result', 'inputRequests') as object), ['question-1', 'question-2']);
    const second = await twice({ requestState: String(dig(first, 'result', 'requestState')), inputResponses: { 'question-2': { n: 2 }, unknown: {} } });
    assert.deepEqual(Object.keys(dig(second, 'result', 'inputRequests') as object), ['question-1']);
    const third = await twice({ requestState: String(dig(second, 'result', 'requestState')), inputResponses: { 'question-1': { n: 1 } } });
    assert.deepEqual(JSON.parse(textOf(third)), [{ result: { n: 1 } }, { result: { n: 2 } }]);
  });

  test('RS-15: the state is good for one credential, one call, once', async (t) => {
    const { alice, bob, ask } = asking(t);
    const requestState = String(dig(await ask(alice), 'result', 'requestState'));
    assert(Buffer.from(requestState, 'base64url').length >= 32);
    const inputResponses = { 'question-1': { stolen: true } };
    await assert.rejects(ask(bob, { requestState, inputResponses }), { code: 'state.unknown' });
    await assert.rejects(ask(alice, { requestState: `${requestState}x`, inputResponses }), { code: 'state.unknown' });
    await assert.rejects(alice.ask('tools/call', { name: 'echo', arguments: question, requestState, inputResponses }), { code: 'state.unknown' });
    const rightful = await ask(alice, { requestState, inputResponses: { 'question-1': { stolen: false } } });
    assert.deepEqual(JSON.parse(textOf(rightful)), { result: { stolen: false } });
    await assert.rejects(ask(alice, { requestState, inputResponses }), { code: 'state.unknown' });
  });

  test('a question taken to belong to another call of the same caller finds its own when that one ends', async (t) => {
    const clock = new HandClock();
    const { alice } = world(t, 'legacy', {}, clock);
    await alice.tool('echo');
    const asked = alice.ask('tools/call', { name: 'ask', arguments: question });
    const others = await Promise.all(Array.from({ length: 20 }, () => alice.tool('echo')));
    clock.advance(10);
    assert.equal(dig(await asked, 'result', 'resultType'), 'input_required');
    for (const other of others) assert.equal(textOf(other), '{}');
  });

  test('a caller who does not come back within ten minutes has lost the call, and the child is told', async (t) => {
    const clock = new HandClock();
    const { alice } = world(t, 'legacy', {}, clock);
    const asked = alice.ask('tools/call', { name: 'ask', arguments: question });
    // Two answers later the question has come, and waits for others to be asked with it.
    for (let n = 0; n < 2; n += 1) await alice.tool('echo');
    clock.advance(10);
    const first = await asked;
    clock.advance(10 * 60_000);
    const requestState = String(dig(first, 'result', 'requestState'));
    await assert.rejects(alice.ask('tools/call', { name: 'ask', arguments: question, requestState }), { code: 'state.unknown' });
    assert.equal(JSON.parse(textOf(await alice.tool('cancelled'))).length, 1);
  });

  test('one credential keeps at most fifty calls waiting; the next is refused and cancelled', async (t) => {
    const { alice, ask } = asking(t);
    for (let n = 0; n < 50; n += 1) assert.equal(dig(await ask(alice), 'result', 'resultType'), 'input_required');
    await assert.rejects(ask(alice), { code: 'upstream.unavailable' });
    assert.equal(JSON.parse(textOf(await alice.tool('cancelled'))).length, 1);
  });

  test('what the child answers while nobody waits is there for the retry', async (t) => {
    const { alice } = asking(t);
    const first = await alice.ask('tools/call', { name: 'ask', arguments: question });
    await alice.tool('withdraw');
    const requestState = String(dig(first, 'result', 'requestState'));
    assert.equal(textOf(await alice.ask('tools/call', { name: 'ask', arguments: question, requestState })), 'answered without you');
  });

  test('a caller who cannot be asked is not, and the child is told', async (t) => {
    const { caller, ask } = asking(t);
    assert.match(textOf(await ask(caller('carol', { sampling: {} }))), /"code":-32601/);
  });

  test('M02: while two callers have calls in flight nobody is asked', async (t) => {
    const { alice, bob, ask } = asking(t);
    const held = bob.tool('hold', { name: 'h' });
    await bob.tool('echo');
    assert.match(textOf(await ask(alice)), /"code":-32603/);
    await alice.tool('release', { name: 'h' });
    assert.equal(textOf(await held), 'released h');
    assert.equal(dig(await ask(alice), 'result', 'resultType'), 'input_required');
  });

  test('2025-11-25\'s "visit this address first" becomes a question, or a missing capability', async (t) => {
    const { alice, caller } = asking(t);
    const asked = await alice.tool('url');
    assert.deepEqual(dig(asked, 'result', 'inputRequests'), { 'url-1': { method: 'elicitation/create', params: { mode: 'url', url: 'https://example.com', message: 'Sign in' } } });
    assert.equal(dig(asked, 'result', 'resultType'), 'input_required');
    const reply = await caller('carol', { elicitation: { form: {} } }).send('tools/call', { name: 'url', arguments: {} });
    const answer = await answerOf(reply);
    assert.deepEqual([reply.status, dig(answer, 'error', 'code'), dig(answer, 'error', 'data')], [400, -32021, { requiredCapabilities: { elicitation: { url: {} } } }]);
  });
});
