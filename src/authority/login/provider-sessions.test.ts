import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import { Sealing } from '../keys/sealing.ts';
import { Records } from '../records/records.ts';
import { ProviderSessions } from './provider-sessions.ts';

const ISSUER = 'https://id.company.com';

const begin = async () => {
  const room = await KeyRoom.open();
  const needs = { store: room.store.authority, sealing: new Sealing(Buffer.alloc(32, 1), seededRandom('sessions')), clock: room.clock };
  const sessions = new ProviderSessions(needs);
  const signIn = (session: string) => sessions.remember({ issuer: ISSUER, session }, 'person:1');
  return { room, needs, sessions, signIn, taken: (session: string) => [...sessions.take(ISSUER, session)].toSorted(), [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
};

suite('What followed from a session of a provider (Back-Channel Logout 1.0 §2.4)', () => {
  test('is what was noted of it, and of no other session of the same person, once', async () => {
    await using world = await begin();
    const [here, there] = [world.signIn('here'), world.signIn('there')];
    world.sessions.note(here, 'grant-1');
    world.sessions.note(there, 'grant-2');
    assert.deepEqual(world.sessions.endingOf(ISSUER, 'here'), { kind: 'parts' });
    assert.deepEqual([world.taken('here'), world.taken('here'), world.taken('there')], [['grant-1'], [], ['grant-2']]);
  });

  test('is the browser too, and what it gets without going to the provider again', async () => {
    await using world = await begin();
    world.sessions.note(world.signIn('here'), 'grant-1');
    world.sessions.seat('browser', 'grant-1');
    world.sessions.seat('browser', 'grant-2');
    world.sessions.seat('a browser of a key', 'grant-3');
    assert.deepEqual(world.taken('here'), ['browser', 'grant-1', 'grant-2']);
  });

  test('is of the session that the browser was signed in by last', async () => {
    await using world = await begin();
    world.sessions.note(world.signIn('before'), 'grant-1');
    world.sessions.seat('browser', 'grant-1');
    world.sessions.note(world.signIn('after'), 'grant-2');
    world.sessions.seat('browser', 'grant-2');
    assert.deepEqual([world.taken('before'), world.taken('after')], [['grant-1'], ['browser', 'grant-2']]);
  });

  test('is all of it, however much', async () => {
    await using world = await begin();
    const origin = world.signIn('here');
    world.room.store.transaction(() => {
      for (let part = 0; part < 1_001; part += 1) world.sessions.note(origin, `grant-${String(part)}`);
    });
    assert.equal(world.taken('here').length, 1_001);
  });

  test('is all that its person has, where it was kept before parts were noted, also when they come by it again', async () => {
    await using world = await begin();
    const { store, clock } = world.needs;
    store.put(new Records('ProviderSession', world.needs).seal(`${ISSUER} old`, { accountId: 'person:1' }, undefined), clock.nowMs());
    assert.deepEqual(world.sessions.endingOf(ISSUER, 'old'), { kind: 'account', accountId: 'person:1' });
    world.signIn('old');
    assert.deepEqual(world.sessions.endingOf(ISSUER, 'old'), { kind: 'account', accountId: 'person:1' });
  });

  test('is nothing of a session that nobody came by, of another issuer, or without a name', async () => {
    await using world = await begin();
    world.signIn('here');
    assert.equal(world.sessions.remember({ issuer: ISSUER }, 'person:1'), undefined);
    world.sessions.note(undefined, 'grant-1');
    for (const [issuer, session] of [[ISSUER, 'there'], ['https://evil.example', 'here']] as const) assert.equal(world.sessions.endingOf(issuer, session), undefined);
    assert.deepEqual(world.taken('here'), []);
  });
});
