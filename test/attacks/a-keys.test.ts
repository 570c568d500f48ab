import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { AdminNeeds } from '../../src/admin/needs.ts';
import { readTrail } from '../../src/cli/read-trail.ts';
import { adminNeeds } from '../../src/planes/admin-needs.ts';
import { closeRotation } from '../../src/admin/operations/close-rotation.ts';
import { disableKey } from '../../src/admin/operations/disable-key.ts';
import { enableKey } from '../../src/admin/operations/enable-key.ts';
import { reportLeak } from '../../src/admin/operations/report-leak.ts';
import { rotateKey } from '../../src/admin/operations/rotate-key.ts';
import { KEYS, keysVariable } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { bodiless, calling } from '../world/mcp-requests.ts';
import { MovedClock } from '../world/moved-clock.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import { seededRandom } from '../world/seeded-random.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';

/** Group A, keys under conditions: whatever ends a key ends it everywhere, and no condition can be argued with. */

const PEOPLE = { 'narrow@company.com': { permissions: ['alpha:get_thing'] }, 'left@company.com': { disabled: true } };
const world = await AttackWorld.start({ people: PEOPLE, keys: { 'left-key-0123456789abcdef01': { name: 'Left', userId: 'left@company.com', permissions: ['*'] } } });
after(() => world[Symbol.asyncDispose]());

const BY = { name: 'operator' };
const INVALID = { status: 401, code: 'credential.invalid' } as const;

/** What operations need, in a process beside the gateway; its clock is the real one, as the gateway's is. */
class RealTime extends MovedClock {
  override nowMs(): number {
    return Date.now();
  }
}
const needs: AdminNeeds = adminNeeds({ store: world.store, hasher: world.home.hasher, trail: readTrail(world.home), world: { clock: new RealTime(), random: seededRandom('operations') } });

const openStream = async (key: string): Promise<Dialogue> => {
  const dialogue = new Dialogue(world.port);
  dialogue.write(written(bodiless('GET', { key })));
  assert.equal((await dialogue.head()).status, 200);
  return dialogue;
};

const call = (key: string) => calling('get_thing', { key });

suite('A key that stops working', () => {
  const ends: readonly (readonly [string, (key: { readonly id: string; readonly secret: string }) => unknown])[] = [
    ['because it is disabled', ({ id }) => disableKey.run({ id }, needs, BY)],
    ['because it was reported as leaked', ({ secret }) => reportLeak.run({ text: secret }, needs, BY)],
    ['because it was rotated without overlap', ({ id }) => rotateKey.run({ id, overlap: 'now' }, needs, BY)],
    ['because its rotation is closed', async ({ id }) => {
      await rotateKey.run({ id, overlap: '24h' }, needs, BY);
      await world.passes(call((await world.mint(['alpha:*'])).secret));
      return closeRotation.run({ id }, needs, BY);
    }],
  ];
  for (const [why, end] of ends) {
    test(`[K05] ${why} is refused by the next request that the gateway can know of, and its streams end within five seconds`, async () => {
      const victim = await world.mint(['alpha:*']);
      using stream = await openStream(victim.secret);
      await world.passes(call(victim.secret));
      await end(victim);
      await world.refusedOnceKnown(call(victim.secret));
      await stream.end(5_000);
      await world.refuses(call(victim.secret), INVALID);
    });
  }

  test('[K05] control: a disabled key works again when it is enabled', async () => {
    const { id, secret } = await world.mint(['alpha:*']);
    await disableKey.run({ id }, needs, BY);
    await world.refusedOnceKnown(call(secret));
    await enableKey.run({ id }, needs, BY);
    await until('the key works again', async () => ((await world.send(call(secret))).status === 200 ? true : undefined), { withinMs: 5_000, everyMs: 10 });
  });
});

suite('A key and its successor', () => {
  test('[K06] both work in the overlap; from its end on the old one is refused, to its open streams too', async () => {
    const old = await world.mint(['alpha:*']);
    const { key, secret } = await rotateKey.run({ id: old.id, overlap: '24h' }, needs, BY);
    await until('the new key is known', async () => ((await world.send(call(secret.reveal()))).status === 200 ? true : undefined), { withinMs: 5_000, everyMs: 10 });
    await world.passes(call(old.secret));
    using stream = await openStream(old.secret);
    const before = world.store.apiKeys.get(old.id);
    assert.ok(before !== undefined);
    world.store.apiKeys.replace({ ...before, overlapEndsAtMs: Date.now() + 400 });
    await world.refusedOnceKnown(call(old.secret));
    await stream.end(5_000);
    await world.refuses(call(old.secret), INVALID);
    await world.passes(call(secret.reveal()));
    assert.equal(world.store.apiKeys.get(key.id)?.predecessor, old.id);
  });
});

