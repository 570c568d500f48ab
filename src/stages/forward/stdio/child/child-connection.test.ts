import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../../../model/json.ts';
import { BoundedLog } from '../process/bounded-log.ts';
import type { RpcOutcome } from '../rpc/message.ts';
import { RpcFault } from '../rpc/rpc-fault.ts';
import { dig } from '../testdata/events.ts';
import { HandClock } from '../testdata/hand-clock.ts';
import { capturedLog, seededRandom } from '../testdata/test-world.ts';
import { ChildConnection } from './child-connection.ts';
import type { CallOrigin } from './origin.ts';

interface Told {
  readonly method: string;
  readonly params: JsonObject;
}

/** A caller who remembers what it was told, and answers questions with its own name. */
const callerNamed = (caller: string): CallOrigin & { readonly told: Told[]; readonly asked: Told[] } => {
  const told: Told[] = [];
  const asked: Told[] = [];
  return {
    caller,
    told,
    asked,
    notify: (method, params) => void told.push({ method, params }),
    ask: ({ method, params }) => {
      asked.push({ method, params });
      return Promise.resolve({ answeredBy: caller });
    },
  };
};

/** A connection whose child is the test: what was written can be read, and lines can be said. */
const connect = (mayAsk = true) => {
  const written: JsonObject[] = [];
  const clock = new HandClock();
  const log = capturedLog();
  const state = { unread: 0 };
  const pipes = { unreadBytes: () => state.unread, writeLine: (line: string) => void written.push(JSON.parse(line) as JsonObject), excerpt: (text: string) => text.slice(0, 20) };
  const connection = new ChildConnection(pipes, { clock, random: seededRandom(), log }, new BoundedLog({ clock, log }, {}));
  const changes: Told[] = [];
  connection.serve({ changed: (method, params) => void changes.push({ method, params }), cancelled: () => undefined }, mayAsk);
  const say = (message: JsonObject): void => connection.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })));
  const call = (origin: CallOrigin | undefined, params: JsonObject = {}, timeoutMs = 1_000) => connection.call({ method: 'tools/call', params, origin, timeoutMs });
  const idOf = (at: number): number => Number(written.at(at)?.['id']);
  return { connection, written, clock, log, changes, state, say, call, idOf };
};

const resultOf = (outcome: RpcOutcome): unknown => (outcome.kind === 'result' ? outcome.result : outcome.error);

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

