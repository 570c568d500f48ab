import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { comeBack, SignInProvider } from '../../../test/world/sign-in-provider.ts';
import { anAttempt, providerAt } from '../../../test/world/sign-in-room.ts';
import { laterRefusalOf } from '../../../test/world/refusal.ts';
import { Secret } from '../../model/secret.ts';
import type { IdentityOptions } from '../../ports/identity-provider.ts';
import { google } from './google.ts';
import { oidc } from './oidc.ts';

/** Signing in by OpenID Connect, before a stand-in of Google in a process of its own (R6, R7, R45, R46). */

const stack = new AsyncDisposableStack();
let fake: SignInProvider;
before(async () => {
  fake = stack.use(await SignInProvider.start('google'));
});
after(() => stack.disposeAsync());

const CLAIMS = { sub: '110169484474386276334', email: 'alice@acme.com', email_verified: true, name: 'Alice', hd: 'acme.com' };
const HONEST = { registered: [], deny: false, claims: CLAIMS, token: {}, answer: {}, metadata: {}, userinfo: {}, forged: false, revoked: false, broken: false };

type More = Partial<IdentityOptions> & { readonly secret?: string; readonly kind?: typeof google | typeof oidc };

const begun = async ({ kind = google, ...more }: More = {}) => {
  const provider = providerAt(kind, fake, more);
  const attempt = anAttempt();
  return { provider, attempt, back: await comeBack(await provider.begin(attempt)) };
};

const signIn = async (more: More = {}) => {
  const { provider, attempt, back } = await begun(more);
  return (await provider.finish(back, attempt)).identity;
};

const refusalOf = async (more: More = {}) => {
  const provider = providerAt(more.kind ?? google, fake, more);
  const attempt = anAttempt();
  return laterRefusalOf(async () => provider.finish(await comeBack(await provider.begin(attempt)), attempt));
};

suite('Somebody who signs in at Google', () => {
  test('is known by issuer and subject, with the address that Google vouches for and the Workspace domain as the group', async () => {
    await fake.tell(HONEST);
    assert.deepEqual(await signIn(), { issuer: fake.origin, subject: CLAIMS.sub, name: 'Alice', emails: ['alice@acme.com'], groups: ['acme.com'] });
  });

  const addresses: readonly (readonly [what: string, claims: object, emails: readonly string[]])[] = [
    ['of Gmail counts', { email: 'alice@gmail.com', hd: null }, ['alice@gmail.com']],
    ['of a company without Workspace does not: it may be somebody else\'s by now', { hd: null }, []],
    ['that is not verified does not', { email_verified: false }, []],
    ['that is verified in words does not', { email_verified: 'true' }, []],
    ['with two @ does not', { email: 'alice@acme.com@evil.example' }, []],
  ];
  for (const [what, claims, emails] of addresses) {
    test(`an address ${what} (A12)`, async () => {
      await fake.tell({ ...HONEST, claims: { ...CLAIMS, ...claims } });
      assert.deepEqual((await signIn()).emails, emails);
    });
  }

  test('goes there with state, nonce and challenge, and with no secret', async () => {
    await fake.tell(HONEST);
    const attempt = anAttempt();
    const url = await providerAt(google, fake).begin(attempt);
    const at = url.searchParams;
    assert.deepEqual([at.get('state'), at.get('nonce'), at.get('scope'), at.get('code_challenge_method'), at.get('redirect_uri')], [attempt.state, attempt.nonce, 'openid profile email', 'S256', attempt.redirectUri]);
    for (const secret of [attempt.codeVerifier, 'google-secret']) assert.ok(!url.href.includes(secret));
  });
});

