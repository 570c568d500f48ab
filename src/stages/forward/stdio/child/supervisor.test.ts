import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { until } from '../../../../../test/world/until.ts';
import { Hangup } from '../../../../model/hangup.ts';
import type { Clock } from '../../../../ports/world.ts';
import { stdioSettings, type StdioOptions } from '../stdio-options.ts';
import { dig } from '../testdata/events.ts';
import { groupOf, livingIn } from '../testdata/processes.ts';
import { HandClock } from '../testdata/hand-clock.ts';
import { rawServer, sdkServer, testOptions } from '../testdata/rig.ts';
import { testNeeds } from '../testdata/test-world.ts';
import type { OpenChild } from './child-run.ts';
import { GATEWAY_META } from './open-child.ts';
import { GATEWAY_ORIGIN } from './origin.ts';
import { Supervisor } from './supervisor.ts';

const restart = { firstDelayMs: 20, longestDelayMs: 50, failuresBeforeOpen: 3, coolDownMs: 200, stableAfterMs: 60_000 };

const supervise = (t: TestContext, more: Partial<StdioOptions> = {}, clock?: Clock) => {
  const awake = setInterval(() => undefined, 1_000);
  const needs = testNeeds(clock);
  const opened: OpenChild[] = [];
  const supervisor = new Supervisor(stdioSettings(testOptions({ restart, ...more })), { ...needs, opened: (child) => void opened.push(child) });
  t.after(async () => {
    await supervisor.close();
    clearInterval(awake);
  });
  return { ...needs, supervisor, opened };
};

const patience = (timeoutMs = 20_000, hangup = new Hangup()) => ({ timeoutMs, hangup });

const callTool = async ({ connection, facts }: OpenChild, name: string, args = {}) => {
  const meta = facts.era === 'modern' ? { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } : {};
  const outcome = await connection.call({ method: 'tools/call', params: { name, arguments: args, _meta: meta }, origin: GATEWAY_ORIGIN, timeoutMs: 10_000 }).outcome;
  return String(dig(outcome, 'result', 'content', 0, 'text'));
};

suite('Finding out which era a child speaks (IO-4)', { concurrency: true }, () => {
  test('a server that answers server/discover is modern', async (t) => {
    const { facts } = await supervise(t, rawServer('modern')).supervisor.child(patience());
    assert.deepEqual([facts.era, facts.protocolVersion, facts.serverInfo['name']], ['modern', '2026-07-28', 'raw']);
  });

  test('a server that answers it with any error is legacy, and stays the same process', async (t) => {
    const { supervisor, opened } = supervise(t, rawServer('legacy'));
    const child = await supervisor.child(patience());
    assert.deepEqual([child.facts.era, child.facts.protocolVersion, child.facts.instructions], ['legacy', '2025-11-25', 'Be kind.']);
    assert.deepEqual(JSON.parse(await callTool(child, 'notices')), ['notifications/initialized']);
    assert.equal(opened.length, 1);
  });

  test('a server that is silent before initialize is legacy', async (t) => {
    const { facts } = await supervise(t, rawServer('legacy', 'silent-before-initialize')).supervisor.child(patience());
    assert.equal(facts.era, 'legacy');
  });

  test('a modern server that is too slow to start is asked for no other era: the one that serves has heard the probe alone', async (t) => {
    const clock = new HandClock();
    const { supervisor, opened } = supervise(t, sdkServer('modern'), clock);
    const starting = supervisor.child(patience());
    // No process can have answered by now, so both questions wait in its pipe.
    clock.advance(3_000);
    const { connection, facts } = await starting;
    assert.equal(facts.era, 'modern');
    const outcome = await connection.call({ method: 'tools/list', params: { _meta: GATEWAY_META }, origin: GATEWAY_ORIGIN, timeoutMs: 10_000 }).outcome;
    assert.equal(dig(outcome, 'result', 'resultType'), 'complete', 'an answer of the older era');
    assert.equal(opened.length, 1);
  });

  test('a legacy server that is too slow to start is legacy all the same', async (t) => {
    const clock = new HandClock();
    const { supervisor } = supervise(t, sdkServer('legacy'), clock);
    const starting = supervisor.child(patience());
    clock.advance(3_000);
    assert.equal((await starting).facts.era, 'legacy');
  });

  test('a server that exits when probed is started again without the probe, and never probed again', async (t) => {
    const { supervisor, log } = supervise(t, rawServer('legacy', 'exit-on-probe'));
    const child = await supervisor.child(patience());
    assert.equal(child.facts.era, 'legacy');
    const gone = child.run.ended;
    callTool(child, 'exit', { code: 0 }).catch(() => undefined);
    await gone;
    assert.equal((await supervisor.child(patience())).facts.era, 'legacy');
    // Had it been probed, its exit would have been counted.
    assert.equal(log.entries.filter(({ message }) => message === 'the server is down').length, 1);
  });

  test('a modern server of another revision is refused in words, not initialized', async (t) => {
    await assert.rejects(supervise(t, rawServer('legacy', 'future-only')).supervisor.child(patience()), { code: 'upstream.unreachable', message: /speaks only MCP 2031-01-01/ });
  });

  test('I03: a server that hangs at start is given up after the bound, and leaves no process', async (t) => {
    const { supervisor } = supervise(t, { ...rawServer('legacy', 'hang'), startTimeoutMs: 300 });
    await assert.rejects(supervisor.child(patience()), { code: 'upstream.unreachable', message: /did not answer within 300 ms/ });
  });
});

