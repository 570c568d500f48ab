import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { KeyRoom } from '../../../test/world/key-room.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import { seededRandom } from '../../../test/world/seeded-random.ts';
import type { Admission } from '../../model/admission.ts';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import { Sealing } from '../keys/sealing.ts';
import { LoginAttempts } from './attempts.ts';
import { BrowserCookie } from './browser-cookie.ts';
import { localPath } from './browser-visits.ts';
import { ProvenLogins } from './proven-logins.ts';
import { provision } from './provision.ts';

const begin = async ({ secure = true } = {}) => {
  const room = await KeyRoom.open();
  const random = seededRandom('login');
  const needs = { store: room.store.authority, sealing: new Sealing(Buffer.alloc(32, 1), random), clock: room.clock, random, secure };
  return { room, needs, random, attempts: new LoginAttempts(needs), proven: new ProvenLogins(needs, needs), [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
};

const pairOf = (cookie: string): string => cookie.split(';')[0] ?? '';
const came = (cookie: string) => ({ headers: { cookie: pairOf(cookie) } });
const anywhere = (): boolean => true;
const GITHUB = { provider: 'github', redirectUri: 'https://mcp.example/auth/oauth/callback', purpose: { kind: 'question', uid: 'u-1' } } as const;

suite('A sign-in that is under way (A10)', () => {
  test('is taken by its browser, with all that was drawn for it', async () => {
    await using world = await begin();
    const { attempt, cookie } = world.attempts.begin(GITHUB);
    assert.match(cookie, /^__Host-sallyport_login_[\w-]{12}=[\w-]{100,}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    const { clear, ...pending } = world.attempts.take(attempt.state, came(cookie), anywhere);
    assert.deepEqual(pending, { provider: 'github', attempt, purpose: GITHUB.purpose });
    assert.match(clear, /Max-Age=0/);
  });

  test('lasts ten minutes', async () => {
    await using world = await begin();
    const [early, late] = [world.attempts.begin(GITHUB), world.attempts.begin(GITHUB)];
    world.room.clock.move(599_999);
    assert.ok(world.attempts.take(early.attempt.state, came(early.cookie), anywhere));
    world.room.clock.move(1);
    assert.equal(refusalOf(() => world.attempts.take(late.attempt.state, came(late.cookie), anywhere)).code, 'idp.attempt');
  });

  test('is taken once, by one of two processes', async () => {
    await using world = await begin();
    await using other = world.room.reopened();
    const { attempt, cookie } = world.attempts.begin(GITHUB);
    const there = new LoginAttempts({ ...world.needs, store: other.store.authority });
    assert.ok(there.take(attempt.state, came(cookie), anywhere));
    assert.equal(refusalOf(() => world.attempts.take(attempt.state, came(cookie), anywhere)).code, 'idp.attempt');
  });

  test('is not used up by another browser, another place, or a guess', async () => {
    await using world = await begin();
    const [mine, theirs] = [world.attempts.begin(GITHUB), world.attempts.begin(GITHUB)];
    const value = pairOf(theirs.cookie).split('=')[1] ?? '';
    const name = pairOf(mine.cookie).split('=')[0] ?? '';
    for (const headers of [{}, { cookie: '' }, { cookie: pairOf(theirs.cookie) }, { cookie: `${name}=${value}` }, { cookie: `${pairOf(mine.cookie)}; ${name}=${value}` }]) {
      assert.equal(refusalOf(() => world.attempts.take(mine.attempt.state, { headers }, anywhere)).code, 'idp.attempt', JSON.stringify(headers));
    }
    assert.equal(refusalOf(() => world.attempts.take(mine.attempt.state, came(mine.cookie), () => false)).code, 'idp.attempt');
    assert.equal(refusalOf(() => world.attempts.take('guessed', came(mine.cookie), anywhere)).code, 'idp.attempt');
    assert.ok(world.attempts.take(mine.attempt.state, came(mine.cookie), anywhere));
  });

  test('is sealed: who reads the cookie or the database finds neither state nor verifier, and whoever begins many leaves nothing there', async () => {
    await using world = await begin();
    const { attempt, cookie } = world.attempts.begin(GITHUB);
    assert.equal(world.room.store.authority.count('LoginAttempt'), 0);
    world.attempts.take(attempt.state, came(cookie), anywhere);
    const bytes = [world.room.path, `${world.room.path}-wal`].map((path) => readFileSync(path, 'latin1')).join('');
    for (const secret of [attempt.state, attempt.nonce, attempt.codeVerifier]) assert.ok(!bytes.includes(secret) && !cookie.includes(secret) && !Buffer.from(pairOf(cookie).split('=')[1] ?? '', 'base64url').toString('latin1').includes(secret));
  });
});

suite('Whom a provider has named', () => {
  test('is handed to the question that waits, once, within a minute, in that browser', async () => {
    await using world = await begin();
    const cookie = world.proven.put('u-1', { accountId: 'person:per_1', origin: 'a-session' });
    assert.equal(world.proven.take('u-2', came(cookie).headers), undefined);
    assert.equal(world.proven.take('u-1', {}), undefined);
    const { accountId, origin } = world.proven.take('u-1', came(cookie).headers) ?? {};
    assert.deepEqual([accountId, origin], ['person:per_1', 'a-session']);
    assert.equal(world.proven.take('u-1', came(cookie).headers), undefined);
    const late = world.proven.put('u-1', { accountId: 'person:per_1', origin: undefined });
    world.room.clock.move(60_000);
    assert.equal(world.proven.take('u-1', came(late).headers), undefined);
  });

  const RULES: Admission = { provider: 'github', everybody: true, emailDomains: new Set(), emails: new Set(), groups: new Set(), names: new Set(['acme.com']), roles: new Map([['acme', ['reader']]]), everyone: [] };
  const MONA: ExternalIdentity = { issuer: 'https://github.com/login/oauth', subject: '17', name: 'Mona', emails: ['mona@acme.com'], groups: ['acme'] };

  test('is provisioned the first time, and found again by issuer and subject however they are called then (A12)', async () => {
    await using world = await begin();
    const needs = { store: world.room.store, clock: world.room.clock, random: world.random };
    const first = provision(MONA, RULES, needs);
    assert.deepEqual([first.called, first.own, first.roles], ['mona@acme.com', 'github:17', ['reader']]);
    world.room.clock.move(1_000);
    const again = provision({ ...MONA, name: 'M', emails: ['new@acme.com'], groups: [] }, RULES, needs);
    assert.deepEqual([again.id, again.called, again.roles, again.firstSeenAtMs, again.lastSeenAtMs - first.lastSeenAtMs], [first.id, 'new@acme.com', [], first.firstSeenAtMs, 1_000]);
    const somebodyElse = provision({ ...MONA, subject: '18' }, RULES, needs);
    assert.notEqual(somebodyElse.id, first.id, 'the address of another is another person');
    assert.notEqual(provision({ ...MONA, issuer: 'https://evil.example' }, RULES, needs).id, first.id);
  });

  test('is nobody when nothing lets them in, and nothing is written', async () => {
    await using world = await begin();
    const needs = { store: world.room.store, clock: world.room.clock, random: world.random };
    const refusal = refusalOf(() => provision(MONA, { ...RULES, everybody: false, groups: new Set(['other']) }, needs));
    assert.deepEqual([refusal.code, refusal.circumstances.detail], ['idp.not-admitted', undefined]);
    assert.deepEqual(world.room.store.people.page({ limit: 10 }), []);
  });
});

suite('A cookie of a browser', () => {
  test('is read when it is there once, and by its whole name', () => {
    const cookie = new BrowserCookie('x', { secure: false });
    assert.deepEqual([{ cookie: 'x=1' }, { cookie: 'y=2; x=1; z=3' }, { cookie: 'xx=1' }, { cookie: 'x=1; x=2' }, {}].map((headers) => cookie.read(headers)), ['1', '1', undefined, undefined, undefined]);
  });
});

suite('A place to go on to is on this host (U04)', () => {
  for (const path of ['/', '/app', '/app?x=1#y', '/a/b//c', '/%2F%2Fevil']) test(path, () => assert.equal(localPath(path), path));
  for (const path of ['//evil.example', '/\\evil.example', '\\\\evil', 'evil', 'https://evil.example', '/a b', '/a\tb', '/a\r\nSet-Cookie: x', '/a"b', '', null]) test(`${JSON.stringify(path)} is none`, () => assert.equal(localPath(path), undefined));
});