suite('The connection that all callers share', () => {
  test('M02: ten thousand interleaved calls of two users with equal ids and tokens never cross', async () => {
    const { call, say, written } = connect();
    const users = [callerNamed('alice'), callerNamed('bob')];
    const calls = Array.from({ length: 500 }, (_, n) => n);
    for (let round = 0; round < 10; round += 1) {
      const from = written.length;
      const pending = calls.flatMap((n) => users.map((user) => ({ user, n, pending: call(user, { for: user.caller, n, _meta: { progressToken: n } }) })));
      // Answered in another order than asked, each with progress before it.
      for (const request of written.slice(from).toSorted((a, b) => (Number(a['id']) * 7919) % 1_009 - ((Number(b['id']) * 7919) % 1_009))) {
        say({ method: 'notifications/progress', params: { progressToken: Number(request['id']), progress: 1, for: String(dig(request, 'params', 'for')) } });
        say({ id: Number(request['id']), result: { for: String(dig(request, 'params', 'for')), n: Number(dig(request, 'params', 'n')) } });
      }
      for (const { user, n, pending: { outcome } } of pending) assert.deepEqual(resultOf(await outcome), { for: user.caller, n });
    }
    for (const { caller, told } of users) {
      assert(told.length > 0);
      assert(told.every(({ params }) => params['for'] === caller && Number.isInteger(params['progressToken'])));
    }
  });

  test('TR-14: the child sees ids and progress tokens of ours only, and the caller its own token', async () => {
    const { call, say, written, idOf } = connect();
    const alice = callerNamed('alice');
    const { outcome } = call(alice, { _meta: { progressToken: 'mine', 'com.example/trace': 1 } });
    assert.deepEqual(dig(written, 0, 'params', '_meta'), { progressToken: idOf(0), 'com.example/trace': 1 });
    say({ method: 'notifications/progress', params: { progressToken: idOf(0), progress: 1 } });
    say({ id: idOf(0), result: {} });
    await outcome;
    assert.deepEqual(alice.told, [{ method: 'notifications/progress', params: { progressToken: 'mine', progress: 1 } }]);
  });

  test('M08, I02: answers to unknown ids, second answers and things that are no messages are dropped and flagged', async () => {
    const { connection, call, say, idOf, log } = connect();
    const { outcome } = call(callerNamed('alice'));
    say({ id: 999, result: {} });
    say({ id: 'x', result: {} });
    say({ id: idOf(0), result: { n: 1 } });
    say({ id: idOf(0), result: { n: 2 } });
    connection.receive(Buffer.from('listening on port 3000'));
    connection.receive(Buffer.from('42'));
    connection.receive(Buffer.from('{"jsonrpc":"2.0","id":null,"result":{}}'));
    connection.receive(Buffer.from(''));
    assert.deepEqual(resultOf(await outcome), { n: 1 });
    assert.equal(log.entries.filter(({ level }) => level === 'warn').length, 6);
    assert(log.text().includes('listening on port 30'));
  });

  test('members nobody knows and numbers no double can hold come through', async () => {
    const { connection, call, idOf } = connect();
    const { outcome } = call(callerNamed('alice'));
    connection.receive(Buffer.from(`{"jsonrpc":"2.0","id":${idOf(0)},"result":{"x-vendor":[1.50,12345678901234567890],"_meta":{"com.example/a":true}}}`));
    assert.equal(JSON.stringify(resultOf(await outcome)), '{"x-vendor":[1.5,12345678901234567890],"_meta":{"com.example/a":true}}');
  });

  test('cancelling tells the child, forgets the call, and takes a late answer without a word', async () => {
    const { call, say, written, idOf, log } = connect();
    const pending = call(callerNamed('alice'));
    const id = idOf(0);
    pending.cancel('changed my mind');
    await assert.rejects(pending.outcome, { code: 'client.gone' });
    assert.deepEqual(written.at(-1), { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: 'changed my mind' } });
    say({ id, result: {} });
    assert.deepEqual(log.entries, []);
    pending.cancel('again');
    assert.equal(written.length, 2);
  });

  test('silence ends a call with a cancellation; progress gives it time; an hour is the end', async () => {
    const { call, say, clock, written, idOf } = connect();
    const silent = call(callerNamed('alice'));
    clock.advance(1_000);
    await assert.rejects(silent.outcome, { code: 'upstream.timeout' });
    assert.equal(written.at(-1)?.['method'], 'notifications/cancelled');
    const lively = call(callerNamed('alice'), { _meta: { progressToken: 1 } });
    const id = idOf(-1);
    for (let n = 0; n < 4_000; n += 1) {
      clock.advance(900);
      say({ method: 'notifications/progress', params: { progressToken: id, progress: n } });
    }
    const stillThere = await Promise.race([lively.outcome, settled()]);
    assert.equal(stillThere, undefined);
    clock.advance(2_000);
    await assert.rejects(lively.outcome, { code: 'upstream.timeout' });
  });

  test('when the child is gone every call fails at once, and a new one too', async () => {
    const { connection, call } = connect();
    const calls = [call(callerNamed('alice')), call(callerNamed('bob'))];
    const reason = new Error('gone');
    connection.close(reason);
    for (const { outcome } of calls) await assert.rejects(outcome, reason);
    assert.throws(() => call(callerNamed('alice')), reason);
  });

  test('I03: calls beyond the bound, or to a child that does not read, are refused instead of queued', () => {
    const { call, state } = connect();
    for (let n = 0; n < 1_024; n += 1) call(callerNamed('alice'), {}, Number.POSITIVE_INFINITY);
    assert.throws(() => call(callerNamed('alice')), { code: 'upstream.unavailable' });
    const other = connect();
    other.state.unread = 64 * 1024 * 1024 + 1;
    assert.throws(() => other.call(callerNamed('alice')), { code: 'upstream.unavailable' });
    assert.equal(state.unread, 0);
  });
});