suite('Somebody who signs in at any OpenID Connect provider', () => {
  test('has the groups of the claim that was named, from the ID token or from userinfo about the same subject', async () => {
    await fake.tell({ ...HONEST, claims: { ...CLAIMS, teams: ['Engineering', 7, ''] } });
    assert.deepEqual((await signIn({ kind: oidc, groupsClaim: 'teams' })).groups, ['Engineering']);
    await fake.tell({ ...HONEST, claims: { sub: CLAIMS.sub }, userinfo: { groups: 'Sales', email: 'a@b.example', email_verified: true } });
    assert.deepEqual(await signIn({ kind: oidc }), { issuer: fake.origin, subject: CLAIMS.sub, emails: ['a@b.example'], groups: ['Sales'] });
    await fake.tell({ ...HONEST, claims: { sub: CLAIMS.sub }, userinfo: { sub: 'another', groups: ['Admins'] } });
    assert.equal((await refusalOf({ kind: oidc })).code, 'idp.answer');
  });

  test('has an address that is not said to be verified only where the directory is trusted for it', async () => {
    await fake.tell({ ...HONEST, claims: { sub: 's', email: 'a@b.example', groups: [] } });
    assert.deepEqual([(await signIn({ kind: oidc })).emails, (await signIn({ kind: oidc, trustEmail: true })).emails], [[], ['a@b.example']]);
    await fake.tell({ ...HONEST, claims: { sub: 's', email: 'a@b.example', email_verified: false, groups: [] } });
    assert.deepEqual((await signIn({ kind: oidc, trustEmail: true })).emails, []);
  });

  test('is sent there again after an outage: what failed is not remembered', async () => {
    await fake.tell({ ...HONEST, metadata: { issuer: 'https://evil.example' } });
    const provider = providerAt(oidc, fake);
    assert.equal((await laterRefusalOf(() => provider.begin(anAttempt()))).code, 'idp.answer');
    await fake.tell(HONEST);
    assert.equal((await provider.begin(anAttempt())).origin, fake.origin);
  });
});

suite('Whether somebody is still there', () => {
  const lasting = async (more: More = {}): Promise<{ readonly refreshToken: Secret; readonly again: (token?: Secret, subject?: string) => Promise<unknown> }> => {
    const { provider, attempt, back } = await begun(more);
    const { refreshToken } = await provider.finish(back, attempt);
    assert.ok(refreshToken !== undefined);
    return { refreshToken, again: (token = refreshToken, subject = CLAIMS.sub) => provider.refresh(token, subject) };
  };

  test('is asked by the refresh token that Google gives to whoever asks to, and until it is revoked', async () => {
    await fake.tell(HONEST);
    const { again } = await lasting();
    assert.deepEqual([await again(), await again()], [{ kind: 'there' }, { kind: 'there' }]);
    await fake.tell({ revoked: true });
    assert.deepEqual(await again(), { kind: 'refused', reason: 'invalid_grant' });
  });

  test('is neither asked nor prepared where that is switched off', async () => {
    await fake.tell(HONEST);
    const { provider, attempt, back } = await begun({ lasting: false });
    assert.equal((await provider.begin(anAttempt())).searchParams.get('access_type'), null);
    assert.equal((await provider.finish(back, attempt)).refreshToken, undefined);
  });

  test('is no matter of ours: a provider that is down, does not know us, or speaks of somebody else says nothing of this person', async () => {
    await fake.tell(HONEST);
    const { refreshToken, again } = await lasting();
    const misses: readonly (readonly [state: object, code: string])[] = [[{ broken: true }, 'idp.answer'], [{ claims: { sub: 'another' } }, 'idp.answer'], [{ forged: true }, 'idp.answer'], [{ token: { aud: 'another' } }, 'idp.answer']];
    for (const [state, code] of misses) {
      await fake.tell({ ...HONEST, ...state });
      assert.equal((await laterRefusalOf(() => again())).code, code, JSON.stringify(state));
    }
    await fake.tell(HONEST);
    assert.equal((await laterRefusalOf(() => providerAt(google, fake, { secret: 'wrong' }).refresh(refreshToken, CLAIMS.sub))).code, 'idp.misconfigured');
    assert.deepEqual(await again(), { kind: 'there' });
  });

  test('is asked for at other providers by offline_access where they know it; with a consent where the operator names it (OIDC Core §11)', async () => {
    const at = async (metadata: object, more: More = {}) => {
      await fake.tell({ ...HONEST, metadata });
      const { searchParams } = await providerAt(oidc, fake, { wants: { emails: false, groups: false }, ...more }).begin(anAttempt());
      return [searchParams.get('scope'), searchParams.get('prompt')];
    };
    const knows = { scopes_supported: ['openid', 'offline_access'] };
    assert.deepEqual(await at({}), ['openid profile', null]);
    assert.deepEqual(await at(knows), ['openid profile offline_access', null]);
    assert.deepEqual(await at(knows, { lasting: false }), ['openid profile', null]);
    assert.deepEqual(await at({}, { scopes: ['offline_access'] }), ['openid profile offline_access', 'consent']);
  });
});