suite('Keeping one child for all', { concurrency: true }, () => {
  test('callers who come at once share one start', async (t) => {
    const { supervisor, opened } = supervise(t, rawServer('modern'));
    const children = await Promise.all(Array.from({ length: 50 }, () => supervisor.child(patience())));
    assert.equal(new Set(children).size, 1);
    assert.equal(opened.length, 1);
  });

  test('nobody waits longer than they said, and nobody who left', async (t) => {
    const { supervisor } = supervise(t, { ...rawServer('legacy', 'hang'), startTimeoutMs: 5_000 });
    await assert.rejects(supervisor.child(patience(100)), { code: 'upstream.timeout' });
    const hangup = new Hangup();
    const waiting = supervisor.child(patience(10_000, hangup));
    hangup.abort();
    await assert.rejects(waiting, { code: 'client.gone' });
  });

  test('a call in flight fails when the child ends, with its last words, and is not repeated', async (t) => {
    const { supervisor, opened } = supervise(t, rawServer('modern'));
    const child = await supervisor.child(patience());
    await assert.rejects(callTool(child, 'exit', { code: 9 }), { code: 'upstream.unavailable', message: /exited with code 9/ });
    const next = await supervisor.child(patience());
    assert.equal(await callTool(next, 'echo', { a: 1 }), '{"a":1}');
    assert.equal(opened.length, 2);
  });

  test('a child that ended is started again by itself', async (t) => {
    const { supervisor, opened } = supervise(t, rawServer('modern'));
    await callTool(await supervisor.child(patience()), 'exit', { code: 1 }).catch(() => undefined);
    await until('it is up again', async () => (opened.length === 2 ? true : undefined), { withinMs: 5_000 });
  });

  test('I03: a crash loop opens the circuit: refused at once with Retry-After, and healed by one attempt', async (t) => {
    const { supervisor, log } = supervise(t, { command: '/bin/sh', args: ['-c', 'echo no database >&2; exit 1'], restart: { ...restart, coolDownMs: 600_000 } });
    const refusal = await until(
      'the circuit is open',
      async () => {
        try {
          await supervisor.child(patience());
        } catch (error) {
          return error instanceof Error && error.message.includes('circuit is open') ? error : undefined;
        }
        return undefined;
      },
      { withinMs: 10_000 },
    );
    assert.equal(dig(refusal, 'code'), 'upstream.unavailable');
    assert.equal(dig(refusal, 'circumstances', 'headers', 'Retry-After'), '600');
    assert.match(refusal.message, /no database/);
    assert.equal(supervisor.health().kind, 'down');
    const attempts = log.entries.length;
    for (let n = 0; n < 1_000; n += 1) await assert.rejects(supervisor.child(patience()), { code: 'upstream.unavailable' });
    assert.equal(log.entries.length, attempts, 'refusing starts nothing, or its failure would be logged');
  });

  test('I03: when the cause is mended the next attempt closes the circuit', async (t) => {
    const { supervisor, log } = supervise(t, { ...rawServer('legacy'), command: '/bin/sh', args: ['-c', `if [ -e "$FLAG" ]; then exec "$NODE" "$SERVER" modern; else exit 1; fi`], env: await flagged(t) });
    await assert.rejects(supervisor.child(patience()));
    await until('the circuit is open', async () => (log.entries.some(({ fields }) => Number(fields['failures']) >= 3) ? true : undefined), { withinMs: 10_000 });
    mend();
    const child = await until('it is up', () => supervisor.child(patience()).catch(() => undefined), { withinMs: 10_000 });
    assert.equal(await callTool(child, 'echo', {}), '{}');
    assert.equal(supervisor.health().kind, 'ready');
  });

  test('closing ends the child, a start that is under way, and refuses what comes after', async (t) => {
    const { supervisor } = supervise(t, rawServer('modern'));
    const group = groupOf(Number(await callTool(await supervisor.child(patience()), 'pid')));
    await supervisor.close();
    assert.deepEqual(livingIn(group), []);
    await assert.rejects(supervisor.child(patience()), { code: 'house.stopping' });
    const starting = supervise(t, { ...rawServer('legacy', 'hang'), startTimeoutMs: 60_000 });
    const waiting = starting.supervisor.child(patience());
    const refused = assert.rejects(waiting, { code: 'upstream.unreachable' });
    await starting.supervisor.close();
    await refused;
  });
});

let flag = '';
const mend = (): void => writeFileSync(flag, '');

/** The environment of a server that works only once a file is there. */
const flagged = async (t: TestContext): Promise<Readonly<Record<string, string>>> => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-flag-'));
  t.after(() => rmSync(folder, { recursive: true }));
  flag = join(folder, 'mended');
  return { FLAG: flag, NODE: process.execPath, SERVER: join(import.meta.dirname, '../testdata/raw-server.ts') };
};
