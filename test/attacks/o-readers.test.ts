import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo, sayingEvents, sayingJson } from '../world/canary-upstream.ts';
import { bodiless, calling, modern } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import { until } from '../world/until.ts';

/** Group O, more of it: who takes nothing is let go like who sends nothing, and more than can be served is refused, not confused. */

const BURST = 60;
const world = await AttackWorld.start({ limits: { key: { perSecond: 20, burst: BURST }, streamsPerKey: 2 } });
after(() => world[Symbol.asyncDispose]());

/** Fifteen seconds, and what a busy machine takes to get as far as the stall. */
const GONE_MS = 15_000 + 7_000;
const hex = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;

/** Whether the gateway holds its end of a connection: the system keeps an inode for it as long as a process does. */
const isHeld = (peer: number): boolean =>
  readFileSync('/proc/net/tcp', 'latin1').split('\n').some((line) => {
    const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(hex(world.port)) && remote.endsWith(hex(peer)) && inode !== '0';
  });

/** Waits until the gateway holds the connection, and then until it does so no more. */
async function isLetGo({ socket }: Dialogue): Promise<void> {
  const peer = (): number => socket.localPort ?? 0;
  await until('the gateway has the connection', () => Promise.resolve(isHeld(peer()) ? true : undefined), { withinMs: 5_000 });
  await until('the gateway has let go of it', () => Promise.resolve(isHeld(peer()) ? undefined : true), { withinMs: GONE_MS, everyMs: 100 });
}

suite('Who sends or takes nothing is let go', { concurrency: true, skip: process.platform !== 'linux' }, () => {
  const large = (bytes: number): string => 'x'.repeat(bytes);

  test('[D01] who does not read a large answer that stands there as a whole', async () => {
    using _told = world.canary.when('get_other', sayingJson((seen) => answerTo(seen, { text: large(8_000_000) })));
    using reader = new Dialogue(world.port, { reads: false });
    reader.write(written(calling('get_other', { key: KEYS.full })));
    await isLetGo(reader);
  });
  test('[D01] who does not read the end of a stream that is over', async () => {
    using _told = world.canary.when('get_it_all', sayingEvents((seen) => `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: large(8_000_000) } })}\n\ndata: ${JSON.stringify(answerTo(seen))}\n\n`));
    using reader = new Dialogue(world.port, { reads: false });
    reader.write(written(calling('get_it_all', { key: KEYS.full })));
    await isLetGo(reader);
  });
  test('[D01] who connects and says nothing', async () => {
    using silent = new Dialogue(world.port);
    await isLetGo(silent);
  });
  test('[D01] who says one byte now and then', async () => {
    using slow = new Dialogue(world.port);
    const bytes = written(calling('get_thing', { key: KEYS.full })).toString('latin1');
    let at = -1;
    const drip = setInterval(() => void (slow.socket.writable && slow.write(bytes[(at += 1)] ?? '')), 400);
    try {
      await isLetGo(slow);
    } finally {
      clearInterval(drip);
    }
  });
  test('[D01] who was refused for want of a key and goes on sending', async () => {
    const { position } = world;
    using slow = new Dialogue(world.port);
    slow.write(written({ target: '/alpha/mcp', headers: [['Host', '127.0.0.1'], ['Content-Type', 'application/json'], ['User-Agent', 'drip'], ['Content-Length', '100000']], body: 'x' }));
    assert.equal((await slow.reply()).status, 401);
    const drip = setInterval(() => void (slow.socket.writable && slow.write('x')), 400);
    try {
      await isLetGo(slow);
    } finally {
      clearInterval(drip);
    }
    assert.deepEqual(world.calls(position).filter(({ client }) => client === 'drip').map(({ code }) => code), ['credential.missing']);
  });
  test('[D01] control: who reads, if late, gets all of it', async () => {
    const bytes = 3_000_000;
    using _told = world.canary.when('get_much', sayingJson((seen) => answerTo(seen, { text: large(bytes) })));
    using reader = new Dialogue(world.port);
    reader.socket.pause();
    reader.write(written(calling('get_much', { key: KEYS.full })));
    await until('the answer waits', () => Promise.resolve(isHeld(reader.socket.localPort ?? 0) ? true : undefined), { withinMs: 5_000 });
    reader.socket.resume();
    assert.equal((await reader.reply()).body.length > bytes, true);
  });
});

suite('Streams that are all taken', () => {
  test('[D02] leave calls alone, also those that are answered as streams, and other keys', async () => {
    const held = [new Dialogue(world.port), new Dialogue(world.port)];
    try {
      for (const stream of held) {
        stream.write(written(bodiless('GET', { key: KEYS.other })));
        assert.equal((await stream.head()).status, 200);
      }
      for (const request of [bodiless('GET', { key: KEYS.other }), modern('subscriptions/listen', { notifications: {} }, { key: KEYS.other })]) {
        const reply = await world.refuses(request, { status: 429, code: 'limit.streams' });
        assert.match(reply.headers.get('retry-after')?.[0] ?? '', /^\d+$/);
      }
      using _told = world.canary.when('delete_thing', sayingEvents((seen) => `data: ${JSON.stringify(answerTo(seen))}\n\n`));
      assert.match((await world.passes(calling('delete_thing', { key: KEYS.other }))).body, /chirp/);
      using another = new Dialogue(world.port);
      another.write(written(bodiless('GET', { key: KEYS.full })));
      assert.equal((await another.head()).status, 200);
    } finally {
      for (const stream of held) await stream.hangUp();
    }
  });
});

test('[D06] three times what may be served: what is not admitted is 429 with the time to wait, what is denied stays denied, and then all is well', async () => {
  const minted = await world.mint(['alpha:get_*']);
  const before = world.canary.requests.filter(({ body }) => body.includes('delete_thing')).length;
  const ask = async (at: number): Promise<string> => {
    const tool = at % 4 === 0 ? 'delete_thing' : 'get_thing';
    const reply = await world.send(calling(tool, { key: minted.secret }));
    if (reply.status === 429) assert.match(reply.headers.get('retry-after')?.[0] ?? '', /^[1-9]\d*$/);
    return `${tool} ${String(reply.status)}`;
  };
  const outcomes = new Map<string, number>();
  for (let round = 0; round < 12; round += 1) {
    for (const outcome of await Promise.all(Array.from({ length: 40 }, (_, at) => ask(at)))) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  assert.deepEqual([...outcomes.keys()].sort(), ['delete_thing 403', 'get_thing 200', 'get_thing 429']);
  assert.ok((outcomes.get('get_thing 200') ?? 0) >= BURST);
  assert.equal(world.canary.requests.filter(({ body }) => body.includes('delete_thing')).length, before);
  await world.assertWell();
});
