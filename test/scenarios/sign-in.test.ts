import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, Browser, pkce, REDIRECT } from '../world/authority-gateway.ts';
import { main } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';
import { comeBack, SIGN_IN_CLIENTS, SignInProvider } from '../world/sign-in-provider.ts';

/** People sign in at GitHub and Google, each a program of its own, and get what their groups come to (R6, R7, R9, R10, R12, R45, R46). */

const stack = new AsyncDisposableStack();
let github: SignInProvider;
let google: SignInProvider;
let gateway: AuthorityGateway;
let clientId = '';

const MONA = { registered: '', deny: false, id: 583_231, login: 'octocat', name: 'Mona', grant: null, emails: [{ email: 'mona@acme.com', primary: true, verified: true }], organisations: [{ state: 'active', organization: { login: 'acme' } }], teams: [{ slug: 'platform', organization: { login: 'acme' } }] };
const ALICE = { deny: false, claims: { sub: '1101', email: 'alice@acme.com', email_verified: true, name: 'Alice', hd: 'acme.com' }, token: {}, answer: {} };

const startGateway = (more: JsonObject = {}): Promise<AuthorityGateway> =>
  AuthorityGateway.start({
    fetch: { allow: [`127.0.0.1:${String(github.port)}`, `127.0.0.1:${String(google.port)}`] },
    roles: { reader: ['crm:get_*', 'crm:list_*'], chief: ['crm:*'] },
    signIn: {
      github: { kind: 'github', url: github.origin, clientId: SIGN_IN_CLIENTS.github.id, clientSecret: 'env:GITHUB_SECRET', allow: { groups: ['acme'] }, roles: { 'acme/platform': ['chief'], acme: ['reader'] } },
      google: { kind: 'google', issuer: google.origin, clientId: SIGN_IN_CLIENTS.google.id, clientSecret: 'env:GOOGLE_SECRET', allow: { emailDomains: ['acme.com'] }, emailDomains: ['acme.com'], everyone: ['reader'] },
    },
    env: { GITHUB_SECRET: SIGN_IN_CLIENTS.github.secret, GOOGLE_SECRET: SIGN_IN_CLIENTS.google.secret },
    ...more,
  });

before(async () => {
  github = stack.use(await SignInProvider.start('github'));
  google = stack.use(await SignInProvider.start('google'));
  gateway = stack.use(await startGateway());
  clientId = String((await gateway.register()).json['client_id']);
});
after(() => stack.disposeAsync());

type Page = Awaited<ReturnType<Browser['open']>>;

/** Where a page sends the browser on to, by itself or by a redirect. */
const onwardOf = (page: Page): URL => new URL(/url=(\S+)$/.exec(page.headers.get('refresh') ?? '')?.[1] ?? page.url);

const sallyport = async (...words: readonly string[]): Promise<string> => {
  await using running = startProcess([process.execPath, main, ...words, '--data', gateway.dataFolder]);
  await running.exited;
  return running.stdout() + running.stderr();
};

