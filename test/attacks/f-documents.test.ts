import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AuthorityGateway, Browser, PERSON_KEY, pkce, REDIRECT, signIn } from '../world/authority-gateway.ts';

/** Clients whose id is the URL of their own document (CIMD; AS-4, AS-5, attacks.md groups A and C). */

const tls = join(import.meta.dirname, '../fixtures/tls');
const WEB = 'https://client.example/callback';

let site: Server;
let origin = '';
let asked: string[] = [];
/** What is said in place of the document while the site is not well. */
let changed: { readonly status?: number; readonly more?: object } = {};
let gateway: AuthorityGateway;

/** What the site answers, by path. */
const documents = (): Readonly<Record<string, { readonly status?: number; readonly type?: string; readonly body?: unknown }>> => {
  const good = { client_name: 'Documented', redirect_uris: ['http://127.0.0.1/callback', WEB], token_endpoint_auth_method: 'none' };
  return {
    '/good.json': { body: { ...good, client_id: `${origin}/good.json` } },
    '/changing.json': { status: changed.status ?? 200, body: { ...good, client_id: `${origin}/changing.json`, ...changed.more } },
    '/other-id.json': { body: { ...good, client_id: `${origin}/good.json` } },
    '/secret.json': { body: { ...good, client_id: `${origin}/secret.json`, token_endpoint_auth_method: 'client_secret_basic' } },
    '/no-redirects.json': { body: { client_id: `${origin}/no-redirects.json`, client_name: 'x' } },
    '/moved.json': { status: 302 },
    '/gone.json': { status: 404 },
    '/html.json': { type: 'text/html', body: 'hello' },
    '/huge.json': { body: { ...good, client_id: `${origin}/huge.json`, filler: 'x'.repeat(100_000) } },
    '/mixed.json': { body: { ...good, client_id: `${origin}/mixed.json`, redirect_uris: ['evil://x/y', 'cursor://app/callback', WEB] } },
    '/plain-http.json': { body: { ...good, client_id: `${origin}/plain-http.json`, redirect_uris: ['http://evil.example/callback', WEB] } },
    '/evil.json': { body: { ...good, client_id: `${origin}/evil.json`, redirect_uris: ['evil://x/y', 'http://evil.example/callback'] } },
  };
};

