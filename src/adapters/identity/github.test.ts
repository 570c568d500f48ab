import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { comeBack, SignInProvider } from '../../../test/world/sign-in-provider.ts';
import { anAttempt, providerAt } from '../../../test/world/sign-in-room.ts';
import { laterRefusalOf } from '../../../test/world/refusal.ts';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import type { IdentityOptions } from '../../ports/identity-provider.ts';
import { github } from './github.ts';

/** Signing in at GitHub, before a stand-in of an Enterprise Server in a process of its own (R6, R7, R45, R46). */

const stack = new AsyncDisposableStack();
let fake: SignInProvider;
before(async () => {
  fake = stack.use(await SignInProvider.start('github'));
});
after(() => stack.disposeAsync());

const PERSON = {
  registered: '', deny: false, id: 583_231, login: 'octocat', name: 'Mona', grant: null, expiring: false, revoked: false, broken: false,
  emails: [{ email: 'old@gmail.com', primary: false, verified: true }, { email: 'mona@acme.com', primary: true, verified: true }, { email: 'ceo@acme.com', primary: false, verified: false }],
  organisations: [{ state: 'active', organization: { login: 'Acme' } }, { state: 'pending', organization: { login: 'other' } }],
  teams: [{ slug: 'Platform', organization: { login: 'Acme' } }, { slug: 'x', organization: { login: 'other' } }],
};

const signIn = async (more: Partial<IdentityOptions> & { readonly secret?: string } = {}): Promise<ExternalIdentity> => {
  const provider = providerAt(github, fake, more);
  const attempt = anAttempt();
  return (await provider.finish(await comeBack(await provider.begin(attempt)), attempt)).identity;
};

suite('Somebody who signs in at GitHub', () => {
  test('is known by the number of the account, with verified addresses and active memberships alone (A12)', async () => {
    await fake.tell(PERSON);
    assert.deepEqual(await signIn(), { issuer: `${fake.origin}/login/oauth`, subject: '583231', name: 'Mona', emails: ['mona@acme.com', 'old@gmail.com'], groups: ['acme', 'acme/platform'] });
  });

  test('stays the same under another login, name and address', async () => {
    await fake.tell({ ...PERSON, login: 'mona', name: null, emails: [] });
    assert.deepEqual(await signIn({ wants: { emails: true, groups: false } }), { issuer: `${fake.origin}/login/oauth`, subject: '583231', name: 'mona', emails: [], groups: [] });
  });

  test('is asked for no more than somebody looks at (R46)', async () => {
    const provider = (wants: IdentityOptions['wants']) => providerAt(github, fake, { wants }).begin(anAttempt());
    assert.equal((await provider({ emails: false, groups: false })).searchParams.get('scope'), 'read:user');
    assert.equal((await provider({ emails: true, groups: true })).searchParams.get('scope'), 'read:user user:email read:org');
  });

  test('goes there with a state, a challenge and the address to come back to, and with no secret', async () => {
    const attempt = anAttempt();
    const url = await providerAt(github, fake).begin(attempt);
    const at = url.searchParams;
    assert.deepEqual([url.origin + url.pathname, at.get('state'), at.get('redirect_uri'), at.get('code_challenge_method'), at.get('response_type')], [`${fake.origin}/login/oauth/authorize`, attempt.state, attempt.redirectUri, 'S256', 'code']);
    for (const secret of [attempt.codeVerifier, attempt.nonce, 'github-secret']) assert.ok(!url.href.includes(secret));
  });

  test('has more than a page of organisations, and all of them count', async () => {
    const many = Array.from({ length: 150 }, (_none, at) => ({ state: 'active', organization: { login: `org-${String(at)}` } }));
    await fake.tell({ ...PERSON, organisations: many, teams: [] });
    assert.equal((await signIn()).groups.length, 150);
  });

  test('and the public GitHub has its API on a host of its own', async () => {
    const asked: string[] = [];
    const network = { send: ({ url }: { readonly url: string }) => (asked.push(url), Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(url.includes('access_token') ? '{"access_token":"x","token_type":"bearer"}' : '{"id":1,"login":"a"}') })) };
    const provider = github.build({ name: 'github', clientId: 'c', scopes: [], groupsClaim: 'groups', trustEmail: false, lasting: true, wants: { emails: false, groups: false } }, { ...(await import('../../../test/world/sign-in-room.ts')).identityNeeds(1, 's'), network });
    const attempt = anAttempt();
    assert.equal((await provider.begin(attempt)).origin, 'https://github.com');
    await provider.finish(new URL(`https://x.example/?code=c&state=${attempt.state}`), attempt);
    assert.deepEqual(asked, ['https://github.com/login/oauth/access_token', 'https://api.github.com/user']);
  });
});

