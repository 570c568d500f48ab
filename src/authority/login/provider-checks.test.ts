import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CapturedLog } from '../../../test/world/captured-log.ts';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import { Failures } from '../../model/failing.ts';
import { Secret } from '../../model/secret.ts';
import type { StillThere } from '../../ports/identity-provider.ts';
import { Sealing } from '../keys/sealing.ts';
import { ProviderChecks } from './provider-checks.ts';
import { openToken } from './provider-tokens.ts';

/** Whether people are still at their providers is asked in time, once, and by nobody's fault ends anybody's sign-in (R44, T05, G10). */

const ALICE: KnownPerson = { id: 'per_1', provider: 'company', issuer: 'https://id.example', subject: '17', own: 'company:17', called: 'company:17', groups: [], roles: [], firstSeenAtMs: 1, lastSeenAtMs: 2 };
const EVERY_MS = 900_000;

const unreachable = () => new GatewayError('idp.unreachable', { reason: 'company: no answer' });

/** A gateway process on a data directory, and a provider that is told what to say. */
const processOn = (room: KeyRoom, everyMs: number | undefined = EVERY_MS) => {
  const [presented, ended, failing, log] = [[] as string[], [] as string[], [] as string[], new CapturedLog()];
  const told = { isLetIn: true, say: async (): Promise<StillThere> => ({ kind: 'there' }) };
  const sealing = new Sealing(Buffer.alloc(32, 1), seededRandom('checks'));
  const failures = new Failures();
  const checks = new ProviderChecks({
    clock: room.clock, log, failures, sealing, tokens: room.store.providerTokens, accountOf: (id) => `person:${id}`,
    personOf: (account) => room.store.people.get(account.slice('person:'.length)),
    providers: new Map([['company', { everyMs, provider: { refresh: (token: Secret) => (presented.push(token.reveal()), told.say()) } }]]),
    readmit: () => told.isLetIn,
    end: ({ id }, reason) => void ended.push(`${id} ${reason}`),
    failing: ({ id }, { code }) => void failing.push(`${id} ${code}`),
  });
  return { checks, failures, presented, ended, failing, log, told, sealing };
};

const begin = async (everyMs?: number) => {
  const room = await KeyRoom.open();
  room.store.people.put(ALICE);
  const signedIn = (): void => room.store.authority.put({ kind: 'Grant', id: 'g', payload: '', account: 'person:per_1', expiresAtMs: room.clock.nowMs() + 10 * EVERY_MS }, room.clock.nowMs());
  return { room, signedIn, ...processOn(room, everyMs), [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
};

suite('A provider is asked about somebody who refreshes', () => {
  test('when the last time is long ago, and not before', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    await world.checks.check('person:per_1');
    world.room.clock.move(EVERY_MS - 1);
    await world.checks.check('person:per_1');
    assert.deepEqual(world.presented, []);
    world.room.clock.move(1);
    await world.checks.check('person:per_1');
    await world.checks.check('person:per_1');
    await world.checks.check('key:of-somebody-else');
    assert.deepEqual([world.presented, world.ended], [['one'], []]);
  });

  test('by the token that it gave last', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    for (const next of ['two', 'three']) {
      world.told.say = async () => ({ kind: 'there', refreshToken: new Secret(next) });
      world.room.clock.move(EVERY_MS);
      await world.checks.check('person:per_1');
    }
    assert.deepEqual(world.presented, ['one', 'two']);
    const kept = world.room.store.providerTokens.find('person:per_1');
    assert.equal(kept === undefined ? '' : openToken(kept, ALICE, world.sealing).reveal(), 'three');
  });

  test('once, however many come at the same time to two processes', async () => {
    await using world = await begin();
    await using there = world.room.reopened();
    const other = processOn(there);
    world.checks.keep(ALICE, new Secret('one'));
    there.clock.move(EVERY_MS);
    world.room.clock.move(EVERY_MS);
    await Promise.all(Array.from({ length: 50 }, (_none, at) => (at % 2 === 0 ? world.checks : other.checks).check('person:per_1')));
    assert.deepEqual([...world.presented, ...other.presented], ['one']);
  });

  test('and whoever waits for it waits no longer than a bound; what it says later counts then', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    const { promise, resolve } = Promise.withResolvers<StillThere>();
    world.told.say = () => promise;
    world.room.clock.move(EVERY_MS);
    const [first, second] = [world.checks.check('person:per_1'), world.checks.check('person:per_1')];
    world.room.clock.move(3_000);
    await Promise.all([first, second]);
    assert.deepEqual([world.presented, world.ended], [['one'], []]);
    const third = world.checks.check('person:per_1');
    resolve({ kind: 'refused', reason: 'invalid_grant' });
    await third;
    assert.deepEqual([world.ended, world.room.clock.pending <= 1], [['per_1 invalid_grant'], true]);
  });

  test('and not at all where that is switched off, or it gave nothing to ask by', async () => {
    await using world = await begin();
    const off = processOn(world.room);
    const silent = new ProviderChecks({ clock: world.room.clock, log: off.log, failures: off.failures, sealing: off.sealing, tokens: world.room.store.providerTokens, accountOf: (id) => `person:${id}`, personOf: () => ALICE, providers: new Map([['company', { everyMs: undefined, provider: { refresh: () => assert.fail('was asked') } }]]), readmit: () => assert.fail('was looked at'), end: () => assert.fail('was ended'), failing: () => assert.fail('was told') });
    silent.keep(ALICE, new Secret('one'));
    world.checks.keep(ALICE, undefined);
    assert.equal(world.room.store.providerTokens.find('person:per_1'), undefined);
    world.checks.keep(ALICE, new Secret('one'));
    world.room.clock.move(EVERY_MS);
    await silent.check('person:per_1');
  });
});

