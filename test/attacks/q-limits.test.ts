import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { configText, KEYS, keysVariable } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo, CanaryUpstream, sayingRaw, type Seen } from '../world/canary-upstream.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';
import { freePort } from '../world/ports.ts';
import { Dialogue, exchange, written, type RawReply } from '../world/raw-http.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** Group Q, limits from one end to the other: a call's place is given back however the call ends, and a quota outlives the process. */

const IN_FLIGHT = 2;
const OWNER_A = 'owner-key-a-0123456789abcdef';
const OWNER_B = 'owner-key-b-0123456789abcdef';
const twoKeys = { [OWNER_A]: { name: 'A', userId: 'shared', permissions: ['alpha:*'] }, [OWNER_B]: { name: 'B', userId: 'shared', permissions: ['alpha:*'] } };

const world = await AttackWorld.start({ limits: { owner: { inFlight: IN_FLIGHT }, owners: { 'other@company.com': {}, shared: { perDay: 3 } } }, keys: twoKeys });
after(() => world[Symbol.asyncDispose]());
world.control = calling('get_thing', { key: KEYS.other });

const full = { key: KEYS.full };
const codeOf = (reply: RawReply): unknown => (JSON.parse(reply.body) as { code?: unknown }).code; // a problem document of our own

/** Calls that the server has heard of and does not answer until it is told to. */
const holding = () => {
  const held: { readonly seen: Seen; readonly response: ServerResponse }[] = [];
  const told = world.canary.when('get_other', (seen, response) => void held.push({ seen, response }));
  return {
    held,
    reached: (count: number) => until(`${String(count)} calls run`, () => Promise.resolve(held.length >= count ? true : undefined), { withinMs: 5_000, everyMs: 5 }),
    [Symbol.dispose]: () => told[Symbol.dispose](),
  };
};

const start = (): Dialogue => {
  const dialogue = new Dialogue(world.port);
  dialogue.write(written(calling('get_other', full)));
  return dialogue;
};

/** Every place is free: as many calls as may run can run, and not one more. */
const assertAllFree = async (): Promise<void> => {
  using calls = holding();
  const dialogues = Array.from({ length: IN_FLIGHT }, start);
  await calls.reached(IN_FLIGHT);
  const refused = await world.send(calling('get_other', full));
  assert.deepEqual([refused.status, codeOf(refused)], [429, 'limit.in-flight'], refused.body);
  for (const { seen, response } of calls.held) response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answerTo(seen)));
  for (const dialogue of dialogues) {
    assert.equal((await dialogue.reply()).status, 200);
    dialogue[Symbol.dispose]();
  }
};

suite('A call\'s place among those in flight is given back', () => {
  test('[D02] when it is answered; one too many is told what would raise the limit, and nothing goes on', async () => {
    await assertAllFree();
    using calls = holding();
    const dialogues = Array.from({ length: IN_FLIGHT }, start);
    await calls.reached(IN_FLIGHT);
    const reply = await world.refuses(calling('get_other', full), { status: 429, code: 'limit.in-flight' });
    assert.match(reply.body, /raise.*owners.*full@company\.com.*inFlight: 4/);
    for (const { response } of calls.held) response.destroy();
    for (const dialogue of dialogues) {
      await dialogue.reply();
      dialogue[Symbol.dispose]();
    }
    await assertAllFree();
  });

  const freeAgain = () => until('the places are free', () => assertAllFree().then(() => true as const, () => undefined), { withinMs: 10_000, everyMs: 50 });

  test('[D02] when the caller hangs up before the answer', async () => {
    using calls = holding();
    const dialogues = Array.from({ length: IN_FLIGHT }, start);
    await calls.reached(IN_FLIGHT);
    for (const dialogue of dialogues) dialogue.socket.destroy();
    await freeAgain();
  });

  test('[D02] when a stream ends, and not before', async () => {
    using calls = holding();
    const dialogues = Array.from({ length: IN_FLIGHT }, start);
    await calls.reached(IN_FLIGHT);
    for (const { response } of calls.held) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(': still running\n\n');
    }
    for (const dialogue of dialogues) await dialogue.head();
    assert.equal(codeOf(await world.send(calling('get_other', full))), 'limit.in-flight');
    for (const { seen, response } of calls.held) response.end(`data: ${JSON.stringify(answerTo(seen))}\n\n`);
    for (const dialogue of dialogues) {
      await dialogue.reply();
      dialogue[Symbol.dispose]();
    }
    await assertAllFree();
  });

  test('[D02] when the caller hangs up in the middle of a stream', async () => {
    using calls = holding();
    const dialogues = Array.from({ length: IN_FLIGHT }, start);
    await calls.reached(IN_FLIGHT);
    for (const { response } of calls.held) response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    for (const dialogue of dialogues) {
      await dialogue.head();
      dialogue.socket.destroy();
    }
    await freeAgain();
  });

  test('[D02] when the server says what cannot be passed on, or breaks off', async () => {
    for (const bytes of ['nonsense\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]', '']) {
      using _told = world.canary.when('get_other', sayingRaw(() => bytes));
      for (let times = 0; times < IN_FLIGHT + 1; times += 1) assert.notEqual((await world.send(calling('get_other', full))).status, 429, bytes);
    }
    await assertAllFree();
  });

  test('[D02] control: what refuses a call before it is limited, and what is no call, takes none', async () => {
    for (let times = 0; times < IN_FLIGHT + 1; times += 1) {
      assert.equal((await world.send(bodiless('GET', { ...full, target: '/alpha/mcp/status' }))).status, 200);
      assert.equal((await world.send(calling('delete_thing', { key: KEYS.reader }))).status, 403);
    }
    await assertAllFree();
  });
});

