import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { SignJWT } from 'jose';
import { crmServer } from '../world/oauth-gateway.ts';
import { AuthorityGateway, Browser, PERSON_KEY, pkce, REDIRECT, signIn, type Answer } from '../world/authority-gateway.ts';
import { assertRefused, recordsOf } from '../world/authority-records.ts';

/** Groups E, F, I and J: the token endpoint and its kin, registration, cookies, and for which server a token is. */

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = 'agreed-secret-0123456789abcdef';

let gateway: AuthorityGateway;
let clientId = '';
let other = '';
before(async () => {
  gateway = await AuthorityGateway.start({
    servers: { crm: { command: [process.execPath, crmServer] }, hr: { command: [process.execPath, crmServer] } },
    env: { AGREED_SECRET: SECRET },
    authority: { clients: {
      signed: { keys: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' }] }, permissions: ['crm:get_*'] },
      agreed: { clientSecret: 'env:AGREED_SECRET', permissions: ['crm:get_*'] },
    } },
  });
  [clientId, other] = [String((await gateway.register()).json['client_id']), String((await gateway.register()).json['client_id'])];
});
after(async () => {
  assert.equal((await gateway.call((await signedIn()).access, 'get_customer', '/crm/mcp')).status, 200, 'whatever was tried, who is let in still is');
  const told = JSON.stringify(recordsOf(gateway)) + gateway.process.stderr();
  for (const secret of [SECRET, PERSON_KEY]) assert.ok(!told.includes(secret));
  await gateway[Symbol.asyncDispose]();
});

const resource = (server = 'crm'): string => `${gateway.origin}/${server}/mcp`;
const signedIn = (parameters: Readonly<Record<string, string>> = {}) => signIn(gateway, { clientId, parameters: { resource: resource(), ...parameters } });
const ask = (form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => gateway.post('/oauth/token', form, headers);
const refreshed = (token: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> => ask({ grant_type: 'refresh_token', refresh_token: token, client_id: clientId, ...more });

/** A code, and what redeems it. */
const newCode = async () => {
  const { verifier, challenge } = pkce();
  const browser = new Browser(gateway);
  const page = await browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, code_challenge: challenge, code_challenge_method: 'S256', resource: resource() }).toString()}`);
  const code = new URL((await browser.submit(page, { do: 'key', key: PERSON_KEY })).url).searchParams.get('code') ?? '';
  return { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: clientId, code_verifier: verifier };
};

const INVALID_GRANT = { code: 'oauth.invalid-grant', status: 400 };

suite('A code', () => {
  test('[T01] that comes again ends what it gave, and a stranger who knows it ends nothing', async () => {
    const form = await newCode();
    const good = await ask(form);
    const access = String(good.json['access_token']);
    assertRefused(gateway, await ask({ ...form, client_id: other }), INVALID_GRANT, 'a stranger');
    assertRefused(gateway, await ask({ ...form, code_verifier: pkce().verifier }), INVALID_GRANT, 'without the verifier');
    assert.equal((await gateway.call(access, 'get_customer', '/crm/mcp')).status, 200);
    assertRefused(gateway, await ask(form), INVALID_GRANT, 'again');
    assert.equal((await gateway.call(access, 'get_customer', '/crm/mcp')).status, 401);
    for (const guess of ['', 'x', 'x'.repeat(43), `${form.code}x`, form.code.slice(0, -1)]) assertRefused(gateway, await ask({ ...form, code: guess }), { code: /^oauth\.invalid-(?:grant|request)$/, status: 400 }, guess);
  });

  test('[T03] is not used up by a wrong client, redirect URI or resource', async () => {
    const form = await newCode();
    assertRefused(gateway, await ask({ ...form, client_id: other }), INVALID_GRANT);
    assertRefused(gateway, await ask({ ...form, redirect_uri: 'http://127.0.0.1:1/callback' }), INVALID_GRANT);
    for (const wrong of [resource('hr'), 'https://elsewhere.example/mcp', '']) assertRefused(gateway, await ask({ ...form, resource: wrong }), { code: 'oauth.invalid-target', status: 400 }, wrong);
    assert.equal((await ask(form)).status, 200);
  });

  test('[T04] needs the verifier that its challenge was made of', async () => {
    const form = await newCode();
    const { code_verifier: verifier, ...without } = form;
    assertRefused(gateway, await ask(without), INVALID_GRANT, 'none');
    for (const wrong of [pkce().verifier, verifier.slice(0, 42), verifier.padEnd(129, 'x'), `${verifier} `, '']) assertRefused(gateway, await ask({ ...without, code_verifier: wrong }), { code: /^oauth\.invalid-(?:grant|request)$/, status: 400 }, wrong);
    assert.equal((await ask(form)).status, 200);
  });
});

suite('A refresh token', () => {
  test('[T07] is good for its client, its scopes and its server alone, and what is refused rotates nothing', async () => {
    const { refresh } = await signedIn({ scope: 'crm:list_customers' });
    assertRefused(gateway, await refreshed(refresh, { client_id: other }), INVALID_GRANT);
    assertRefused(gateway, await refreshed(refresh, { scope: 'crm:*' }), { code: 'oauth.invalid-scope', status: 400 });
    assertRefused(gateway, await refreshed(refresh, { resource: resource('hr') }), { code: 'oauth.invalid-target', status: 400 });
    const good = await refreshed(refresh);
    assert.equal(good.status, 200);
    assert.equal(good.json['scope'], 'crm:list_customers');
  });
});

suite('A client', () => {
  const basic = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
  const machine = { grant_type: 'client_credentials', resource: '' };

  test('[T08] proves itself in the one way that was agreed', async () => {
    const form = { ...machine, resource: resource() };
    assert.equal((await ask(form, basic('agreed', SECRET))).status, 200);
    const refused = { code: 'oauth.invalid-client', status: 401 };
    const wrong = await ask(form, basic('agreed', 'wrong'));
    assertRefused(gateway, wrong, { ...refused, canary: 'wrong-secret' }, 'a wrong secret');
    assert.match(wrong.headers.get('www-authenticate') ?? '', /^Basic /);
    assertRefused(gateway, await ask({ ...form, client_id: 'agreed' }), refused, 'no proof');
    assertRefused(gateway, await ask({ ...form, client_id: 'nobody', client_secret: SECRET }), refused, 'an unknown client');
    assertRefused(gateway, await ask({ ...form, client_id: 'signed', client_secret: SECRET }), refused, 'another way than agreed');
    for (const header of ['Basic', 'Basic !!!', 'Bearer x', `Basic ${Buffer.from('agreed').toString('base64')}`]) assertRefused(gateway, await ask(form, { authorization: header }), { code: /^oauth\.invalid-(?:request|client)$/, status: 400 }, header);
    assertRefused(gateway, await ask({ ...form, client_id: 'agreed', client_secret: SECRET }, basic('agreed', SECRET)), { code: 'oauth.invalid-request', status: 400 }, 'two ways at once');
  });

  test('[T09] signs for this issuer alone, for minutes, once, as itself and with its key', async () => {
    let count = 0;
    const signed = (claims: Readonly<Record<string, unknown>> = {}, key: Parameters<SignJWT['sign']>[0] = privateKey, alg = 'ES256') => {
      const now = Math.floor(Date.now() / 1000);
      count += 1;
      return new SignJWT({ iss: 'signed', sub: 'signed', aud: gateway.origin, iat: now, exp: now + 60, jti: `jti-${String(count)}`, ...claims }).setProtectedHeader({ alg, kid: 'one' }).sign(key);
    };
    const withAssertion = (text: string) => ask({ ...machine, resource: resource(), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: text });
    const good = await signed();
    assert.equal((await withAssertion(good)).status, 200);
    const now = Math.floor(Date.now() / 1000);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const wrong: readonly (readonly [string, string])[] = [
      ['again', good],
      ['the token endpoint as audience', await signed({ aud: `${gateway.origin}/oauth/token` })],
      ['a list as audience', await signed({ aud: [gateway.origin] })],
      ['a list with another', await signed({ aud: [gateway.origin, 'https://elsewhere.example'] })],
      ['another audience', await signed({ aud: 'https://elsewhere.example' })],
      ['good for an hour', await signed({ exp: now + 3600 })],
      ['over', await signed({ iat: now - 600, exp: now - 300 })],
      ['another issuer', await signed({ iss: 'agreed' })],
      ['without a jti', await signed({ jti: undefined })],
      ['another key', await signed({}, stranger)],
      ['signed with a secret', await signed({}, new TextEncoder().encode(SECRET.padEnd(32, 'x')), 'HS256')],
      ['unsigned', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1] ?? ''}.`],
    ];
    for (const [what, text] of wrong) {
      const answer = await withAssertion(text);
      assert.ok(answer.status === 401 || answer.status === 400, `${what} ${answer.text}`);
      assertRefused(gateway, answer, { code: /^oauth\.invalid-(?:client|request)$/, status: answer.status, canary: text }, what);
    }
  });

  test('[T10] that sends another body than one form is told so, and nothing breaks', async () => {
    const form = 'grant_type=refresh_token&refresh_token=x&client_id=y';
    const send = (body: string, type: string | undefined) => gateway.get('/oauth/token', { method: 'POST', headers: type === undefined ? {} : { 'content-type': type }, body: Buffer.from(body) });
    for (const [body, type] of [['{"grant_type":"refresh_token"}', 'application/json'], [form, 'application/x-www-form-urlencoded, application/json'], [form, 'application/x-www-form-urlencoded\ta'], [form, undefined], [`${form}&client_id=z`, 'application/x-www-form-urlencoded'], ['', 'application/x-www-form-urlencoded'], ['%ff=%ff', 'application/x-www-form-urlencoded']] as const) {
      assertRefused(gateway, await send(body, type), { code: 'oauth.invalid-request', status: 400 }, `${body} ${String(type)}`);
    }
    assertRefused(gateway, await send(`x=${'y'.repeat(1_000_000)}`, 'application/x-www-form-urlencoded'), { code: 'http.too-large', status: 413 });
  });

  test('[T11] gets no token by a grant that is gone, or that it was not given', async () => {
    for (const grant of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:jwt-bearer', '']) {
      assertRefused(gateway, await ask({ grant_type: grant, client_id: clientId, username: 'alice', password: PERSON_KEY }), { code: /^oauth\.(?:unsupported-grant-type|invalid-request)$/, status: 400, canary: PERSON_KEY }, grant);
    }
    assertRefused(gateway, await ask({ grant_type: 'client_credentials', client_id: clientId, resource: resource() }), { code: /^oauth\.(?:unauthorized-client|invalid-request)$/, status: 400 });
    assertRefused(gateway, await ask({ grant_type: DEVICE, device_code: 'x', client_id: clientId }), INVALID_GRANT);
  });

  test('[T13] ends and learns of nothing that is not its own, and no answer is kept on the way', async () => {
    const { access, refresh } = await signedIn();
    for (const token of [access, refresh, 'unknown', 'a.b.c']) {
      const ended = await gateway.post('/oauth/revoke', { token, client_id: other });
      assert.equal(ended.status, 200);
      const said = await gateway.post('/oauth/introspect', { token, client_id: other });
      assert.deepEqual([said.status, said.json], [200, { active: false }]);
      assert.match(`${ended.headers.get('cache-control') ?? 'no-store'} ${said.headers.get('cache-control') ?? ''}`, /no-store.*no-store/);
    }
    assert.equal((await gateway.call(access, 'get_customer', '/crm/mcp')).status, 200);
    assert.equal((await refreshed(refresh)).status, 200);
    assertRefused(gateway, await gateway.post('/oauth/introspect', { token: access }), { code: 'oauth.invalid-request', status: 400, canary: access }, 'nobody asks');
    assertRefused(gateway, await gateway.post('/oauth/introspect', { token: access, client_id: 'agreed' }), { code: 'oauth.invalid-client', status: 401, canary: access }, 'without proof');
  });
});

