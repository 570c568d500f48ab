import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AuthorityGateway, Browser, PERSON_KEY, pkce, REDIRECT, signIn, type Answer } from '../world/authority-gateway.ts';
import { assertRefused } from '../world/authority-records.ts';

/** Groups D, G and H: the authorization endpoint, where answers are sent, and the page that asks. */

let gateway: AuthorityGateway;
let clientId = '';
before(async () => {
  gateway = await AuthorityGateway.start();
  clientId = String((await gateway.register()).json['client_id']);
});
after(async () => {
  // Whatever was tried, who is let in still is.
  const { access } = await signIn(gateway, { clientId: String((await gateway.register()).json['client_id']) });
  assert.equal((await gateway.call(access)).status, 200);
  await gateway[Symbol.asyncDispose]();
});

type Parameters = Readonly<Record<string, string | undefined>>;

const urlOf = (more: Parameters = {}): string => {
  const all: Parameters = { response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'state-1', code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: gateway.resource, ...more };
  return `/oauth/authorize?${new URLSearchParams(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)).toString()}`;
};

/** The link by which a person may tell the client: nobody is sent there by himself (U05). */
const linkIn = ({ text }: Answer): URL => new URL((/<a rel="noreferrer" href="([^"]+)"/.exec(text)?.[1] ?? 'about:blank').replaceAll('&amp;', '&'));

const assertStopped = (answer: Answer, error: string, what: string): void => {
  assertRefused(gateway, answer, { code: `oauth.${error.replaceAll('_', '-')}`, status: 400 }, what);
  const link = linkIn(answer);
  assert.equal(link.origin + link.pathname, REDIRECT, what);
  // What was asked for in a fragment is refused in one.
  const said = link.hash === '' ? link.searchParams : new URLSearchParams(link.hash.slice(1));
  assert.deepEqual([said.get('error'), said.get('iss'), said.get('state')], [error, gateway.origin, 'state-1'], what);
};

suite('A request for authorization', () => {
  test('[A02] [A03] without a challenge, or with any method but S256, gets no code, and the client hears it with iss and state', async () => {
    assertStopped(await gateway.get(urlOf({ code_challenge: undefined, code_challenge_method: undefined })), 'invalid_request', 'no challenge');
    for (const method of ['plain', 's256', '', 'S512', undefined]) assertStopped(await gateway.get(urlOf({ code_challenge_method: method })), 'invalid_request', `method ${String(method)}`);
    for (const challenge of ['short', 'x'.repeat(129), `${pkce().challenge}=`]) assertStopped(await gateway.get(urlOf({ code_challenge: challenge })), 'invalid_request', challenge);
  });

  test('[A04] for tokens, or with an answer in another place than the query, is refused', async () => {
    for (const type of ['token', 'id_token', 'none']) assertStopped(await gateway.get(urlOf({ response_type: type })), 'unsupported_response_type', type);
    for (const mode of ['fragment', 'form_post', 'web_message', 'jwt']) assertRefused(gateway, await gateway.get(urlOf({ response_mode: mode })), { code: 'oauth.invalid-request', status: 400 }, mode);
  });

  test('[A05] with a parameter twice is refused on a page, whichever it is', async () => {
    for (const again of ['client_id=other', 'redirect_uri=https://evil.example/', 'code_challenge_method=plain', 'state=other', 'code_challenge=y', 'resource=https://elsewhere.example']) {
      assertRefused(gateway, await gateway.get(`${urlOf()}&${again}`), { code: 'oauth.invalid-request', status: 400, canary: 'evil.example' }, again);
    }
  });

  test('[A07] for more than there is gets less or nothing, never more', async () => {
    for (const scope of ['*', '*:*', 'other:*', 'crm', 'CRM:get_customer', '\u0441rm:get_customer', 'nothing-known']) {
      assertRefused(gateway, await gateway.get(urlOf({ scope })), { code: 'oauth.invalid-scope', status: 400 }, scope);
    }
    const many = Array.from({ length: 400 }, (_none, at) => `x${String(at)}:y`).join(' ');
    assertRefused(gateway, await gateway.get(urlOf({ scope: many })), { code: 'oauth.invalid-scope', status: 400 }, 'many');
    assertStopped(await gateway.get(urlOf({ scope: 'crm:get_customer\u0001x' })), 'invalid_scope', 'control characters');
    const { body, access } = await signIn(gateway, { clientId, parameters: { scope: 'crm:* *' } });
    assert.equal(body['scope'], 'crm:*');
    assert.equal((await gateway.call(access, 'delete_customer')).status, 403, 'the key may not');
  });

  test('[A08] is answered with the issuer, whether it went well or not', async () => {
    const page = await new Browser(gateway).open(urlOf());
    assert.equal(page.status, 200);
    for (const fields of [{ do: 'key', key: PERSON_KEY }, { do: 'deny' }]) {
      const browser = new Browser(gateway);
      const back = new URL((await browser.submit(await browser.open(urlOf()), fields)).url);
      assert.equal(back.searchParams.get('iss'), gateway.origin);
    }
  });

  test('[A09] goes on by 303 alone, its pages load nothing from anywhere, and no page elsewhere hears of the address', async () => {
    const first = await gateway.get(urlOf());
    assert.equal(first.status, 303);
    assert.equal(first.headers.get('cache-control'), 'no-store');
    const page = await new Browser(gateway).open(urlOf());
    assert.equal(page.headers.get('referrer-policy'), 'same-origin');
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/127\.0\.0\.1:39099; frame-ancestors 'none'; base-uri 'none'$/);
    assert.doesNotMatch(page.text, /<script|<img|<link|<iframe|https?:\/\/(?!127\.0\.0\.1)/);
  });
});