suite('Whether somebody is still at GitHub', () => {
  const lasting = async (more: Partial<IdentityOptions> = {}) => {
    const provider = providerAt(github, fake, more);
    const attempt = anAttempt();
    return { provider, ...(await provider.finish(await comeBack(await provider.begin(attempt)), attempt)) };
  };

  test('is asked by the refresh token of a GitHub App, each good once, until the person takes its leave back', async () => {
    await fake.tell({ ...PERSON, expiring: true });
    const { provider, refreshToken } = await lasting();
    assert.ok(refreshToken !== undefined);
    const next = await provider.refresh(refreshToken, '583231');
    assert.ok(next.kind === 'there' && next.refreshToken !== undefined);
    assert.deepEqual(next.identity?.groups, ['acme', 'acme/platform'], 'and says who that is now');
    assert.deepEqual(await provider.refresh(refreshToken, '583231'), { kind: 'refused', reason: 'bad_refresh_token' });
    await fake.tell({ revoked: true });
    assert.deepEqual(await provider.refresh(next.refreshToken, '583231'), { kind: 'refused', reason: 'bad_refresh_token' });
  });

  test('is told with the memberships of now; where those cannot be read, the next token is not lost for that', async () => {
    await fake.tell({ ...PERSON, expiring: true });
    const { provider, refreshToken } = await lasting();
    assert.ok(refreshToken !== undefined);
    await fake.tell({ organisations: [], teams: [] });
    const left = await provider.refresh(refreshToken, '583231');
    assert.ok(left.kind === 'there' && left.refreshToken !== undefined);
    assert.deepEqual(left.identity?.groups, []);
    await fake.tell({ id: null });
    const unread = await provider.refresh(left.refreshToken, '583231');
    assert.ok(unread.kind === 'there' && unread.refreshToken !== undefined && unread.identity === undefined);
  });

  test('cannot be asked of an OAuth App, nor where that is switched off', async () => {
    await fake.tell(PERSON);
    assert.equal((await lasting()).refreshToken, undefined);
    await fake.tell({ expiring: true });
    assert.equal((await lasting({ lasting: false })).refreshToken, undefined);
  });

  test('is left open by a GitHub that is down or does not know us', async () => {
    await fake.tell({ ...PERSON, expiring: true });
    const { provider, refreshToken } = await lasting();
    assert.ok(refreshToken !== undefined);
    await fake.tell({ broken: true });
    assert.equal((await laterRefusalOf(() => provider.refresh(refreshToken, '583231'))).code, 'idp.answer');
    await fake.tell({ broken: false });
    assert.equal((await laterRefusalOf(() => providerAt(github, fake, { secret: 'wrong' }).refresh(refreshToken, '583231'))).code, 'idp.misconfigured');
    assert.equal((await provider.refresh(refreshToken, '583231')).kind, 'there');
  });
});

