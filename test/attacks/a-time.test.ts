import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { buildApiKey } from '../../src/stages/authenticate/api-key.ts';
import { KeyHasher, KeyIndex } from '../../src/stages/authenticate/key-index.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo } from '../world/canary-upstream.ts';
import { aPrincipal, aShielded } from '../world/exchanges.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';

/** Group A, what time does to a key: revoked is revoked at once, in calls and in open streams, and expired is expired. */

const world = await AttackWorld.start();
after(() => world[Symbol.asyncDispose]());

const openStream = async (key: string): Promise<Dialogue> => {
  const dialogue = new Dialogue(world.port);
  dialogue.write(written(bodiless('GET', { key })));
  assert.equal((await dialogue.head()).status, 200);
  return dialogue;
};

/** How the streams that were open after a position have ended. */
const endings = async (position: number, count: number): Promise<readonly (string | undefined)[]> => (await world.callsOnceThere(position, count)).filter(({ call }) => call === 'http/stream').map(({ ended }) => ended);

suite('A key that is revoked', () => {
  test('[K05] is refused within a second in the midst of traffic, and its streams end within five', async () => {
    const [victim, other] = [await world.mint(['alpha:*']), await world.mint(['alpha:*'])];
    const { position } = world;
    using stream = await openStream(victim.secret);
    using kept = await openStream(other.secret);
    let acceptedAt = 0;
    const call = async (): Promise<boolean> => {
      const accepted = (await world.send(calling('get_thing', { key: victim.secret }))).status === 200;
      if (accepted) acceptedAt = performance.now();
      return accepted;
    };
    assert.ok(await call());
    const revokedAt = performance.now();
    world.store.apiKeys.revoke(victim.id, Date.now());
    while (await call()) assert.ok(performance.now() - revokedAt < 5_000, 'the key goes on opening');
    assert.ok(acceptedAt - revokedAt < 1_000, `accepted ${String(acceptedAt - revokedAt)} ms after it was revoked`);
    await stream.end(5_000);
    assert.equal(kept.ended, false);
    const ended = (await world.callsOnceThere(position, 1)).filter(({ credential, call: what }) => credential === victim.id && what === 'http/stream');
    assert.deepEqual(ended.map((record) => record.ended), ['revoked']);
    await world.refuses(calling('get_thing', { key: victim.secret }), { status: 401, code: 'credential.invalid' });
    assert.equal(kept.ended, false);
  });

  test('[K05] hears nothing more of a call that was already being answered', async () => {
    const victim = await world.mint(['alpha:*']);
    const goOn = Promise.withResolvers<void>();
    using _told = world.canary.when('get_other', (seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'before' } })}\n\n`);
      void goOn.promise.then(() => response.end(`data: ${JSON.stringify(answerTo(seen))}\n\n`));
    });
    using call = new Dialogue(world.port);
    call.write(written(calling('get_other', { key: victim.secret })));
    await call.when('the first event has come', () => call.text.includes('before') || undefined);
    world.store.apiKeys.revoke(victim.id, Date.now());
    await call.end(5_000);
    goOn.resolve();
    assert.doesNotMatch(call.text, /chirp/);
    await world.assertWell();
  });

  test('[K05] stays revoked: it cannot be revoked a second time to another date, nor brought back', () => {
    const known = world.store.apiKeys.page({ limit: 1_000 }).find(({ revokedAtMs }) => revokedAtMs !== undefined);
    assert.ok(known);
    assert.equal(world.store.apiKeys.revoke(known.id, 1), false);
    assert.throws(() => world.store.apiKeys.insert(known));
  });
});

suite('A key that expires', () => {
  const AT_MS = 1_700_000_000_000;
  /** Whether the key opens at a moment, as it came or after it had opened before. */
  const opensAt = async (nowMs: number, before: readonly number[]): Promise<boolean> => {
    const hasher = new KeyHasher(Buffer.alloc(32));
    const index = new KeyIndex();
    index.replace([{ hash: hasher.hash('secret'), principal: aPrincipal({ expiresAtMs: AT_MS }), revoked: false, guessable: false }]);
    let clockMs = 0;
    const wayIn = buildApiKey({ index, hasher, clock: { nowMs: () => clockMs } });
    let opened = false;
    for (clockMs of [...before, nowMs]) opened = (await wayIn.authenticate(aShielded(), { place: 'header', value: 'secret' })).kind === 'proven';
    return opened;
  };

  for (const [how, before] of [['at its first use', []], ['after it was remembered', [AT_MS - 5_000, AT_MS - 2]]] as const) {
    test(`[K06] is refused from that millisecond on, without leeway, ${how}`, async () => {
      const asked = [AT_MS - 1_000, AT_MS - 1, AT_MS, AT_MS + 1, AT_MS + 1_000];
      assert.deepEqual(await Promise.all(asked.map((nowMs) => opensAt(nowMs, before))), [true, true, false, false, false]);
    });
  }

  test('[K06] ends its streams and opens nothing any more', async () => {
    const { position } = world;
    const minted = await world.mint(['alpha:*'], { expiresAtMs: Date.now() + 1_500 });
    using stream = await openStream(minted.secret);
    await stream.end(5_000);
    assert.ok((await endings(position, 1)).includes('revoked'));
    await world.refuses(calling('get_thing', { key: minted.secret }), { status: 401, code: 'credential.invalid' });
    await world.refuses(calling('get_thing', { key: KEYS.expired }), { status: 401, code: 'credential.invalid' });
  });
});
