import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, Browser, pkce, REDIRECT, signIn as tokensOf } from '../world/authority-gateway.ts';
import { comeBack, SIGN_IN_CLIENTS, SignInProvider } from '../world/sign-in-provider.ts';
import { TestKey } from '../world/token-issuer.ts';

test('Whom a provider logs out is signed out here: browser, access and refresh tokens; others go on; by name, and by the session that they signed in with (R44, D10)', async () => {
  await using google = await SignInProvider.start('google');
  const key = new TestKey('ES256', 'key-1');
  await using gateway = await AuthorityGateway.start({
    fetch: { allow: [`127.0.0.1:${String(google.port)}`] },
    roles: { reader: ['crm:get_*'] },
    signIn: { company: { kind: 'oidc', issuer: google.origin, clientId: SIGN_IN_CLIENTS.google.id, clientSecret: 'env:SECRET', allow: { everybody: true }, everyone: ['reader'] } },
    issuers: { company: { issuer: google.origin, keys: JSON.parse(JSON.stringify({ keys: [key.jwk] })) as JsonObject, logout: { audience: ['sallyport'] } } },
    env: { SECRET: SIGN_IN_CLIENTS.google.secret },
  });
  const [clientId, otherId] = [String((await gateway.register()).json['client_id']), String((await gateway.register()).json['client_id'])];
  const signIn = async (sub: string, sid?: string) => {
    await google.tell({ deny: false, claims: { sub, name: sub, ...(sid === undefined ? {} : { sid }) }, token: {}, answer: {} });
    const [browser, pair] = [new Browser(gateway), pkce()];
    const page = await browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 's', code_challenge: pair.challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString()}`);
    const there = /url=(\S+)$/.exec((await browser.submit(page, { do: 'idp:company' })).headers.get('refresh') ?? '')?.[1] ?? '';
    const back = new URL((await browser.open((await comeBack(new URL(there))).href)).url);
    const { json } = await gateway.post('/oauth/token', { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, client_id: clientId, code_verifier: pair.verifier });
    const refresh = () => gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(json['refresh_token']), client_id: clientId });
    return { browser, opens: async () => (await gateway.call(String(json['access_token']))).status, refreshes: async () => (await refresh()).status, isKnown: async () => (await browser.open('/account')).text.includes('Sign out here') };
  };
  const [ann, ben] = [await signIn('ann'), await signIn('ben')];
  assert.deepEqual([await ann.opens(), await ann.isKnown(), await ben.opens()], [200, true, 200]);

  const now = Math.floor(Date.now() / 1000);
  const logoutToken = (iss: string, sub: string, more: JsonObject = {}): string => key.sign({ iss, aud: 'sallyport', sub, ...more, iat: now, exp: now + 120, jti: `logout-${sub}`, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, { typ: 'logout+jwt' });
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: logoutToken('https://evil.example', 'ann') })).status, 400);
  assert.equal(await ann.opens(), 200);
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: logoutToken(google.origin, 'ann') })).status, 200);
  assert.deepEqual([await ann.opens(), await ann.refreshes(), await ann.isKnown()], [401, 400, false]);
  assert.deepEqual([await ben.opens(), await ben.refreshes(), await ben.isKnown()], [200, 200, true]);

  const cat = await signIn('cat', 'session-of-cat');
  const bySession = (iss: string, sid: string): string => key.sign({ iss, aud: 'sallyport', sid, iat: now, exp: now + 120, jti: `logout-${sid}-${iss}`, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, { typ: 'logout+jwt' });
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: bySession(google.origin, 'another-session') })).status, 200);
  assert.deepEqual([await cat.opens(), await cat.isKnown()], [200, true], 'a session that is not theirs');
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: bySession(google.origin, 'session-of-cat') })).status, 200);
  assert.deepEqual([await cat.opens(), await cat.refreshes(), await cat.isKnown()], [401, 400, false], 'a logout may name nothing but the session (Back-Channel Logout 1.0 §2.4)');
  assert.deepEqual([await ben.opens(), await ben.isKnown()], [200, true]);

  // Of two places where one person signed in, a logout of the session of one leaves the other; a client that was allowed there without a way to the provider ends with it.
  const [office, home] = [await signIn('dora', 'session-at-work'), await signIn('dora', 'session-at-home')];
  const [allowedAtWork, allowedAtHome] = [await tokensOf(gateway, { clientId: otherId, browser: office.browser }), await tokensOf(gateway, { clientId: otherId, browser: home.browser })];
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: bySession(google.origin, 'session-at-work') })).status, 200);
  assert.deepEqual([await office.opens(), await office.refreshes(), await office.isKnown(), (await gateway.call(allowedAtWork.access)).status], [401, 400, false, 401]);
  assert.deepEqual([await home.opens(), await home.refreshes(), await home.isKnown(), (await gateway.call(allowedAtHome.access)).status], [200, 200, true, 200]);
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: logoutToken(google.origin, 'dora', { sid: 'session-at-work' }) })).status, 200);
  assert.deepEqual([await home.opens(), await home.refreshes(), await home.isKnown()], [401, 400, false], 'a logout that names the person besides is about all of theirs (keycloak/keycloak#22914)');

  // A browser that signed in by itself: its cookie opens the profile no more.
  await google.tell({ deny: false, claims: { sub: 'eve', name: 'eve', sid: 'session-of-eve' }, token: {}, answer: {} });
  const eve = new Browser(gateway);
  const { headers } = await eve.open('/auth/oauth/company/start');
  await eve.open((await comeBack(new URL(headers.get('location') ?? ''))).href);
  const profile = async (): Promise<number> => (await eve.open('/api/user/profile')).status;
  assert.equal(await profile(), 200);
  assert.equal((await gateway.post('/issuers/company/logout', { logout_token: bySession(google.origin, 'session-of-eve') })).status, 200);
  assert.deepEqual([await profile(), (await eve.open('/account')).text.includes('Sign out here')], [401, false]);
});
