import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ISSUER, OAuthGateway, type Ports } from '../world/oauth-gateway.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { TestKey } from '../world/token-issuer.ts';

/** What an issuer says of its own accord: that somebody has logged out, that a token is revoked; and that nobody else can say it (J07, J15, D10, R44). */

const SECRET = 'revoker secret: 0123456789';
const CLIENT = 'sallyport';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

const stack = new AsyncDisposableStack();
let gateway: OAuthGateway;
before(async () => {
  const folder = stack.use(await temporaryFolder('notices'));
  writeFileSync(join(folder.path, 'secret'), SECRET);
  gateway = stack.use(await OAuthGateway.start({
    notices: { logout: { audience: [CLIENT] }, revocation: { clientId: 'idp', clientSecret: `file:${join(folder.path, 'secret')}` } },
  }));
});
after(() => stack.disposeAsync());

type Claims = Readonly<Record<string, unknown>>;

let count = 0;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const logoutClaims = (more: Claims = {}): Claims => ({ iss: ISSUER, aud: CLIENT, iat: nowSeconds(), exp: nowSeconds() + 120, jti: `logout-${String((count += 1))}`, events: EVENTS, ...more });
const logoutToken = (claims: Claims, { key = gateway.key, typ = 'logout+jwt' }: { readonly key?: TestKey; readonly typ?: string } = {}): string => key.sign(logoutClaims(claims), { typ });