before(async () => {
  site = createServer({ cert: readFileSync(join(tls, 'server.crt')), key: readFileSync(join(tls, 'server.key')) }, (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const { status = 200, type = 'application/json', body } = documents()[path] ?? { status: 404 };
    response.writeHead(status, { 'content-type': type, 'cache-control': `max-age=${path === '/changing.json' ? '60' : '600'}`, ...(status === 302 ? { location: `${origin}/good.json` } : {}) });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const address = site.address();
  const port = String(typeof address === 'object' && address !== null ? address.port : 0);
  origin = `https://localhost:${port}`;
  gateway = await AuthorityGateway.start({ fetch: { allow: [`localhost:${port}`] }, env: { NODE_EXTRA_CA_CERTS: join(tls, 'server.crt') } });
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  site.closeAllConnections();
  site.close();
});

const ask = (clientId: string, redirect = REDIRECT) =>
  `/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: redirect, state: 's', code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString()}`;

describe('A client whose id is a URL', () => {
  test('signs in without registration, is named by the host that was checked, and is fetched once (AS-4, AS-5)', async () => {
    asked = [];
    const clientId = `${origin}/good.json`;
    const page = await new Browser(gateway).open(ask(clientId));
    assert.equal(page.status, 200, page.text);
    for (const words of ['Documented', new URL(origin).host, 'checked', '127.0.0.1:39099']) assert.ok(page.text.includes(words), words);
    const { access } = await signIn(gateway, { clientId });
    assert.equal((await gateway.call(access)).status, 200);
    assert.deepEqual(asked, ['/good.json']);
  });

  test('is remembered where the answer goes by https, for the same scopes, and asked about each time where it goes to this computer (W8, RFC 8252 §8.6)', async () => {
    const browser = new Browser(gateway);
    const clientId = `${origin}/good.json`;
    const first = await browser.open(ask(clientId, WEB));
    const back = new URL((await browser.submit(first, { do: 'key', key: PERSON_KEY })).url);
    assert.ok(back.href.startsWith(WEB) && back.searchParams.has('code'));
    const again = new URL((await browser.open(ask(clientId, WEB))).url);
    assert.ok(again.searchParams.has('code'), 'nobody is asked twice');
    const wider = await browser.open(`${ask(clientId, WEB)}&scope=crm%3Alist_customers`);
    assert.ok(wider.text.includes('Allow Documented'), 'other scopes are asked about');
    assert.ok((await browser.open(ask(clientId))).text.includes('This leads to a program on your computer'));
    const stranger = await new Browser(gateway).open(ask(clientId, WEB));
    assert.ok(stranger.text.includes('Sign in with a key'), 'what one person agreed to is nothing to another browser');
  });

  for (const [path, why] of [['/other-id.json', 'says another id'], ['/secret.json', 'wants a shared secret'], ['/no-redirects.json', 'names no redirect URI'], ['/moved.json', 'is a redirect'], ['/gone.json', 'is not there'], ['/html.json', 'is no JSON'], ['/huge.json', 'is too large']] as const) {
    test(`[R06] is refused on a page, and nothing is redirected, when its document ${why} (CIMD draft §4)`, async () => {
      const { status, headers, text } = await gateway.get(ask(`${origin}${path}`));
      assert.ok(status === 400 || status === 401, `${String(status)} ${text}`);
      assert.equal(headers.get('location'), null);
      assert.match(headers.get('content-type') ?? '', /^text\/html/);
    });
  }

  test('[R07] goes on while its site is down, is asked about again when its document has changed, and begins nothing without it', async () => {
    const clientId = `${origin}/changing.json`;
    const browser = new Browser(gateway);
    const { refresh } = await signIn(gateway, { clientId, browser });
    await browser.submit(await browser.open(ask(clientId, WEB)), { do: 'allow' });
    assert.ok(new URL((await browser.open(ask(clientId, WEB))).url).searchParams.has('code'), 'what was agreed to is remembered');
    const refreshed = (token: string) => gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token, client_id: clientId });
    changed = { status: 503 };
    gateway.sleep(120_000);
    const kept = await refreshed(refresh);
    assert.equal(kept.status, 200, kept.text);
    gateway.sleep(120_000);
    assert.equal((await gateway.get(ask(clientId, WEB))).headers.get('location'), null, 'nobody is asked by a document that is not there');
    changed = { more: { client_name: 'Another name' } };
    gateway.sleep(120_000);
    assert.match((await browser.open(ask(clientId, WEB))).text, /Allow Another name/);
    changed = { status: 404 };
    gateway.sleep(120_000);
    assert.equal((await refreshed(String(kept.json['refresh_token']))).json['error'], 'invalid_client', 'a client that is gone is gone');
  });

  test('is sent nowhere by a kind of URI that is never used, even if its document lists it (D-rows)', async () => {
    for (const redirect of ['evil://x/y', 'http://evil.example/callback']) {
      const { status, headers } = await gateway.get(ask(`${origin}/evil.json`, redirect));
      assert.deepEqual([status, headers.get('location')], [400, null], redirect);
    }
  });

  test('is sent to a private scheme that is listed, not to another that its document has beside it, and nowhere if the document is unsafe (W3)', async () => {
    for (const redirect of [WEB, 'cursor://app/callback']) assert.match((await new Browser(gateway).open(ask(`${origin}/mixed.json`, redirect))).text, /Allow Documented/, redirect);
    for (const id of [`${origin}/mixed.json`, `${origin}/plain-http.json`]) assert.equal((await gateway.get(ask(id, 'evil://x/y'))).status, 400, id);
    assert.equal((await gateway.get(ask(`${origin}/plain-http.json`, WEB))).status, 400, 'whoever publishes plain http as a place for codes is not let in by the other URI');
  });

  test('[R05] is not fetched from private addresses, by http, or with dots, users and fragments in its id (C01, CIMD draft §3)', async () => {
    asked = [];
    const { host } = new URL(origin);
    for (const id of ['https://127.0.0.1:1/x.json', 'https://169.254.169.254/latest', 'https://[::1]/x', 'https://10.0.0.1/x', `http://${host}/good.json`, `https://user@${host}/good.json`, `https://${host}/a/../good.json`, `https://${host}/good.json#x`, `https://${host}`]) {
      const { status, headers } = await gateway.get(ask(id));
      assert.ok(status === 400 || status === 401, id);
      assert.equal(headers.get('location'), null);
    }
    assert.deepEqual(asked, []);
  });
});