test('[L03] several keys of one owner share his quota, however they take turns', async () => {
  const replies: RawReply[] = [];
  for (let times = 0; times < 6; times += 1) replies.push(await world.send(calling('get_thing', { key: times % 2 === 0 ? OWNER_A : OWNER_B })));
  assert.deepEqual(replies.map(({ status }) => status), [200, 200, 200, 429, 429, 429]);
  assert.deepEqual(replies[2]?.headers.get('ratelimit')?.[0]?.slice(0, 16), '"owner-day";r=0;');
  const problem = JSON.parse(replies[3]?.body ?? '{}') as Record<string, unknown>; // as above
  assert.equal(problem['limit'], 'owner-day');
  assert.equal(new Date(String(problem['until'])).toISOString().slice(10), 'T00:00:00.000Z');
});

suite('A quota', () => {
  const QUOTA = 20;

  const running = async (owned: AsyncDisposableStack, folder: string, canary: CanaryUpstream): Promise<{ readonly process: RunningProcess; call(): Promise<number> }> => {
    const [port, config] = [await freePort(), join(folder, 'sallyport.json')];
    writeFileSync(config, configText({ port, canary, limits: { key: { perDay: QUOTA } } }));
    const gateway = owned.use(startProcess([process.execPath, join(import.meta.dirname, '../../src/main.ts'), 'serve', '-c', config, '--data', join(folder, 'data'), '--quiet'], { env: { MCP_API_KEYS: keysVariable(), ALPHA_TOKEN: 'x' } }));
    await until('it serves', async () => ((await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined), { withinMs: 15_000, signal: gateway.gone });
    return { process: gateway, call: async () => (await exchange(port, calling('get_thing', full))).status };
  };

  const passing = async (call: () => Promise<number>): Promise<number> => {
    let passed = 0;
    while ((await call()) === 200) passed += 1;
    return passed;
  };

  test('outlives a stop exactly, and a kill to within the last second', async () => {
    await using folder = await temporaryFolder('quota');
    await using canary = await CanaryUpstream.start();
    await using owned = new AsyncDisposableStack();
    const first = await running(owned, folder.path, canary);
    for (let times = 0; times < 5; times += 1) assert.equal(await first.call(), 200);
    await first.process.stop();

    const second = await running(owned, folder.path, canary);
    for (let times = 0; times < 5; times += 1) assert.equal(await second.call(), 200);
    const saved = join(folder.path, 'data', 'sallyport.db');
    // Two seconds: what was written ahead of the count has been set right.
    const { DatabaseSync } = await import('node:sqlite');
    using database = new DatabaseSync(saved);
    await until('it is written', () => Promise.resolve(database.prepare("SELECT day_used FROM quotas WHERE scope = 'key'").get()?.['day_used'] === 10 ? true : undefined), { withinMs: 10_000, everyMs: 50 });
    second.process.signal('SIGKILL');
    await second.process.exited;

    const third = await running(owned, folder.path, canary);
    assert.equal(await passing(third.call), QUOTA - 10);
    await third.process.stop();
  });
});