const question = async (browser: Browser, verifier: ReturnType<typeof pkce>): Promise<Page> =>
  browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'state-1', code_challenge: verifier.challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString()}`);

/** The whole way of a client and a person: the access token. */
const signIn = async (provider: 'github' | 'google', browser = new Browser(gateway)): Promise<{ readonly access: string; readonly refresh: string; readonly last: Page }> => {
  const pair = pkce();
  const there = onwardOf(await browser.submit(await question(browser, pair), { do: `idp:${provider}` }));
  const last = await browser.open((await comeBack(there)).href);
  const code = new URL(last.url).searchParams.get('code');
  if (code === null) return { access: '', refresh: '', last };
  const { json } = await gateway.post('/oauth/token', { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: clientId, code_verifier: pair.verifier });
  return { access: String(json['access_token']), refresh: String(json['refresh_token']), last };
};

suite('Somebody who signs in for a client', () => {
  test('agrees first, goes to GitHub and back, and has the roles of their teams', async () => {
    await github.tell(MONA);
    const { access } = await signIn('github');
    assert.deepEqual([(await gateway.call(access)).status, (await gateway.call(access, 'delete_customer')).status], [200, 200]);
    const out = await sallyport('audit', '--json', '--limit', '3');
    assert.match(out, /"who":"github:583231"/);
  });

  test('has less when they are in fewer, from the next sign-in on and with the tokens they have (R43)', async () => {
    await github.tell(MONA);
    const { access } = await signIn('github');
    assert.equal((await gateway.call(access, 'delete_customer')).status, 200);
    await github.tell({ ...MONA, teams: [] });
    const later = await signIn('github');
    assert.deepEqual([(await gateway.call(later.access)).status, (await gateway.call(later.access, 'delete_customer')).status, (await gateway.call(access, 'delete_customer')).status], [200, 403, 403]);
  });

  test('is called by an address of a domain that counts as a name, at Google', async () => {
    await google.tell(ALICE);
    const { access } = await signIn('google');
    assert.equal((await gateway.call(access)).status, 200);
    assert.match(await sallyport('people', 'list'), /per_\w+ {2}active {4}alice@acme\.com \(google:1101\) {2}Alice {2}groups acme\.com {2}roles reader/);
  });

  test('is let in by what the provider has verified, and else sees a page (A12)', async () => {
    for (const claims of [{ ...ALICE.claims, email_verified: false }, { ...ALICE.claims, email: 'eve@evil.example' }, { ...ALICE.claims, email: 'alice@acme.com@evil.example' }]) {
      await google.tell({ ...ALICE, claims: { ...claims, sub: '666' } });
      const { last } = await signIn('google');
      assert.deepEqual([last.status, /You may not sign in here/.test(last.text), last.headers.get('location')], [403, true, null]);
    }
    assert.ok(!(await sallyport('people', 'list')).includes('666'), 'nobody was provisioned');
    await github.tell({ ...MONA, organisations: [{ state: 'pending', organization: { login: 'acme' } }] });
    assert.equal((await signIn('github')).last.status, 403);
  });

  test('is gone when they are disabled: tokens, refreshing, and signing in again (R44)', async () => {
    await github.tell(MONA);
    const { access, refresh } = await signIn('github');
    assert.match(await sallyport('people', 'disable', 'github:583231', '--reason', 'left'), /disabled github:583231/);
    assert.equal((await gateway.call(access)).status, 401);
    assert.equal((await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: refresh, client_id: clientId })).json['error'], 'invalid_grant');
    assert.equal((await signIn('github')).last.status, 403);
    await sallyport('people', 'enable', 'github:583231');
    assert.equal((await gateway.call((await signIn('github')).access)).status, 200);
  });

  test('refreshes with no further word, and is the same person under another login', async () => {
    await github.tell(MONA);
    const first = await signIn('github');
    const { json } = await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: first.refresh, client_id: clientId });
    assert.equal((await gateway.call(String(json['access_token']))).status, 200);
    await github.tell({ ...MONA, login: 'renamed' });
    await signIn('github');
    assert.equal((await sallyport('people', 'list')).match(/github:583231/g)?.length, 1);
  });
});

test('Whoever was disabled cannot sign in with a key either, nor refresh what one gave (R44, D6)', async () => {
  const pair = pkce();
  const page = await question(new Browser(gateway), pair);
  assert.match(page.text, /Sign in with a key/);
  const [browser, key] = [new Browser(gateway), { do: 'key', key: 'a-key-of-alice-0123456789abcdef' }];
  const back = new URL((await browser.submit(await question(browser, pair), key)).url);
  const { json } = await gateway.post('/oauth/token', { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, client_id: clientId, code_verifier: pair.verifier });
  await sallyport('people', 'disable', 'alice', '--unknown');
  assert.equal((await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: String(json['refresh_token']), client_id: clientId })).json['error'], 'invalid_grant');
  const again = new Browser(gateway);
  assert.equal((await again.submit(await question(again, pair), key)).status, 403);
  await sallyport('people', 'enable', 'alice');
  const later = new Browser(gateway);
  assert.ok((await later.submit(await question(later, pair), key)).url.startsWith(REDIRECT));
});

suite('An answer that comes back is taken once, in the browser that asked (A10)', () => {
  const begin = async (browser: Browser): Promise<URL> => {
    await github.tell(MONA);
    return onwardOf(await browser.submit(await question(browser, pkce()), { do: 'idp:github' }));
  };
  const refused = (page: Page): void => assert.deepEqual([page.status, /not under way here/.test(page.text), page.headers.get('location')], [403, true, null], page.text.slice(0, 300));

  test('not in another browser, which does not use it up either', async () => {
    const browser = new Browser(gateway);
    const back = await comeBack(await begin(browser));
    refused(await new Browser(gateway).open(back.href));
    assert.ok((await browser.open(back.href)).url.startsWith(`${REDIRECT}?code=`));
  });

  test('not twice, and not by two at once', async () => {
    const browser = new Browser(gateway);
    const back = await comeBack(await begin(browser));
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.open(back.href)));
    assert.equal(answers.filter(({ url }) => url.startsWith(REDIRECT)).length, 1);
    refused(await browser.open(back.href));
  });

  test('not without a state, with another, or with two; nor at the address of another provider', async () => {
    const browser = new Browser(gateway);
    const back = await comeBack(await begin(browser));
    const changed = (change: (url: URL) => void): string => {
      const url = new URL(back);
      change(url);
      return url.href;
    };
    const swapped = await comeBack(await begin(browser));
    for (const url of [
      changed((one) => one.searchParams.delete('state')), changed((one) => one.searchParams.append('state', 'x')), changed((one) => one.searchParams.set('state', 'x'.repeat(43))),
      changed((one) => (one.pathname = '/auth/oauth/github/callback')), changed((one) => (one.pathname = '/auth/oauth/google/callback')), changed((one) => (one.pathname = '/auth/callback')),
    ]) refused(await browser.open(url));
    const mixed = await browser.open(changed((one) => one.searchParams.set('code', swapped.searchParams.get('code') ?? '')));
    assert.deepEqual([mixed.status, /not accepted/.test(mixed.text)], [403, true], 'the code of one attempt with the state of another');
  });

  test('and what a provider says of a refusal stands on no page', async () => {
    await github.tell({ ...MONA, deny: true });
    const { last } = await signIn('github');
    assert.deepEqual([last.status, last.text.includes('access_denied'), last.text.includes('did not let you in')], [403, false, true]);
    await google.tell({ ...ALICE, answer: { iss: 'https://evil.example' } });
    assert.match((await signIn('google')).last.text, /answer of the identity provider is not accepted/);
    await google.tell(ALICE);
  });
});

suite('A browser by itself', () => {
  const visit = async (browser: Browser, path: string): Promise<Page> => browser.open((await comeBack(new URL((await browser.open(path)).url))).href);

  test('goes to the provider by one address, comes back with a cookie that no script reads, and has a profile by it (R6, R9, R10)', async () => {
    await github.tell(MONA);
    const browser = new Browser(gateway);
    const page = await visit(browser, '/auth/oauth/github/start');
    assert.match(page.text, /You are signed in as Mona/);
    const profile = await browser.open('/api/user/profile');
    assert.deepEqual([profile.status, profile.json['subject'], profile.json['name'], profile.json['roles'], profile.headers.get('cache-control'), profile.headers.get('access-control-allow-origin')], [200, 'github:583231', 'Mona', ['reader', 'chief'], 'no-store', null]);
    assert.ok(!page.text.includes('eyJ') && !profile.text.includes('eyJ'), 'the token is on no page');
  });

  test('has a token that works as a header too, for the profile and for the one server (R9)', async () => {
    await github.tell(MONA);
    const start = await fetch(`${gateway.origin}/auth/oauth/github/start`, { redirect: 'manual' });
    const attempt = start.headers.getSetCookie()[0] ?? '';
    assert.match(attempt, /^sallyport_login_[\w-]+=[\w-]{100,}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    const back = await fetch(await comeBack(new URL(start.headers.get('location') ?? '')), { redirect: 'manual', headers: { cookie: attempt.split(';')[0] ?? '' } });
    const token = /^sallyport_token=(\S+); Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/.exec(back.headers.getSetCookie()[1] ?? '')?.[1] ?? '';
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await gateway.get('/api/user/profile', { headers })).json['subject'], 'github:583231');
    assert.equal((await gateway.call(token)).status, 200);
    assert.equal((await gateway.get('/api/user/profile', { headers: { ...headers, cookie: 'sallyport_token=other' } })).status, 400, 'two that differ');
    const left = await gateway.get('/auth/oauth/logout', { method: 'POST', headers: { ...headers, origin: gateway.origin } });
    assert.equal(left.status, 200);
    assert.deepEqual([(await gateway.get('/api/user/profile', { headers })).status, (await gateway.call(token)).status], [401, 401], 'who has left has left everywhere');
  });

  test('is known to the account page then, which leads to the providers whoever is not (issue 5)', async () => {
    await github.tell(MONA);
    const browser = new Browser(gateway);
    const page = await browser.open('/account');
    assert.match(page.text, /href="\/auth\/oauth\/github\/start\?next=%2Faccount">Sign in with GitHub/);
    assert.match((await browser.open('/auth/oauth/login')).text, /Sign in with Google/);
    const account = await visit(browser, '/auth/oauth/github/start?next=%2Faccount');
    assert.deepEqual([new URL(account.url).pathname, account.text.includes('<h1>github:583231</h1>')], ['/account', true]);
    assert.match((await question(browser, pkce())).text, /You are signed in as <strong>github:583231<\/strong>/, 'and so is a client that asks');
    await browser.open('/auth/oauth/logout', { method: 'POST', headers: { origin: gateway.origin } });
    assert.match((await browser.open('/account')).text, /Sign in with GitHub/);
  });

  test('without a cookie is told where to go, and a token for a client opens no profile', async () => {
    const { status, json } = await gateway.get('/api/user/profile');
    assert.deepEqual([status, json['code'], /\/auth\/oauth\/PROVIDER\/start/.test(String(json['hint']))], [401, 'session.missing', true]);
    await github.tell(MONA);
    const { access } = await signIn('github');
    assert.equal((await gateway.get('/api/user/profile', { headers: { authorization: `Bearer ${access}` } })).json['code'], 'session.over');
    assert.equal((await gateway.get('/api/user/profile', { headers: { authorization: 'Bearer x.y.z' } })).json['code'], 'session.over');
    assert.equal((await gateway.get('/api/user/profile', { method: 'POST' })).status, 405);
  });

  test('goes on to a place here that it named, and to none elsewhere (U04)', async () => {
    await github.tell(MONA);
    const there = async (next: string): Promise<string | null> => {
      const start = await fetch(`${gateway.origin}/auth/oauth/github/start?next=${encodeURIComponent(next)}`, { redirect: 'manual' });
      const back = await fetch(await comeBack(new URL(start.headers.get('location') ?? '')), { redirect: 'manual', headers: { cookie: (start.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '' } });
      return back.headers.get('location');
    };
    assert.equal(await there('/api/user/profile'), '/api/user/profile');
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', 'https:evil.example', '/\tevil', '/%09/evil'.replace('%09', '\t'), 'javascript:alert(1)', '']) assert.equal(await there(next), null, next);
  });

  test('that names no provider sees a page, and a page of another origin cannot sign it out', async () => {
    const unknown = await gateway.get('/auth/oauth/myspace/start');
    assert.deepEqual([unknown.status, /No such identity provider/.test(unknown.text)], [404, true]);
    assert.equal((await gateway.get('/auth/oauth/logout', { method: 'POST', headers: { origin: 'https://evil.example', authorization: 'Bearer x.y.z' } })).status, 403);
  });
});

test('The variables of the founding documents are all that GitHub needs (R12)', async () => {
  await using plain = await AuthorityGateway.start({
    authority: {},
    env: { MCP_OAUTH_ENABLED: 'true', MCP_OAUTH_GITHUB_CLIENT_ID: 'your_github_client_id', MCP_OAUTH_GITHUB_CLIENT_SECRET: 'your_github_client_secret' },
  });
  const { status, headers } = await plain.get('/auth/oauth/github/start');
  const url = new URL(headers.get('location') ?? '');
  assert.deepEqual([status, url.origin + url.pathname, url.searchParams.get('client_id'), url.searchParams.get('redirect_uri'), url.searchParams.get('scope')], [303, 'https://github.com/login/oauth/authorize', 'your_github_client_id', `${plain.origin}/auth/oauth/callback`, 'read:user']);
});

test('No secret of a sign-in is in the trail, on stderr, or in a URL of ours (G01)', async () => {
  const trail = await sallyport('audit', '--json', '--intents', '--limit', '100000');
  for (const secret of [SIGN_IN_CLIENTS.github.secret, SIGN_IN_CLIENTS.google.secret, 'ya29.', 'code=', 'state=']) assert.ok(!(trail + gateway.process.stderr()).includes(secret), secret);
  // With what follows in a token of theirs: the four characters alone may stand in a hash.
  assert.doesNotMatch(trail + gateway.process.stderr(), /gho_[0-9a-f]{8}/);
});
