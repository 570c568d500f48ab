import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aPrepared, aPrincipal, aReply, aRequest, aRoute, aToolCall, grants } from '../../../test/world/exchanges.ts';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { laterRefusalOf } from '../../../test/world/refusal.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall } from '../../model/call.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Prepared, Reply } from '../../model/exchange.ts';
import type { Outbound, Upstream } from '../../ports/upstream.ts';
import { buildForward } from './forward.ts';
import { HandleRegister } from './handles.ts';

const OWNER = { server: 'crm', credentialId: 'key_1' };

/** The stage before an upstream that notes what it is sent. */
const forwarding = (answer: Reply | GatewayError = aReply()) => {
  const sent: Outbound[] = [];
  const upstream: Upstream = {
    probe: () => Promise.reject(new Error('is not asked')),
    send(outbound) {
      sent.push(outbound);
      return answer instanceof GatewayError ? Promise.reject(answer) : Promise.resolve(answer);
    },
    health: () => ({ kind: 'down', reason: 'http://10.0.0.7 does not answer' }),
    close: () => Promise.resolve(),
  };
  const handles = new HandleRegister(new MovedClock(), 100);
  const forward = buildForward({ upstreams: new Map([['crm', upstream]]), handles });
  return { sent, handles, forward: (more: Partial<Prepared> = {}) => forward(aPrepared(more)) };
};

suite('What goes to the server', () => {
  test('is the original bytes, the headers of inject, and who the call is for', async () => {
    const { forward, sent } = forwarding();
    const body = Buffer.from('{"original": 1}');
    const call = aToolCall('x');
    await forward({ body, call, upstreamHeaders: { accept: 'a' }, route: aRoute({ timeoutMs: 77 }) });
    const [outbound] = sent;
    assert.ok(outbound);
    assert.deepEqual([outbound.body === body, outbound.call === call], [true, true]);
    assert.deepEqual([outbound.headers, outbound.requestId, outbound.principalKey, outbound.timeoutMs, outbound.sessionId], [{ accept: 'a' }, 'req_1', 'key_1', 77, undefined]);
  });

  test('goes by the method of what it does', async () => {
    const calls: readonly (readonly [McpCall, string])[] = [[aToolCall('x'), 'POST'], [{ kind: 'response', era: 'legacy', id: 1 }, 'POST'], [{ kind: 'stream', era: 'legacy' }, 'GET'], [{ kind: 'end', era: 'legacy' }, 'DELETE']];
    for (const [call, method] of calls) {
      const { forward, sent } = forwarding();
      await forward({ call });
      assert.equal(sent[0]?.httpMethod, method, call.kind);
    }
  });

  test('is given up when the caller leaves', async () => {
    const { forward, sent } = forwarding();
    const prepared = await forward();
    assert.equal(sent[0]?.signal.aborted, false);
    prepared.hangup.abort();
    assert.equal(sent[0]?.signal.aborted, true);
    assert.equal(sent[0]?.hangup.aborted, true);
  });
});

suite('A handle of somebody else is not found, and the server hears nothing (M01, RS-14)', () => {
  const owned = aRequest('tools/call', { name: 'x', requestState: 'st' });
  const CASES: readonly (readonly [what: string, Partial<Prepared>, code: string])[] = [
    ['a session, with a call', { sessionId: 's' }, 'session.unknown'],
    ['a session, with a stream', { sessionId: 's', call: { kind: 'stream', era: 'legacy' } }, 'session.unknown'],
    ['a session, to end it', { sessionId: 's', call: { kind: 'end', era: 'legacy' } }, 'session.unknown'],
    ['a session, with an answer', { sessionId: 's', call: { kind: 'response', era: 'legacy', id: 1 } }, 'session.unknown'],
    ['a state', { call: owned }, 'state.unknown'],
    ['a task', { call: aRequest('tasks/get', { taskId: 't' }) }, 'task.unknown'],
    ['a task, to cancel it', { call: aRequest('tasks/cancel', { taskId: 't' }) }, 'task.unknown'],
  ];
  for (const [what, more, code] of CASES) {
    test(what, async () => {
      const { forward, handles, sent } = forwarding();
      for (const [kind, handle] of [['session', 's'], ['state', 'st'], ['task', 't']] as const) handles.bind(kind, handle, { ...OWNER, credentialId: 'key_2' });
      const refusal = await laterRefusalOf(() => forward(more));
      assert.deepEqual([refusal.code, refusal.circumstances.rpcId, sent.length], [code, 'call' in more && more.call?.kind !== 'request' ? undefined : 7, 0]);
    });

    test(`${what}, is found by its owner`, async () => {
      const { forward, handles, sent } = forwarding();
      for (const [kind, handle] of [['session', 's'], ['state', 'st'], ['task', 't']] as const) handles.bind(kind, handle, OWNER);
      await forward(more);
      assert.equal(sent.length, 1);
      assert.equal(sent[0]?.sessionId, more.sessionId);
    });
  }

  test('but a taskId is a handle only where it names a task', async () => {
    const { forward, sent } = forwarding();
    await forward({ call: aToolCall('x', { taskId: 't' }) });
    await forward({ call: aRequest('prompts/get', { taskId: 't', name: 'p' }) });
    assert.equal(sent.length, 2);
  });
});