/** Everything that is nearly the registered URI and is not it (U01, U02). */
const NEARLY = [
  'http://127.0.0.1:39099/callback/', 'http://127.0.0.1:39099/callback?x=1', 'http://127.0.0.1:39099/callback#', 'http://127.0.0.1:39099/callback#x', 'http://127.0.0.1:39099/Callback', 'http://127.0.0.1:39099//callback',
  'http://127.0.0.1:39099/callback/..', 'http://127.0.0.1:39099/./callback', 'http://127.0.0.1:39099/x/../callback', 'http://127.0.0.1:39099/%63allback', 'http://127.0.0.1:39099/callback%2f', 'http://127.0.0.1:39099/callback%00',
  'http://127.0.0.1:39099/callback\\', 'http://127.0.0.1:39099\\@evil.example/callback', 'http://127.0.0.1:39099@evil.example/callback', 'http://evil.example@127.0.0.1:39099/callback', 'http://user:pw@127.0.0.1:39099/callback', // sallyport-scan: allow, it opens nothing
  'HTTP://127.0.0.1:39099/callback', 'https://127.0.0.1:39099/callback', 'http:127.0.0.1:39099/callback', 'http:/127.0.0.1:39099/callback', '//127.0.0.1:39099/callback', 'http:///127.0.0.1:39099/callback', ' http://127.0.0.1:39099/callback', 'http://127.0.0.1:39099/callback ', 'http://127.0.0.1:39099/call\tback', 'http://127.0.0.1:39099/callback\r\nX: y',
  'http://127.0.0.1.evil.example:39099/callback', 'http://127.1:39099/callback', 'http://2130706433:39099/callback', 'http://0x7f.0.0.1:39099/callback', 'http://0.0.0.0:39099/callback', 'http://[::1]:39099/callback', 'http://[::ffff:7f00:1]:39099/callback', 'http://localhost:39099/callback', 'http://127.0.0.2:39099/callback', 'http://127.0.0.1。evil.example/callback', 'http://localhost.evil.example/callback',
  'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'blob:http://127.0.0.1/x', 'about:blank', 'vbscript:x', 'cursor://other/callback', 'http://evil.example/callback', 'https://evil.example/callback', '', 'callback', '/callback',
];

suite('Where an answer is sent', () => {
  test('[U01] [U02] [A05] is one of the registered URIs, byte for byte, or nobody is sent anywhere', async () => {
    for (const uri of NEARLY) {
      const answer = await gateway.get(urlOf({ redirect_uri: uri }));
      assertRefused(gateway, answer, { code: /^oauth\.invalid-(?:redirect-uri|request)$/, status: 400, canary: 'evil.example' }, JSON.stringify(uri));
    }
    for (const port of ['1', '65535', '']) assert.equal((await gateway.get(urlOf({ redirect_uri: `http://127.0.0.1${port === '' ? '' : `:${port}`}/callback` }))).status, 303, 'any port of the literal address (RFC 8252 §7.3)');
  });

  test('[U03] is compared again where the code is redeemed', async () => {
    const browser = new Browser(gateway);
    const { verifier, challenge } = pkce();
    const back = new URL((await browser.submit(await browser.open(urlOf({ code_challenge: challenge })), { do: 'key', key: PERSON_KEY })).url);
    const redeem = (redirect: string) => gateway.post('/oauth/token', { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: redirect, client_id: clientId, code_verifier: verifier });
    for (const uri of ['http://127.0.0.1:39098/callback', `${REDIRECT}/`, 'https://evil.example/']) assertRefused(gateway, await redeem(uri), { code: 'oauth.invalid-grant', status: 400 }, uri);
    assert.equal((await redeem(REDIRECT)).status, 200, 'nobody else has used it up');
  });

  test('[U04] is never taken from a parameter of ours: there is none', async () => {
    for (const next of ['//evil.example', '/\\evil.example', 'https:evil.example']) {
      const answer = await gateway.get(`/auth/oauth/login?next=${encodeURIComponent(next)}&return_to=${encodeURIComponent(next)}`);
      assert.deepEqual([answer.status, answer.headers.get('location'), answer.text.includes('evil')], [200, null, false]);
    }
  });

  test('[U05] is reached by nobody on the word of a client that nobody knows: an error is a page with a link', async () => {
    const evil = String((await gateway.register({ redirect_uris: ['https://evil.example/landing'] })).json['client_id']);
    const answer = await gateway.get(urlOf({ client_id: evil, redirect_uri: 'https://evil.example/landing', response_type: 'token' }));
    assertRefused(gateway, answer, { code: 'oauth.unsupported-response-type', status: 400 });
    assert.ok(answer.text.includes('close this page'));
  });

  test('[U06] is warned of where it is a program on this computer', async () => {
    const cursor = String((await gateway.register({ redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] })).json['client_id']);
    for (const more of [{}, { client_id: cursor, redirect_uri: 'cursor://anysphere.cursor-mcp/oauth/callback' }]) assert.match((await new Browser(gateway).open(urlOf(more))).text, /leads to a program on your computer/);
    const web = String((await gateway.register({ redirect_uris: ['https://app.example/callback'] })).json['client_id']);
    assert.doesNotMatch((await new Browser(gateway).open(urlOf({ client_id: web, redirect_uri: 'https://app.example/callback' }))).text, /program on your computer/);
  });
});