suite('A registration', () => {
  test('[R02] is refused from an address that has made too many, others go on, and the answer says when', async () => {
    await using small = await AuthorityGateway.start({ authority: { registration: { perHour: 3 } }, listen: { trustedProxies: ['127.0.0.1'] } });
    const from = (address: string) => small.get('/oauth/register', { method: 'POST', headers: { 'content-type': 'application/json', 'x-forwarded-for': address }, body: JSON.stringify({ redirect_uris: [REDIRECT] }) });
    assert.deepEqual([(await from('192.0.2.1')).status, (await from('192.0.2.1')).status, (await from('192.0.2.1')).status], [201, 201, 201]);
    const refused = await from('192.0.2.1');
    assertRefused(small, refused, { code: 'oauth.registration-limited', status: 429 });
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await from('192.0.2.2')).status, 201);
  });

  test('[R03] shows no more of a name than it is, and nothing that a client names is loaded', async () => {
    for (const [name, shown] of [['<script>alert(1)</script>', '&lt;script&gt;'], ['Claude\u202Egnp.exe', 'Claudegnp.exe'], ['a\u200Bb\u2028c', 'abc'], ['x'.repeat(50_000), 'x'.repeat(100)]] as const) {
      const made = await gateway.register({ client_name: name, logo_uri: 'http://169.254.169.254/x.svg' });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.json['logo_uri'], undefined);
      const page = await new Browser(gateway).open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: String(made.json['client_id']), redirect_uri: REDIRECT, code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: resource() }).toString()}`);
      assert.ok(page.text.includes(shown) && page.text.includes('nobody has checked'), name.slice(0, 30));
      assert.ok(!page.text.includes('<script') && !page.text.includes('\u202E') && !page.text.includes('x'.repeat(101)));
    }
  });

  test('[R08] cannot be read or changed afterwards, and nothing says that it could', async () => {
    const made = await gateway.register();
    assert.deepEqual([made.json['registration_access_token'], made.json['registration_client_uri']], [undefined, undefined]);
    for (const method of ['GET', 'DELETE', 'POST']) assert.equal((await gateway.get(`/oauth/register/${String(made.json['client_id'])}`, { method })).status, 404, method);
  });
});

suite('A token of the gateway', () => {
  test('[P03] is for one server, and opens no other of the same gateway', async () => {
    const [crm, hr] = [await signedIn(), await signedIn({ resource: resource('hr') })];
    assert.deepEqual([(await gateway.call(crm.access, 'get_customer', '/crm/mcp')).status, (await gateway.call(crm.access, 'get_customer', '/hr/mcp')).status], [200, 401]);
    assert.deepEqual([(await gateway.call(hr.access, 'get_customer', '/hr/mcp')).status, (await gateway.call(hr.access, 'get_customer', '/crm/mcp')).status], [403, 401], 'the key may do nothing at hr');
    assertRefused(gateway, await gateway.get(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, code_challenge: pkce().challenge, code_challenge_method: 'S256' }).toString()}`), { code: /^oauth\./, status: 400 }, 'with several servers one must be named');
    assertRefused(gateway, await ask({ grant_type: 'client_credentials' }, { authorization: `Basic ${Buffer.from(`agreed:${SECRET}`).toString('base64')}` }), { code: 'oauth.invalid-target', status: 400 });
  });

  test('[J07] is an access token by its type: no ID token, and no assertion of a client, is one', async () => {
    const { body, access } = await signedIn({ scope: 'openid crm:get_customer' });
    const idToken = String(body['id_token']);
    assert.equal(idToken.split('.').length, 3);
    for (const text of [idToken, String(body['refresh_token']), access.replace(/\.[^.]+$/, '.x')]) assert.equal((await gateway.call(text, 'get_customer', '/crm/mcp')).status, 401);
    assert.equal((await gateway.call(access, 'get_customer', '/crm/mcp')).status, 200);
  });
});

suite('A cookie', () => {
  test('[B04] is read once, or not at all, and never travels on', async () => {
    const browser = new Browser(gateway);
    const page = await browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: resource() }).toString()}`);
    const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? '';
    assertRefused(gateway, await gateway.get(action, { headers: { cookie: 'sallyport_asked=x; sallyport_asked=y' } }), { code: 'login.expired', status: 400 });
    assert.equal((await gateway.get('/mcp', { headers: { cookie: 'x'.repeat(20_000) } })).status, 431);
  });
});