suite('What comes back is not taken', () => {
  const now = (): number => Math.floor(Date.now() / 1000);
  const tokens: readonly (readonly [what: string, state: () => object])[] = [
    ['with an ID token for another nonce', () => ({ token: { nonce: 'other' } })],
    ['with an ID token without a nonce', () => ({ token: { nonce: null } })],
    ['with an ID token for another client', () => ({ token: { aud: 'another' } })],
    ['with an ID token for several, of which another is the party', () => ({ token: { aud: ['another', 'google-client.apps.googleusercontent.com'], azp: 'another' } })],
    ['with an ID token of another issuer', () => ({ token: { iss: 'https://evil.example' } })],
    ['with an ID token that has expired', () => ({ token: { exp: now() - 120, iat: now() - 240 } })],
    ['with an ID token that somebody else has signed', () => ({ forged: true })],
    ['with an ID token about nobody', () => ({ claims: { email: 'x@gmail.com' } })],
    ['with an answer of another issuer (mix-up, RFC 9207 §2.4)', () => ({ answer: { iss: 'https://evil.example' } })],
    ['without the issuer that the metadata announces (mix-up, RFC 9207 §2.4)', () => ({ metadata: { authorization_response_iss_parameter_supported: true } })],
    ['from a provider that calls itself something else (RFC 8414 §3.3)', () => ({ metadata: { issuer: 'https://evil.example' } })],
  ];
  for (const [what, state] of tokens) {
    test(what, async () => {
      await fake.tell({ ...HONEST, ...state() });
      const refusal = await refusalOf();
      assert.equal(refusal.code, 'idp.answer', refusal.circumstances.reason);
      assert.equal(refusal.circumstances.detail, undefined);
    });
  }

  test('control: with the issuer that is announced it is', async () => {
    await fake.tell({ ...HONEST, answer: { iss: fake.origin }, metadata: { authorization_response_iss_parameter_supported: true } });
    assert.equal((await signIn()).subject, CLAIMS.sub);
  });

  test('with another state, or another verifier, or a second time', async () => {
    await fake.tell(HONEST);
    const { provider, attempt, back } = await begun();
    for (const other of [{ ...attempt, state: 'other' }, { ...attempt, nonce: 'other' }]) assert.equal((await laterRefusalOf(() => provider.finish(back, other))).code, 'idp.answer');
    const again = await begun();
    assert.equal((await laterRefusalOf(() => again.provider.finish(again.back, { ...again.attempt, codeVerifier: anAttempt().codeVerifier }))).code, 'idp.answer');
    const whole = await begun();
    await whole.provider.finish(whole.back, whole.attempt);
    assert.equal((await laterRefusalOf(() => whole.provider.finish(whole.back, whole.attempt))).code, 'idp.answer');
  });

  test('when the person says no; when our secret is wrong', async () => {
    await fake.tell({ ...HONEST, deny: true });
    assert.equal((await refusalOf()).code, 'idp.denied');
    await fake.tell(HONEST);
    assert.equal((await refusalOf({ secret: 'wrong' })).code, 'idp.misconfigured');
  });

  test('when the metadata sends us to http, or to a private address (S04, S07)', async () => {
    await fake.tell({ ...HONEST, metadata: { token_endpoint: 'https://127.0.0.1/token' } });
    assert.equal((await refusalOf()).code, 'idp.misconfigured');
    await fake.tell({ ...HONEST, metadata: { token_endpoint: 'http://169.254.169.254/token' } });
    assert.equal((await refusalOf()).code, 'idp.unreachable');
    await fake.tell(HONEST);
  });
});
