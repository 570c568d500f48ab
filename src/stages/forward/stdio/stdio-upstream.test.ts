import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Secret } from '../../../model/secret.ts';
import { LegacyCaller, ModernCaller } from './testdata/callers.ts';
import { dig, textOf } from './testdata/events.ts';
import { groupOf, livingIn } from './testdata/processes.ts';
import { rawServer, rig, sdkServer } from './testdata/rig.ts';

const CANARY = 'canary-51c2';
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

suite('A stdio server behind the gateway', { concurrency: true }, () => {
  test('the probe tells title, revision, both eras, and which tools only read', async (t) => {
    const { upstream } = rig(t, rawServer('modern'));
    const { tools, ...facts } = await upstream.probe(soon());
    assert.deepEqual(facts, { title: 'Raw server', transport: 'stdio', protocolVersion: '2026-07-28', eras: ['modern', 'legacy'] });
    assert.deepEqual([tools.find(({ name }) => name === 'echo'), tools.find(({ name }) => name === 'exit')], [{ name: 'echo', readOnly: true }, { name: 'exit', readOnly: false }]);
    assert.equal((await rig(t, rawServer('legacy')).upstream.probe(soon())).protocolVersion, '2025-11-25');
  });

  test('the probe of a server that cannot start says why and how to mend it, and health says so too', async (t) => {
    const { upstream } = rig(t, { command: 'no-such-mcp-server', args: ['--key', 'x'] });
    assert.deepEqual(upstream.health(), { kind: 'ready' });
    await assert.rejects(upstream.probe(soon()), { code: 'upstream.unreachable', message: /no-such-mcp-server.*ENOENT.*full path/ });
    assert.equal(upstream.health().kind, 'down');
  });

  test('G5: a secret of the environment reaches the child, and no log, error or answer of ours', async (t) => {
    const { upstream, log } = rig(t, { ...rawServer('modern'), env: { TOKEN: new Secret(CANARY), NODE_DEBUG: '' } });
    const caller = new ModernCaller(upstream, 'alice');
    assert.equal(dig(JSON.parse(textOf(await caller.tool('environment'))), 'env', 'TOKEN'), CANARY);
    await caller.tool('stderr', { lines: 3, say: `leak ${CANARY}` });
    await assert.rejects(caller.tool('exit', { code: 4 }), (error: Error) => !error.message.includes(CANARY) && error.message.includes('leak [secret]'));
    assert(!log.text().includes(CANARY));
  });

  test('I02: a flood on stderr neither fills the log nor stops the answers', async (t) => {
    const { upstream, log } = rig(t, rawServer('modern'));
    const caller = new ModernCaller(upstream, 'alice');
    assert.equal(textOf(await caller.tool('stderr', { lines: 50_000, say: 'flood' })), 'said');
    assert.equal(textOf(await caller.tool('echo')), '{}');
    assert(log.entries.length < 2_000);
  });

  test('M02: thousands of calls of two users with equal ids, in both eras, over one child, never cross', { timeout: 60_000 }, async (t) => {
    const { upstream } = rig(t, rawServer('modern'));
    const callers = [new ModernCaller(upstream, 'alice'), new ModernCaller(upstream, 'bob'), await LegacyCaller.open(upstream, 'alice'), await LegacyCaller.open(upstream, 'bob')];
    let crossed = 0;
    for (let round = 0; round < 10; round += 1) {
      const calls = Array.from({ length: 100 }, (_, id) =>
        callers.map(async (caller, who) => {
          const answer = await caller.tool('echo', { who, round, id }, { id });
          if (answer['id'] !== id || textOf(answer) !== JSON.stringify({ who, round, id })) crossed += 1;
        }),
      );
      await Promise.all(calls.flat());
    }
    assert.equal(crossed, 0);
  });

  test('closing ends the children and refuses what comes after; closing twice is the same', async (t) => {
    const { upstream } = rig(t, rawServer('modern', 'grandchild'));
    const group = groupOf(Number(textOf(await new ModernCaller(upstream, 'alice').tool('pid'))));
    assert(livingIn(group).length >= 2);
    await Promise.all([upstream.close(), upstream.close()]);
    assert.deepEqual(livingIn(group), []);
    await assert.rejects(new ModernCaller(upstream, 'alice').tool('echo'), { code: 'house.stopping' });
  });

  test('what was never started is closed at once', async (t) => {
    await rig(t, rawServer('modern')).upstream.close();
  });

  test('TR-6: a mirrored header must be there and be true', async (t) => {
    const { upstream } = rig(t, sdkServer('modern'));
    const caller = new ModernCaller(upstream, 'alice');
    const status = async (headers: Readonly<Record<string, string>>) => (await caller.send('tools/call', { name: 'test_x_mcp_header', arguments: { region: 'eu' } }, { headers })).status;
    assert.deepEqual([await status({ 'mcp-param-region': 'eu' }), await status({ 'mcp-param-region': 'us' }), await status({})], [200, 400, 400]);
  });
});