suite('A provider that refuses', () => {
  test('ends what the person has, once', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    world.told.say = async () => ({ kind: 'refused', reason: 'invalid_grant' });
    world.room.clock.move(EVERY_MS);
    await world.checks.check('person:per_1');
    world.room.clock.move(EVERY_MS);
    await world.checks.check('person:per_1');
    assert.deepEqual([world.presented, world.ended, world.room.store.providerTokens.find('person:per_1')], [['one'], ['per_1 invalid_grant'], undefined]);
  });

  test('ends it too where it says that the person is in nothing any more that lets them in, and not where it says nothing of that', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    world.told.isLetIn = false;
    world.room.clock.move(EVERY_MS);
    await world.checks.check('person:per_1');
    assert.deepEqual(world.ended, []);
    world.told.say = async () => ({ kind: 'there', refreshToken: new Secret('two'), identity: { issuer: ALICE.issuer, subject: '17', emails: [], groups: [] } });
    world.room.clock.move(EVERY_MS);
    await world.checks.check('person:per_1');
    assert.match(world.ended[0] ?? '', /^per_1 in no group/);
    assert.equal(world.room.store.providerTokens.find('person:per_1'), undefined);
  });

  test('ends nothing of somebody who has signed in again while it was asked', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    world.told.say = async () => {
      world.checks.keep(ALICE, new Secret('two'));
      return { kind: 'refused', reason: 'invalid_grant' };
    };
    world.room.clock.move(EVERY_MS);
    await world.checks.check('person:per_1');
    assert.deepEqual(world.ended, []);
    assert.ok(world.room.store.providerTokens.find('person:per_1') !== undefined);
  });
});

suite('A provider that cannot be asked', () => {
  test('ends nobody\'s sign-in, is told of once, and is asked again after a minute', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    world.told.say = async () => {
      throw unreachable();
    };
    world.room.clock.move(EVERY_MS);
    for (let minute = 0; minute < 3; minute += 1) {
      await world.checks.check('person:per_1');
      await world.checks.check('person:per_1');
      world.room.clock.move(60_000);
    }
    assert.deepEqual([world.presented.length, world.ended, world.failing, world.failures.list(world.room.clock.nowMs()).map(({ name, tries, reason }) => [name, tries, reason])], [3, [], ['per_1 idp.unreachable'], [['company', 3, 'company: no answer']]]);
    world.told.say = async () => ({ kind: 'there' });
    await world.checks.check('person:per_1');
    assert.deepEqual(world.log.said('info'), ['an identity provider can be asked again']);
  });

  test('leaves the token to another process where this one was killed in between', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    world.told.say = () => Promise.withResolvers<StillThere>().promise;
    world.room.clock.move(EVERY_MS);
    const waiting = world.checks.check('person:per_1');
    await using there = world.room.reopened();
    const other = processOn(there);
    there.clock.move(EVERY_MS + 59_999);
    await other.checks.check('person:per_1');
    assert.deepEqual(other.presented, []);
    there.clock.move(1);
    await other.checks.check('person:per_1');
    assert.deepEqual(other.presented, ['one']);
    world.room.clock.move(3_000);
    await waiting;
  });
});

suite('The sweep', () => {
  test('asks about whoever is signed in and does not refresh, and about nobody else', async () => {
    await using world = await begin();
    world.checks.keep(ALICE, new Secret('one'));
    world.room.clock.move(EVERY_MS);
    await world.checks.sweep();
    assert.deepEqual(world.presented, []);
    world.signedIn();
    await Promise.all([world.checks.sweep(), world.checks.sweep()]);
    await world.checks.sweep();
    assert.deepEqual(world.presented, ['one']);
    world.told.say = async () => ({ kind: 'refused', reason: 'invalid_grant' });
    world.room.clock.move(EVERY_MS);
    await world.checks.sweep();
    assert.deepEqual(world.ended, ['per_1 invalid_grant']);
  });
});

test('What a provider gave rests sealed, and opens for nobody else', async () => {
  await using world = await begin();
  world.checks.keep(ALICE, new Secret('a-token-of-the-provider'));
  const kept = world.room.store.providerTokens.find('person:per_1');
  assert.ok(kept !== undefined && !JSON.stringify(kept).includes('a-token-of'));
  assert.equal(openToken(kept, ALICE, world.sealing).reveal(), 'a-token-of-the-provider');
  for (const other of [{ ...ALICE, subject: '18' }, { ...ALICE, issuer: 'https://evil.example' }, { ...ALICE, id: 'per_2' }]) assert.throws(() => openToken(kept, other, world.sealing));
});