suite('The page that asks', () => {
  test('[C01] stands before every new client, whoever is signed in, and a yes to one client is none to another', async () => {
    const browser = new Browser(gateway);
    const web = async (name: string) => String((await gateway.register({ client_name: name, redirect_uris: ['https://app.example/callback'] })).json['client_id']);
    const [one, other] = [await web('one'), await web('other')];
    const ask = (id: string) => browser.open(urlOf({ client_id: id, redirect_uri: 'https://app.example/callback' }));
    await browser.submit(await ask(one), { do: 'key', key: PERSON_KEY });
    assert.ok(new URL((await ask(one)).url).searchParams.has('code'), 'the same is not asked twice');
    assert.match((await ask(other)).text, /Allow other to use crm\?/);
  });

  test('[C02] believes no form but its own: without a token, of another origin, of another question, by GET, or again', async () => {
    const [browser, stranger] = [new Browser(gateway), new Browser(gateway)];
    const [page, theirs] = [await browser.open(urlOf()), await stranger.open(urlOf())];
    const action = (text: string): string => /<form method="post" action="([^"]+)"/.exec(text)?.[1] ?? '';
    const token = (text: string): string => /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const send = (fields: Readonly<Record<string, string>>, origin: string) => browser.open(action(page.text), { method: 'POST', headers: { origin }, body: new URLSearchParams({ do: 'key', key: PERSON_KEY, ...fields }) });
    assertRefused(gateway, await send({}, gateway.origin), { code: 'login.foreign', status: 403 }, 'no token');
    assertRefused(gateway, await send({ token: token(theirs.text) }, gateway.origin), { code: 'login.foreign', status: 403 }, 'the token of another question');
    assertRefused(gateway, await send({ token: 'é'.repeat(token(page.text).length) }, gateway.origin), { code: 'login.foreign', status: 403 }, 'as many letters, and more bytes');
    for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) assertRefused(gateway, await send({ token: token(page.text) }, origin), { code: 'login.foreign', status: 403 }, origin);
    assertRefused(gateway, await stranger.open(action(page.text), { method: 'POST', headers: { origin: gateway.origin }, body: new URLSearchParams({ do: 'key', key: PERSON_KEY, token: token(page.text) }) }), { code: 'login.expired', status: 400 }, 'another browser');
    assert.equal((await browser.open(`${action(page.text)}?do=key&key=${PERSON_KEY}&token=${token(page.text)}`)).status, 200, 'by GET it only shows the page');
    const edited = await browser.submit(page, { do: 'key', key: PERSON_KEY, scope: '*', redirect_uri: 'https://evil.example/', resource: 'https://evil.example/' });
    assert.ok(edited.url.startsWith(`${REDIRECT}?code=`), 'what is granted is what was asked');
    assertRefused(gateway, await browser.submit(page, { do: 'key', key: PERSON_KEY }), { code: 'login.expired', status: 400 }, 'again');
  });

  test('[C03] is shown in no frame, nor is any other page', async () => {
    for (const path of [urlOf(), '/auth/oauth/login', '/device', '/oauth/authorize?client_id=nobody']) {
      const { headers } = await new Browser(gateway).open(path);
      assert.equal(headers.get('x-frame-options'), 'DENY', path);
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    }
  });
});
