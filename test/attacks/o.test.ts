import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { saying, sayingEvents } from '../world/canary-upstream.ts';
import { bodiless, calling, modern } from '../world/mcp-requests.ts';
import { until } from '../world/until.ts';
import { Dialogue, written, type HeaderLines } from '../world/raw-http.ts';

/** Group O: slow peers are let go in time, and nothing grows without bound. */

const world = await AttackWorld.start({ listen: { maxAnswerBytes: 64 * 1024 }, limits: { streamsPerKey: 3 } });
after(() => world[Symbol.asyncDispose]());

const GONE_MS = 15_000;
const HEAD: HeaderLines = [['Host', '127.0.0.1'], ['X-API-Key', KEYS.full]];
const streamRequest = { method: 'GET', target: '/alpha/mcp', headers: [...HEAD, ['Accept', 'text/event-stream'] as const] };

suite('Slow peers are gone in fifteen seconds', { concurrency: true }, () => {
  test('[D01] a head that never ends', async () => {
    const { position } = world;
    using slow = new Dialogue(world.port);
    slow.write('POST /alpha/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-');
    await slow.end(GONE_MS);
    assert.equal(slow.replies[0]?.status, 408);
    await until('its record is there, among those of the others', () => Promise.resolve(world.calls(position).some(({ code }) => code === 'http.malformed') || undefined), { withinMs: 5_000 });
  });

  test('[D01] a body that never ends, and not one byte of it goes on', async () => {
    const slowBody = `{"jsonrpc":"2.0","id":"never-ends"`;
    using slow = new Dialogue(world.port);
    slow.write(written({ target: '/alpha/mcp', headers: [...HEAD, ['Content-Type', 'application/json'], ['Accept', 'application/json, text/event-stream'], ['Content-Length', '100000']], body: slowBody }));
    await slow.end(GONE_MS);
    assert.equal(slow.replies[0]?.status, 408);
    assert.equal(world.canary.capture.includes('never-ends'), false);
  });

  test('[D01] a reader who takes nothing', async () => {
    let closed: () => void = () => undefined;
    const upstreamClosed = new Promise<true>((resolve) => {
      closed = () => resolve(true);
    });
    const chunk = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x'.repeat(30_000) } })}\n\n`;
    using _told = world.canary.when('flood', (_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).once('close', closed);
      more();
    });
    using slow = new Dialogue(world.port, { reads: false });
    slow.write(written(modern('tools/call', { name: 'flood', arguments: {} }, { key: KEYS.full })));
    assert.equal(await Promise.race([upstreamClosed, slow.end(GONE_MS + 5_000)]), true);
  });

  test('[D01] control: an honest caller is served meanwhile, and a slow but steady one too', async () => {
    for (let number = 0; number < 20; number += 1) assert.equal((await world.send(calling('get_thing', { key: KEYS.full }))).status, 200);
    using steady = new Dialogue(world.port);
    const bytes = written(calling('get_thing', { key: KEYS.full }));
    for (let at = 0; at < bytes.length; at += 40) steady.write(bytes.subarray(at, at + 40));
    assert.equal((await steady.reply()).status, 200);
  });
});

suite('What one credential may hold open is bounded', () => {
  test('[D02] a stream too many is refused with 429, and the next one passes when one is gone', async () => {
    const { position } = world;
    const open: Dialogue[] = [];
    const openOne = async (): Promise<number> => {
      const dialogue = new Dialogue(world.port);
      open.push(dialogue);
      dialogue.write(written(streamRequest));
      return (await dialogue.head()).status;
    };
    try {
      for (let number = 0; number < 3; number += 1) assert.equal(await openOne(), 200);
      await world.refuses(bodiless('GET', { key: KEYS.full, headers: [['Accept', 'text/event-stream']], without: ['accept'] }), { status: 429, code: 'limit.streams' });
      assert.equal((await world.send(calling('get_thing', { key: KEYS.full }))).status, 200, 'calls go on');
      await open[0]?.hangUp();
      const reopened = async (): Promise<true | undefined> => ((await openOne()) === 200 ? true : undefined);
      await until('a place is free again', reopened, { withinMs: 5_000 });
    } finally {
      for (const dialogue of open) await dialogue.hangUp();
      // Each stream that was open leaves its record when it has ended, and the next test counts records.
      const opened = open.filter((dialogue) => dialogue.replies[0]?.status === 200).length;
      const ended = (): true | undefined => (world.calls(position).filter(({ call, status }) => call === 'http/stream' && status === 200).length === opened ? true : undefined);
      await until('every stream has its record', () => Promise.resolve(ended()), { withinMs: 5_000 });
    }
  });
});

suite('An answer too large is cut off', () => {
  const big = (bytes: number): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(bytes) } });
  test('[D07] whole', async () => {
    using _told = world.canary.when('get_other', saying(200, { 'Content-Type': 'application/json' }, () => big(200_000)));
    await world.refuses(calling('get_other', { key: KEYS.full }), { status: 502, code: 'upstream.answer-refused', reached: 1 });
  });
  test('[D07] without a length, and without end', async () => {
    using _told = world.canary.when('get_other', (_seen, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(20_000)));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    });
    await world.refuses(calling('get_other', { key: KEYS.full }), { status: 502, code: 'upstream.answer-refused', reached: 1 });
  });
  test('[D07] as one event of a stream, which then ends with an error', async () => {
    using _told = world.canary.when('get_other', sayingEvents(() => `data: ${big(200_000)}\n\n`));
    const reply = await world.send(calling('get_other', { key: KEYS.full, id: 77 }));
    assert.equal(reply.status, 200);
    assert.match(reply.body, /"id":77,"error"/);
    assert.ok(reply.body.length < 1_000);
  });
  test('[D07] control: below the bound it passes', async () => {
    using _told = world.canary.when('get_other', saying(200, { 'Content-Type': 'application/json' }, () => big(40_000)));
    assert.ok((await world.passes(calling('get_other', { key: KEYS.full }))).body.length > 40_000);
  });
});
