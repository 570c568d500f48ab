import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { DAY_MS } from '../../model/duration.ts';
import { tokenDigest } from '../../model/token/token-digest.ts';
import type { TokenFacts } from '../../model/token/token-facts.ts';
import { OperationRefused } from '../needs.ts';
import { liftRevocation } from './lift-revocation.ts';
import { listRevocations } from './list-revocations.ts';
import { revokeClient } from './revoke-client.ts';
import { revokeIssuer } from './revoke-issuer.ts';
import { revokeSession } from './revoke-session.ts';
import { revokeSubject } from './revoke-subject.ts';
import { revokeToken } from './revoke-token.ts';

const BY = { name: 'ops' };
const CORP = 'https://idp.example.com';
const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

/** A data directory on which a gateway with two issuers has run, and what that gateway remembers. */
const begin = async () => {
  const room = await KeyRoom.open();
  room.store.denials.issuers.replace([{ name: 'corp', issuer: CORP, maxLifetimeMs: 3_600_000 }, { name: 'other', issuer: 'https://other.example.com', maxLifetimeMs: 3_600_000 }]);
  const list = room.denials;
  const facts = (more: Partial<TokenFacts> = {}): TokenFacts => ({ issuer: CORP, subject: 'alice', clientId: 'app', tokenId: 't1', sessionId: 's1', issuedAtMs: room.clock.nowMs() - 1_000, digest: tokenDigest('x'), ...more });
  const isDenied = (more?: Partial<TokenFacts>): boolean => list.against(facts(more)) !== undefined;
  return { room, list, facts, isDenied, [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
};

suite('A token is denied when any level says so, and by nothing else (J15)', () => {
  const LEVELS: readonly (readonly [string, (room: KeyRoom) => unknown, Partial<TokenFacts>])[] = [
    ['its jti', ({ needs }) => revokeToken.run({ tokenId: 't1', issuer: 'corp' }, needs, BY), { tokenId: 't2' }],
    ['its session', ({ needs }) => revokeSession.run({ session: 's1', issuer: 'corp' }, needs, BY), { sessionId: 's2' }],
    ['its subject', ({ needs }) => revokeSubject.run({ subject: 'alice', issuer: CORP }, needs, BY), { subject: 'bob' }],
    ['its client', ({ needs }) => revokeClient.run({ client: 'app', issuer: 'corp' }, needs, BY), { clientId: 'app2' }],
    ['its issuer', ({ needs }) => revokeIssuer.run({ issuer: 'corp' }, needs, BY), { issuer: 'https://other.example.com' }],
  ];
  for (const [what, revoke, another] of LEVELS) {
    test(`by ${what}, at once, while another is not`, async () => {
      await using world = await begin();
      assert.equal(world.isDenied(), false);
      await revoke(world.room);
      assert.deepEqual([world.isDenied(), world.isDenied(another), world.isDenied({ issuer: 'https://other.example.com' })], [true, false, false]);
      assert.match(world.list.against(world.facts()) ?? '', /denied by ops \(den_[0-9a-f]{18}\)/);
    });
  }

  test('by itself, as it is handed in and with another signature; and by its jti too', async () => {
    await using world = await begin();
    const token = jwt({ iss: CORP, jti: 'abc' });
    const { denials } = await revokeToken.run({ token }, world.room.needs, BY);
    assert.deepEqual(denials.map(({ level }) => level), ['token', 'token-id']);
    assert.deepEqual([world.isDenied({ tokenId: 'x', digest: tokenDigest(token) }) && world.isDenied({ tokenId: 'x', digest: tokenDigest(`${token.slice(0, -4)}AAAA`) }), world.isDenied({ tokenId: 'abc' }), world.isDenied({ tokenId: 'abc', issuer: 'https://other.example.com' }), world.isDenied()], [true, true, false, false]);
    assert.ok(!JSON.stringify(denials).includes(token), 'the token is in no answer');
  });

  test('by itself also when it is opaque, or names an issuer that is not ours', async () => {
    await using world = await begin();
    for (const token of ['opaque-token-0001', jwt({ iss: 'https://evil.example', jti: 't1' }), jwt({ iss: CORP }), 'a.b!.c-not-base64']) {
      const { denials } = await revokeToken.run({ token }, world.room.needs, BY);
      assert.deepEqual(denials.map(({ level, value }) => [level, value]), [['token', tokenDigest(token)]]);
    }
    assert.equal(world.isDenied(), false);
  });
});

suite('A subject, client or issuer', () => {
  test('is denied by the name that the trail has for it as by its sub, and nobody else is', async () => {
    for (const subject of ['alice', 'corp:alice', 'alice@company.com']) {
      await using world = await begin();
      await revokeSubject.run({ subject, issuer: 'corp' }, world.room.needs, BY);
      const names = ['alice@company.com', 'corp:alice'];
      const bob = { subject: 'bob', names: ['bob@company.com', 'corp:bob'] };
      assert.deepEqual([world.isDenied({ names }), world.isDenied(bob), world.isDenied({ names, issuer: 'https://other.example.com' })], [true, false, false], subject);
    }
  });

  test('is denied for what was issued until now and a minute; what is issued later is good again', async () => {
    await using world = await begin();
    await revokeSubject.run({ subject: 'alice', issuer: 'corp' }, world.room.needs, BY);
    const now = world.room.clock.nowMs();
    assert.deepEqual([now, now + 60_000, now + 60_001].map((issuedAtMs) => world.isDenied({ issuedAtMs })), [true, true, false]);
  });

  test('is denied to a token that does not say when it was issued', async () => {
    await using world = await begin();
    await revokeSubject.run({ subject: 'alice', issuer: 'corp' }, world.room.needs, BY);
    const { issuedAtMs: _, ...undated } = world.facts();
    assert.ok(world.list.against(undated));
    assert.ok(world.isDenied({ issuedAtMs: Number.NaN }));
  });

  test('is denied for always when that is asked, and a weaker denial afterwards takes nothing back', async () => {
    await using world = await begin();
    const later = { issuedAtMs: world.room.clock.nowMs() + 400 * DAY_MS };
    const { denials: [first] } = await revokeSubject.run({ subject: 'alice', issuer: 'corp', always: true }, world.room.needs, BY);
    const { denials: [second] } = await revokeSubject.run({ subject: 'alice', issuer: 'corp' }, world.room.needs, BY);
    assert.deepEqual(second, first);
    assert.ok(world.isDenied(later));
  });

  test('is denied further by a later denial', async () => {
    await using world = await begin();
    await revokeSubject.run({ subject: 'alice', issuer: 'corp' }, world.room.needs, BY);
    world.room.clock.move(120_000);
    const between = { issuedAtMs: world.room.clock.nowMs() };
    assert.equal(world.isDenied(between), false);
    await revokeSubject.run({ subject: 'alice', issuer: 'corp' }, world.room.needs, BY);
    assert.equal(world.isDenied(between), true);
  });
});

suite('A denial', () => {
  test('survives a restart', async () => {
    await using world = await begin();
    await revokeSession.run({ session: 's1', issuer: 'corp' }, world.room.needs, BY);
    await using after = world.room.reopened();
    assert.ok(after.denials.against(world.facts()));
    assert.equal(after.denials.against(world.facts({ sessionId: 's2' })), undefined);
  });

  test('is listed page by page with who made it and why, and lifted by its id', async () => {
    await using world = await begin();
    for (const session of ['s1', 's2', 's3']) await revokeSession.run({ session, issuer: 'corp', reason: 'stolen laptop' }, world.room.needs, BY);
    const first = await listRevocations.run({ limit: 2 }, world.room.needs, BY);
    const second = await listRevocations.run({ limit: 2, after: first.next ?? 0 }, world.room.needs, BY);
    assert.deepEqual([...first.revocations, ...second.revocations].map(({ value, by, reason }) => `${value} ${by} ${String(reason)}`), ['s1 ops stolen laptop', 's2 ops stolen laptop', 's3 ops stolen laptop']);
    assert.equal(second.next, undefined);
    await liftRevocation.run({ id: first.revocations[0]?.id ?? '' }, world.room.needs, BY);
    assert.deepEqual([world.isDenied(), world.isDenied({ sessionId: 's2' })], [false, true]);
    await assert.rejects(async () => liftRevocation.run({ id: first.revocations[0]?.id ?? '' }, world.room.needs, BY), OperationRefused);
  });

  test('is forgotten when no token of it can be left, and one for always never is', async () => {
    await using world = await begin();
    await revokeSession.run({ session: 's1', issuer: 'corp' }, world.room.needs, BY);
    await revokeClient.run({ client: 'app', issuer: 'corp', always: true }, world.room.needs, BY);
    const values = async () => (await listRevocations.run({}, world.room.needs, BY)).revocations.map(({ value }) => value);
    world.room.clock.step(31 * DAY_MS);
    assert.deepEqual(await values(), ['s1', 'app']);
    world.room.clock.step(DAY_MS);
    assert.deepEqual(await values(), ['app']);
    await revokeSession.run({ session: 's9', issuer: 'corp' }, world.room.needs, BY);
    assert.deepEqual(await values(), ['app', 's9']);
  });

  test('of an issuer that is not known is refused with those that are: it would deny nothing', async () => {
    await using world = await begin();
    await assert.rejects(async () => revokeSubject.run({ subject: 'alice', issuer: 'crop' }, world.room.needs, BY), /there is corp \(https:\/\/idp\.example\.com\), other/);
    world.room.store.denials.issuers.replace([]);
    await assert.rejects(async () => revokeIssuer.run({ issuer: 'corp' }, world.room.needs, BY), /no gateway with issuers has run/);
  });

  test('of what cannot be meant is refused', async () => {
    await using world = await begin();
    for (const input of [{}, { token: 'x' }, { token: 'has a space in it' }, { tokenId: 't' }, { issuer: 'corp' }, { token: 'opaque-token-0001', tokenId: 't', issuer: 'corp' }]) {
      await assert.rejects(async () => revokeToken.run(input, world.room.needs, BY), OperationRefused, JSON.stringify(input));
    }
  });
});