suite('The conditions of a key', () => {
  test('[K11] a key of other networks is refused from here, whatever the request claims, and is told so', async () => {
    const { secret } = await world.mint(['alpha:*'], { key: { networks: ['10.0.0.0/8', '2001:db8::/32'] } });
    for (const claim of ['10.1.2.3', '2001:db8::1']) await world.refuses(calling('get_thing', { key: secret, headers: [['X-Forwarded-For', claim], ['X-Real-IP', claim]] }), { status: 403, code: 'credential.network' });
    await world.passes(call((await world.mint(['alpha:*'], { key: { networks: ['127.0.0.0/8', '::1/128'] } })).secret));
  });

  test('[K11] a key of other hours is refused now, and its answer says when it is good', async () => {
    const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
    const today = new Date().getUTCDay();
    // The day after tomorrow is not now, however long the test takes.
    const other = days[(today + 3) % 7] ?? 'mon';
    const { secret } = await world.mint(['alpha:*'], { key: { hours: { days: [other], from: '09:00', to: '17:00', zone: 'UTC' } } });
    const reply = await world.refuses(call(secret), { status: 403, code: 'credential.hours' });
    assert.match(reply.body, new RegExp(`${other} 09:00`));
    const always = await world.mint(['alpha:*'], { key: { hours: { from: '00:00', to: '23:59', zone: new Date().getUTCHours() === 23 ? 'Asia/Tokyo' : 'UTC' } } });
    await world.passes(call(always.secret));
  });

  test('[K12] neither counts as a guess', async () => {
    const { secret } = await world.mint(['alpha:*'], { key: { networks: ['10.0.0.0/8'] } });
    for (let times = 0; times < 320; times += 1) assert.equal((await world.send(call(secret))).status, 403);
    await world.passes(call(KEYS.full));
  });
});

suite('The owner of a key', () => {
  test('[N01] narrows it: what the owner may not do, no key of theirs does', async () => {
    const { secret } = await world.mint(['*'], { key: { owner: 'narrow@company.com' } });
    await world.passes(call(secret));
    await world.refuses(calling('get_other', { key: secret }), { status: 403, code: 'permission.denied' });
    await world.refuses(calling('get_thing', { key: secret, server: 'beta' }), { status: 403, code: 'permission.denied' });
  });

  test('[K05] who is disabled takes every key along, the configured ones too', async () => {
    const soon = Date.now() + 60_000;
    // It never opens anything, so there is no waiting for it to be known: what the record says tells.
    const { secret } = await world.mint(['alpha:*'], { expiresAtMs: Date.now() - 1, key: { owner: 'left@company.com', expiresAtMs: soon } });
    for (const key of [secret, 'left-key-0123456789abcdef01']) {
      const told = async (): Promise<true | undefined> => {
        const { position } = world;
        await world.refuses(call(key), INVALID);
        return world.calls(position).some(({ reason = '' }) => reason.includes('belongs to somebody who is disabled')) ? true : undefined;
      };
      await until('it is refused for its owner', told, { withinMs: 5_000 });
    }
  });

  test('[K05] who becomes disabled loses open streams as well', async () => {
    const { secret } = await world.mint(['alpha:*'], { key: { owner: 'leaver@company.com' } });
    using stream = await openStream(secret);
    await world.reconfigure({ people: { ...PEOPLE, 'leaver@company.com': { disabled: true } } });
    await stream.end(5_000);
    await world.refuses(call(secret), INVALID);
  });
});

test('[K05] Keys of MCP_API_KEYS_FILE come and go as the file changes, without a restart; a file in the making changes nothing (R30, R108)', async () => {
  await using folder = await temporaryFolder('key-file');
  const file = join(folder.path, 'keys.json');
  writeFileSync(file, keysVariable({ 'going-key-0123456789abcdef1': { name: 'Going', userId: 'a', permissions: ['alpha:*'] } }));
  await using filed = await AttackWorld.start({ env: { MCP_API_KEYS: '', MCP_API_KEYS_FILE: file } });
  await filed.passes(call('going-key-0123456789abcdef1'));
  writeFileSync(file, '');
  await until('the empty file is said', () => Promise.resolve(/names an empty file/.test(filed.process.stderr()) ? true : undefined), { withinMs: 5_000 });
  await filed.passes(call('going-key-0123456789abcdef1'));
  writeFileSync(file, keysVariable({ 'coming-key-0123456789abcdef': { name: 'Coming', userId: 'a', permissions: ['alpha:*'] } }));
  await filed.refusedOnceKnown(call('going-key-0123456789abcdef1'));
  assert.equal((await filed.send(call('coming-key-0123456789abcdef'))).status, 200);
});