suite('A session', () => {
  const opened = aReply({}, { headers: { 'Mcp-Session-Id': 's-1' } });
  const isBound = (handles: HandleRegister): boolean => handles.isOwnedBy('session', 's-1', OWNER);

  test('belongs to the credential that opened it', async () => {
    const { forward, handles } = forwarding(opened);
    assert.equal((await forward({ call: aRequest('initialize') })).answer, opened);
    assert.equal(isBound(handles), true);
  });

  test('that the server names in the midst of another one is bound to nobody', async () => {
    const { forward, handles } = forwarding(opened);
    handles.bind('session', 's-0', OWNER);
    await forward({ sessionId: 's-0' });
    assert.equal(isBound(handles), false);
  });

  test('that has been ended is forgotten, and one whose end was refused is not', async () => {
    for (const [status, kept] of [[200, false], [204, false], [399, false], [400, true], [405, true], [500, true]] as const) {
      const { forward, handles } = forwarding(aReply('', { status }));
      handles.bind('session', 's-1', OWNER);
      await forward({ sessionId: 's-1', call: { kind: 'end', era: 'legacy' } });
      assert.equal(isBound(handles), kept, String(status));
    }
  });

  test('is kept by every other call', async () => {
    const { forward, handles } = forwarding();
    handles.bind('session', 's-1', OWNER);
    await forward({ sessionId: 's-1' });
    assert.equal(isBound(handles), true);
  });
});

suite('A server', () => {
  test("that fails is told as it failed", async () => {
    const failure = new GatewayError('upstream.timeout', { reason: 'x' });
    assert.equal(await laterRefusalOf(forwarding(failure).forward), failure);
  });

  test('that is not there is unreachable, not a fault of the house', async () => {
    assert.equal((await laterRefusalOf(() => forwarding().forward({ route: aRoute({ server: 'wiki' }) }))).code, 'upstream.unreachable');
  });
});

suite('The status of a caller', () => {
  const statusOf = async (more: Partial<Prepared> = {}): Promise<unknown> => {
    const { forward, sent } = forwarding();
    const { answer } = await forward({ call: { kind: 'status' }, ...more });
    assert.ok(answer.kind === 'whole' && typeof answer.body === 'string' && sent.length === 0);
    assert.deepEqual([answer.status, answer.headers], [200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }]);
    return JSON.parse(answer.body);
  };

  test('is answered here, with who they are and may do (R3, R5)', async () => {
    const principal = aPrincipal({ group: 'Engineering', roles: ['reader', 'writer'], permissions: grants('crm:get_*'), expiresAtMs: Date.UTC(2027, 0, 1) });
    assert.deepEqual(await statusOf({ principal }), {
      status: 'ok', server: 'crm', upstream: 'down', via: 'api-key', credential: 'key_1', placed: 'header', name: 'Connector', userId: 'alice@company.com', group: 'Engineering', role: 'reader', roles: ['reader', 'writer'],
      permissions: ['crm:get_*'], expiresAt: '2027-01-01T00:00:00.000Z', request_id: 'req_1',
    });
  });

  test('says what the key may do today: within what its owner may (D2)', async () => {
    const principal = aPrincipal({ permissions: new PermissionSet(grants('crm:*', 'wiki:*').grants, grants('crm:get_*')) });
    assert.deepEqual((await statusOf({ principal }) as { permissions: unknown }).permissions, ['crm:get_*']);
  });

  test('says what there is not, and tells nothing of the host behind', async () => {
    const status = await statusOf();
    assert.ok(typeof status === 'object' && status !== null && !('group' in status));
    assert.deepEqual([Object.entries(status).find(([name]) => name === 'role'), Object.entries(status).find(([name]) => name === 'expiresAt')], [['role', null], ['expiresAt', null]]);
    assert.equal(JSON.stringify(status).includes('10.0.0.7'), false);
  });
});