suite('What comes back from GitHub is not taken', () => {
  const finish = async (change: (url: URL) => void, more: Partial<IdentityOptions> & { readonly secret?: string } = {}) => {
    const provider = providerAt(github, fake, more);
    const attempt = anAttempt();
    const back = await comeBack(await provider.begin(attempt));
    change(back);
    return laterRefusalOf(() => provider.finish(back, attempt));
  };
  const nothing = (): void => undefined;
  const cases: readonly (readonly [what: string, code: string, change: (url: URL) => void])[] = [
    ['without a state', 'idp.answer', (url) => url.searchParams.delete('state')],
    ['with another state', 'idp.answer', (url) => url.searchParams.set('state', 'other')],
    ['with two states', 'idp.answer', (url) => url.searchParams.append('state', 'other')],
    ['without a code', 'idp.answer', (url) => url.searchParams.delete('code')],
    ['with two codes', 'idp.answer', (url) => url.searchParams.append('code', 'x')],
    ['with a code that nobody gave', 'idp.answer', (url) => url.searchParams.set('code', 'guessed')],
    ['of another issuer (RFC 9207 §2.4)', 'idp.answer', (url) => url.searchParams.set('iss', 'https://evil.example')],
  ];
  for (const [what, code, change] of cases) {
    test(what, async () => {
      await fake.tell(PERSON);
      assert.equal((await finish(change)).code, code);
    });
  }

  test('twice', async () => {
    await fake.tell(PERSON);
    const provider = providerAt(github, fake);
    const attempt = anAttempt();
    const back = await comeBack(await provider.begin(attempt));
    await provider.finish(back, attempt);
    assert.equal((await laterRefusalOf(() => provider.finish(back, attempt))).code, 'idp.answer');
  });

  test('for the attempt of another browser: state and verifier are of one', async () => {
    await fake.tell(PERSON);
    const provider = providerAt(github, fake);
    const [mine, theirs] = [anAttempt(), anAttempt()];
    const back = await comeBack(await provider.begin(mine));
    assert.equal((await laterRefusalOf(() => provider.finish(back, theirs))).code, 'idp.answer');
    assert.equal((await laterRefusalOf(() => provider.finish(back, { ...theirs, state: mine.state }))).code, 'idp.answer', 'PKCE: the code is of another verifier');
  });

  test('when the person says no, and the words of GitHub stay inside', async () => {
    await fake.tell({ ...PERSON, deny: true });
    const refusal = await finish(nothing);
    assert.deepEqual([refusal.code, refusal.circumstances.reason, refusal.circumstances.detail], ['idp.denied', 'github said access_denied', undefined]);
  });

  test('when our secret or our address is not what is registered there: that is the operator\'s to mend (R101)', async () => {
    await fake.tell(PERSON);
    assert.equal((await finish(nothing, { secret: 'wrong' })).code, 'idp.misconfigured');
    await fake.tell({ ...PERSON, registered: 'https://elsewhere.example/callback' });
    assert.equal((await finish(nothing)).code, 'idp.misconfigured');
  });

  test('when the scope that was needed was not given', async () => {
    await fake.tell({ ...PERSON, grant: 'read:user' });
    const refusal = await finish(nothing);
    assert.equal(refusal.code, 'idp.answer');
    assert.match(refusal.circumstances.reason, /user\/emails was answered with 404: was the scope given/);
  });

  test('when the account has no number', async () => {
    for (const id of [null, '583231', 0, 1.5, -1]) {
      await fake.tell({ ...PERSON, id });
      assert.equal((await finish(nothing)).code, 'idp.answer');
    }
  });

  test('when nobody answers', async () => {
    await fake.tell(PERSON);
    const provider = providerAt(github, fake);
    const attempt = anAttempt();
    const back = await comeBack(await provider.begin(attempt));
    const gone = providerAt(github, { ...fake, origin: 'http://127.0.0.1:9', port: 9 } as SignInProvider); // of a provider only its place is read
    const refusal = await laterRefusalOf(() => gone.finish(back, attempt));
    assert.deepEqual([refusal.code, refusal.circumstances.headers], ['idp.unreachable', { 'Retry-After': '30' }]);
  });
});