suite('What a child says without naming a call', () => {
  test('a question goes to the only caller with a call in flight, and its answer back to the child', async () => {
    const { call, say, written } = connect();
    const alice = callerNamed('alice');
    call(alice);
    say({ id: 'q1', method: 'elicitation/create', params: { message: 'Sure?' } });
    await settled();
    assert.deepEqual(alice.asked, [{ method: 'elicitation/create', params: { message: 'Sure?' } }]);
    assert.deepEqual(written.at(-1), { jsonrpc: '2.0', id: 'q1', result: { answeredBy: 'alice' } });
  });

  test('M02: with two callers in flight it goes to neither, and the child gets an error', async () => {
    const { call, say, written, log } = connect();
    const users = [callerNamed('alice'), callerNamed('bob')];
    for (const user of users) call(user);
    say({ id: 1, method: 'sampling/createMessage', params: { secret: 'of alice' } });
    say({ method: 'notifications/message', params: { level: 'info', data: 'of alice' } });
    await settled();
    for (const { asked, told } of users) assert.deepEqual([asked, told], [[], []]);
    assert.equal(dig(written.at(-1), 'error', 'code'), -32603);
    assert(!log.text().includes('of alice'));
  });

  test('M02: a caller who cannot be asked makes it uncertain too', async () => {
    const { call, say } = connect();
    const alice = callerNamed('alice');
    call(alice);
    call({ caller: 'bob', notify: () => assert.fail('bob is told nothing') });
    say({ id: 1, method: 'sampling/createMessage', params: {} });
    await settled();
    assert.deepEqual(alice.asked, []);
  });

  test('M02: what was given up counts until the child has answered it, or a minute has passed', async () => {
    const { call, say, clock, idOf } = connect();
    const [alice, bob] = [callerNamed('alice'), callerNamed('bob')];
    const given = call(alice, {}, 100_000);
    const givenId = idOf(0);
    given.cancel('gone');
    call(bob, {}, 1_000_000);
    const ask = async (id: number): Promise<number> => {
      say({ id, method: 'elicitation/create', params: {} });
      await settled();
      return bob.asked.length;
    };
    assert.equal(await ask(1), 0);
    say({ id: givenId, result: {} });
    assert.equal(await ask(2), 1);
    call(alice, {}, 100_000).cancel('gone');
    assert.equal(await ask(3), 1);
    clock.advance(60_000);
    assert.equal(await ask(4), 2);
  });

  test('IO-3: a modern child may ask nothing, and gets told so', async () => {
    const { call, say, written } = connect(false);
    const alice = callerNamed('alice');
    call(alice);
    say({ id: 1, method: 'elicitation/create', params: {} });
    await settled();
    assert.deepEqual(alice.asked, []);
    assert.equal(dig(written.at(-1), 'error', 'code'), -32601);
  });

  test('a ping is answered here', async () => {
    const { say, written } = connect();
    say({ id: 1, method: 'ping' });
    await settled();
    assert.deepEqual(written, [{ jsonrpc: '2.0', id: 1, result: {} }]);
  });

  test("a client's error reaches the child as it is, and nothing of an inner one does", async () => {
    const { call, say, written } = connect();
    const thrown: Error[] = [new RpcFault({ code: -1, message: 'the user said no', data: { why: 'x' } }), new Error('at /home/secret/file.ts')];
    call({ caller: 'a', notify: () => undefined, ask: () => Promise.reject(thrown.shift() ?? new Error('no more')) });
    say({ id: 1, method: 'elicitation/create', params: {} });
    await settled();
    assert.deepEqual(written.at(-1), { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'the user said no', data: { why: 'x' } } });
    say({ id: 2, method: 'elicitation/create', params: {} });
    await settled();
    assert(!JSON.stringify(written.at(-1)).includes('secret'));
  });

  test('a question is withdrawn when the child takes it back, when its caller has no call left, and after ten minutes', async () => {
    const { call, say, clock, idOf } = connect();
    const signals: AbortSignal[] = [];
    const origin: CallOrigin = { caller: 'a', notify: () => undefined, ask: ({ signal }) => new Promise(() => void signals.push(signal)) };
    call(origin, {}, 10_000_000);
    const first = idOf(0);
    for (const id of ['back', 'left', 'late']) say({ id, method: 'elicitation/create', params: {} });
    say({ method: 'notifications/cancelled', params: { requestId: 'back' } });
    assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false, false]);
    say({ id: first, result: {} });
    assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true]);
    call(origin, {}, 10_000_000);
    say({ id: 'slow', method: 'elicitation/create', params: {} });
    clock.advance(10 * 60_000);
    assert.equal(signals.at(-1)?.aborted, true);
  });

  test('a call does not time out while its caller is being asked', async () => {
    const { call, say, clock } = connect();
    const pending = call({ caller: 'a', notify: () => undefined, ask: () => new Promise(() => undefined) });
    say({ id: 1, method: 'elicitation/create', params: {} });
    clock.advance(5_000);
    assert.equal(await Promise.race([pending.outcome, settled()]), undefined);
  });

  test('changes are told to nobody in particular', () => {
    const { say, changes } = connect();
    say({ method: 'notifications/tools/list_changed' });
    say({ method: 'notifications/resources/updated', params: { uri: 'a:b' } });
    assert.deepEqual(changes, [
      { method: 'notifications/tools/list_changed', params: {} },
      { method: 'notifications/resources/updated', params: { uri: 'a:b' } },
    ]);
  });
});