const post = (path: string, form: Readonly<Record<string, string>> | string, { at = 'tokens', headers = {} }: { readonly at?: keyof Ports; readonly headers?: Readonly<Record<string, string>> } = {}) =>
  gateway.get(at, path, { method: 'POST', body: typeof form === 'string' ? form : new URLSearchParams(form).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
const logout = (token: string) => post('/issuers/corp/logout', { logout_token: token });

/** A token that is a minute old, and whether it opens. */
const aToken = (claims: Readonly<Record<string, string | number>>): string => gateway.token({ scope: 'crm:get_customer', iat: nowSeconds() - 60, ...claims });
const opens = async (token: string): Promise<boolean> => (await gateway.call('tokens', 'get_customer', { headers: { authorization: `Bearer ${token}` } })).status === 200;

suite('A back-channel logout', () => {
  test('ends the tokens of the session at once, and those of another go on', async () => {
    const [mine, other] = [aToken({ sub: 'ann', sid: 'a1' }), aToken({ sub: 'ann', sid: 'a2' })];
    assert.deepEqual([await opens(mine), await opens(other)], [true, true]);
    assert.equal((await logout(logoutToken({ sid: 'a1' }))).status, 200);
    assert.deepEqual([await opens(mine), await opens(other)], [false, true]);
  });

  test('of a person ends what was issued to them until then, and a new login is good', async () => {
    const [former, another, later] = [aToken({ sub: 'ben' }), aToken({ sub: 'eve' }), aToken({ sub: 'ben', iat: nowSeconds() })];
    assert.equal((await logout(logoutToken({ sub: 'ben', iat: nowSeconds() - 1 }))).status, 200);
    assert.deepEqual([await opens(former), await opens(another), await opens(later)], [false, true, true]);
  });

  test('is taken once', async () => {
    const token = logoutToken({ sub: 'cid' });
    assert.deepEqual([(await logout(token)).status, (await logout(token)).status], [200, 400]);
  });

  const refused: readonly (readonly [string, () => string])[] = [
    ['that somebody else has signed', () => logoutToken({ sub: 'dan' }, { key: new TestKey('ES256', 'key-1') })],
    ['of another issuer', () => logoutToken({ sub: 'dan', iss: 'https://other.example' })],
    ['for another client', () => logoutToken({ sub: 'dan', aud: 'another' })],
    ['for nobody', () => logoutToken({ sub: 'dan', aud: undefined })],
    ['that is an access token', () => aToken({ sub: 'dan' })],
    ['that is typed as one', () => logoutToken({ sub: 'dan' }, { typ: 'at+jwt' })],
    ['without a type', () => logoutToken({ sub: 'dan' }, { typ: 'JWT' })],
    ['with a nonce, which makes it an ID token', () => logoutToken({ sub: 'dan', nonce: 'n' })],
    ['without events', () => logoutToken({ sub: 'dan', events: undefined })],
    ['about another event', () => logoutToken({ sub: 'dan', events: { 'http://schemas.openid.net/event/other': {} } })],
    ['whose event is no object', () => logoutToken({ sub: 'dan', events: { 'http://schemas.openid.net/event/backchannel-logout': true } })],
    ['about nobody', () => logoutToken({})],
    ['without jti', () => logoutToken({ sub: 'dan', jti: undefined })],
    ['without iat', () => logoutToken({ sub: 'dan', iat: undefined })],
    ['without exp', () => logoutToken({ sub: 'dan', exp: undefined })],
    ['that has expired', () => logoutToken({ sub: 'dan', iat: nowSeconds() - 300, exp: nowSeconds() - 61 })],
    ['of the future', () => logoutToken({ sub: 'dan', iat: nowSeconds() + 300, exp: nowSeconds() + 400 })],
    ['without a signature', () => `${logoutToken({ sub: 'dan' }).split('.').slice(0, 2).join('.')}.`],
    ['that is none', () => 'x'],
    ['that is not there', () => ''],
  ];
  for (const [what, make] of refused) {
    test(`${what} is refused as OAuth says it (Back-Channel Logout 1.0 §2.8), and denies nobody (J07)`, async () => {
      const answer = await logout(make());
      assert.deepEqual([answer.status, answer.json['code'], answer.json['error'], answer.headers.get('content-type'), answer.headers.get('cache-control')], [400, 'notice.invalid', 'invalid_request', 'application/json', 'no-store']);
      assert.equal(await opens(aToken({ sub: 'dan' })), true);
    });
  }

  test('is a form, sent by a program to its path, where tokens are accepted', async () => {
    const form = { logout_token: logoutToken({ sub: 'dan' }) };
    assert.equal((await post('/issuers/corp/logout', form, { headers: { 'content-type': 'application/json' } })).status, 415);
    assert.equal((await post('/issuers/corp/logout', form, { headers: { origin: gateway.origin('tokens') } })).status, 403);
    assert.equal((await post('/issuers/corp/logout', `${new URLSearchParams(form).toString()}&logout_token=x`)).status, 400);
    assert.equal((await post('/issuers/other/logout', form)).status, 404);
    assert.equal((await post('/issuers/corp/logout', form, { at: 'keys' })).status, 404);
    assert.equal((await gateway.get('tokens', '/issuers/corp/logout')).status, 405);
    assert.equal(await opens(aToken({ sub: 'dan' })), true);
  });
});

suite('A revocation by the issuer', () => {
  const basic = (secret: string, id = 'idp') => ({ headers: { authorization: `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}` } });

  test('ends the token, and no other', async () => {
    const [one, two] = [aToken({ sub: 'fay', jti: 'f1' }), aToken({ sub: 'fay', jti: 'f2' })];
    const answer = await post('/issuers/corp/revoke', { token: one, token_type_hint: 'access_token' }, basic(SECRET));
    assert.equal(answer.status, 200);
    assert.deepEqual([await opens(one), await opens(two)], [false, true]);
  });

  test('is for whoever knows the secret alone', async () => {
    const token = aToken({ sub: 'gus', jti: 'g1' });
    for (const how of [{}, basic('wrong'), basic(''), basic(SECRET, 'another'), { headers: { authorization: `Bearer ${SECRET}` } }]) {
      const answer = await post('/issuers/corp/revoke', { token }, how);
      assert.deepEqual([answer.status, answer.json['code'], answer.json['error'], answer.headers.get('www-authenticate')], [401, 'notice.client', 'invalid_client', 'Basic realm="issuers"']);
    }
    assert.equal((await post('/issuers/corp/revoke', {}, basic(SECRET))).status, 400);
    assert.equal(await opens(token), true);
  });
});
