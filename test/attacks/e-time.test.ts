import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AuthorityGateway, Browser, PERSON_KEY, pkce, REDIRECT, signIn } from '../world/authority-gateway.ts';
import { assertRefused } from '../world/authority-records.ts';

/** Groups E, F, I and J over time and over a kill: what is over is over, and what is not goes on. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

let gateway: AuthorityGateway;
let clientId = '';
before(async () => {
  gateway = await AuthorityGateway.start({ authority: { accessToken: '1h', refreshToken: '30d' } });
  clientId = String((await gateway.register()).json['client_id']);
});
after(() => gateway[Symbol.asyncDispose]());

const INVALID_GRANT = { code: 'oauth.invalid-grant', status: 400 };
/** The client hears the same; the record says what it was. */
const REUSED = { code: 'refresh.reused', status: 400 };
const refreshed = (token: string) => gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token, client_id: clientId });
const query = (challenge: string): string => new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, code_challenge: challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString();

suite('Time', () => {
  test('[T03] ends a code after a minute', async () => {
    const { verifier, challenge } = pkce();
    const browser = new Browser(gateway);
    const back = await browser.submit(await browser.open(`/oauth/authorize?${query(challenge)}`), { do: 'key', key: PERSON_KEY });
    // The library forgives fifteen seconds.
    gateway.sleep(80 * SECOND_MS);
    assertRefused(gateway, await gateway.post('/oauth/token', { grant_type: 'authorization_code', code: new URL(back.url).searchParams.get('code') ?? '', redirect_uri: REDIRECT, client_id: clientId, code_verifier: verifier }), INVALID_GRANT);
  });

  test('[T05] ends the grace of a refresh token after half a minute, and its family with the next use', async () => {
    const { refresh, access } = await signIn(gateway, { clientId });
    const first = await refreshed(refresh);
    gateway.sleep(20 * SECOND_MS);
    const second = await refreshed(refresh);
    assert.deepEqual([second.status, second.json['refresh_token']], [200, first.json['refresh_token']]);
    gateway.sleep(15 * SECOND_MS);
    assertRefused(gateway, await refreshed(refresh), REUSED);
    assertRefused(gateway, await refreshed(String(first.json['refresh_token'])), INVALID_GRANT);
    assert.equal((await gateway.call(access)).status, 401);
  });

  test('ends an access token after an hour, which its refresh token outlives by a month (R113)', async () => {
    const { access, refresh } = await signIn(gateway, { clientId });
    gateway.sleep(59 * MINUTE_MS);
    assert.equal((await gateway.call(access)).status, 200);
    gateway.sleep(2 * MINUTE_MS);
    const over = await gateway.call(access);
    assert.deepEqual([over.status, over.json['code']], [401, 'token.expired']);
    assert.match(over.headers.get('www-authenticate') ?? '', /error="invalid_token".*resource_metadata=/, 'W6: the client is told to refresh');
    gateway.sleep(29 * DAY_MS);
    const next = await refreshed(refresh);
    assert.equal(next.status, 200);
    assert.equal((await gateway.call(String(next.json['access_token']))).status, 200, 'signed by a key that was made meanwhile, or not');
    gateway.sleep(31 * DAY_MS);
    assertRefused(gateway, await refreshed(String(next.json['refresh_token'])), INVALID_GRANT);
  });

  test('ends a sign-in that is begun after ten minutes, and a browser that nobody uses after eight hours', async () => {
    clientId = String((await gateway.register({ redirect_uris: [REDIRECT] })).json['client_id']);
    const browser = new Browser(gateway);
    const page = await browser.open(`/oauth/authorize?${query(pkce().challenge)}`);
    gateway.sleep(11 * MINUTE_MS);
    assertRefused(gateway, await browser.submit(page, { do: 'key', key: PERSON_KEY }), { code: 'login.expired', status: 400 });
    await signIn(gateway, { clientId, browser });
    gateway.sleep(7 * HOUR_MS);
    assert.match((await browser.open(`/oauth/authorize?${query(pkce().challenge)}`)).text, /You are signed in as/);
    gateway.sleep(9 * HOUR_MS);
    assert.match((await browser.open(`/oauth/authorize?${query(pkce().challenge)}`)).text, /Sign in with a key/);
  });
});

suite('A kill', () => {
  test('[T06] of the gateway ends nothing that was promised, and makes nothing good again that was used (F01)', async () => {
    const [kept, used] = [await signIn(gateway, { clientId }), await signIn(gateway, { clientId })];
    const browser = new Browser(gateway);
    await signIn(gateway, { clientId, browser });
    const successor = await refreshed(used.refresh);
    await gateway.killAndRestart();
    assert.equal((await gateway.call(kept.access)).status, 200, 'the signing key is the same');
    assert.equal((await refreshed(kept.refresh)).status, 200);
    assert.equal((await refreshed(used.refresh)).json['refresh_token'], successor.json['refresh_token'], 'the answer that was lost is given again');
    assert.match((await browser.open('/account')).text, /alice/, 'the browser is signed in');
    gateway.sleep(MINUTE_MS);
    assertRefused(gateway, await refreshed(used.refresh), REUSED);
    assert.equal((await gateway.call(used.access)).status, 401);
    await gateway.killAndRestart();
    assert.equal((await gateway.call(used.access)).status, 401, 'what was ended stays so');
    assertRefused(gateway, await refreshed(String(successor.json['refresh_token'])), INVALID_GRANT);
  });
});
