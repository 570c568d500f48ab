import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AuthorityGateway, Browser, pkce, REDIRECT } from '../world/authority-gateway.ts';
import { assertRefused } from '../world/authority-records.ts';
import { comeBack, SIGN_IN_CLIENTS, SignInProvider } from '../world/sign-in-provider.ts';

/** Group D: what comes back from an identity provider, and who is let in by it. The provider is a program of its own that does as it is told. */

const stack = new AsyncDisposableStack();
let google: SignInProvider;
let other: SignInProvider;
let gateway: AuthorityGateway;
let clientId = '';

const ALICE = { deny: false, claims: { sub: '1101', email: 'alice@acme.com', email_verified: true, name: 'Alice', hd: 'acme.com' }, token: {}, answer: {}, metadata: {}, forged: false };

before(async () => {
  [google, other] = await Promise.all([SignInProvider.start('google'), SignInProvider.start('google')]);
  stack.use(google);
  stack.use(other);
  const { id, secret } = SIGN_IN_CLIENTS.google;
  gateway = stack.use(await AuthorityGateway.start({
    fetch: { allow: [google, other].map(({ port }) => `127.0.0.1:${String(port)}`) },
    roles: { reader: ['crm:get_*'] },
    signIn: {
      google: { kind: 'google', issuer: google.origin, clientId: id, clientSecret: 'env:GOOGLE_SECRET', allow: { emailDomains: ['acme.com'], emails: ['carol@partner.example'] }, everyone: ['reader'] },
      other: { kind: 'oidc', issuer: other.origin, clientId: id, clientSecret: 'env:GOOGLE_SECRET', allow: { everybody: true } },
    },
    env: { GOOGLE_SECRET: secret },
  }));
  clientId = String((await gateway.register()).json['client_id']);
});
after(async () => {
  // Whatever was tried, who is let in still is.
  await google.tell(ALICE);
  assert.ok((await wholeWay(new Browser(gateway))).url.startsWith(`${REDIRECT}?code=`));
  await stack.disposeAsync();
});

type Page = Awaited<ReturnType<Browser['open']>>;

const question = (browser: Browser): Promise<Page> =>
  browser.open(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'state-1', code_challenge: pkce().challenge, code_challenge_method: 'S256', resource: gateway.resource }).toString()}`);

const onwardOf = ({ headers }: Page): URL => new URL(/url=(\S+)$/.exec(headers.get('refresh') ?? '')?.[1] ?? 'about:blank');

/** A browser that has agreed and was sent to a provider: where it was sent to, and where it is to come back to. */
const underWay = async (browser: Browser, provider = 'google'): Promise<{ readonly there: URL; readonly back: URL }> => {
  const there = onwardOf(await browser.submit(await question(browser), { do: `idp:${provider}` }));
  return { there, back: await comeBack(there) };
};

const wholeWay = async (browser: Browser): Promise<Page> => browser.open((await underWay(browser)).back.href);

const assertNotUnderWay = (page: Page, what: string): void => assertRefused(gateway, page, { code: 'idp.attempt', status: 403 }, what);

suite('What comes back from an identity provider', () => {
  test('[A10] is taken from the browser that asked alone: not where there is no cookie, another one, or two of one name', async () => {
    await google.tell(ALICE);
    const [browser, victim] = [new Browser(gateway), new Browser(gateway)];
    const { back } = await underWay(browser);
    await underWay(victim);
    assertNotUnderWay(await new Browser(gateway).open(back.href), 'a browser that asked for nothing');
    assertNotUnderWay(await victim.open(back.href), 'a browser in the middle of a sign-in of its own');
    assert.ok((await browser.open(back.href)).url.startsWith(`${REDIRECT}?code=`), 'and nobody has used it up');
  });

  test('[A10] is of no use to whoever opens the link to the provider of somebody else', async () => {
    const { there } = await underWay(new Browser(gateway));
    assertNotUnderWay(await new Browser(gateway).open((await comeBack(there)).href), 'a link that was caught');
  });

  test('[A10] is taken once, and with just the state that was drawn', async () => {
    const browser = new Browser(gateway);
    const { back } = await underWay(browser);
    for (const state of ['', 'x', 'x'.repeat(43), `${back.searchParams.get('state') ?? ''}x`, '__proto__']) {
      const url = new URL(back);
      url.searchParams.set('state', state);
      assertNotUnderWay(await browser.open(url.href), state);
    }
    const twice = new URL(back);
    twice.searchParams.append('state', 'x');
    assertNotUnderWay(await browser.open(twice.href), 'two states');
    assert.ok((await browser.open(back.href)).url.startsWith(REDIRECT));
    assertNotUnderWay(await browser.open(back.href), 'again');
  });

  test('[A10] of one provider is not taken for that of another (mix-up)', async () => {
    const browser = new Browser(gateway);
    const { back } = await underWay(browser, 'other');
    assert.equal(back.pathname, '/auth/oauth/other/callback');
    const moved = new URL(back);
    moved.pathname = '/auth/oauth/callback';
    assertNotUnderWay(await browser.open(moved.href), 'at the address that others share');
    await google.tell({ ...ALICE, answer: { iss: other.origin } });
    assertRefused(gateway, await wholeWay(new Browser(gateway)), { code: 'idp.answer', status: 403 }, 'with the issuer of another (RFC 9207)');
    await google.tell({ ...ALICE, token: { iss: other.origin } });
    assertRefused(gateway, await wholeWay(new Browser(gateway)), { code: 'idp.answer', status: 403 }, 'an ID token of another');
    await google.tell(ALICE);
  });

  test('[C01] follows what the person has agreed to on our page, and never comes before it', async () => {
    const browser = new Browser(gateway);
    const page = await question(browser);
    assert.deepEqual([page.status, /Allow and sign in with Google/.test(page.text), page.headers.get('refresh')], [200, true, null]);
    const asked = (await google.asked()).length;
    await question(new Browser(gateway));
    assert.equal((await google.asked()).length, asked, 'nobody is sent there by opening the page');
    const forged = await browser.open(page.url, { method: 'POST', headers: { origin: gateway.origin }, body: new URLSearchParams({ do: 'idp:google', token: 'guessed' }) });
    assertRefused(gateway, forged, { code: 'login.foreign', status: 403 }, 'without the form');
    for (const name of ['idp:nobody', 'idp:', 'idp:../x']) assert.ok([403, 404].includes((await browser.submit(page, { do: name })).status), name);
  });
});

suite('Who is let in', () => {
  const people: readonly (readonly [what: string, claims: object])[] = [
    ['an address that is not verified', { email_verified: false }],
    ['one that is verified in words', { email_verified: 'true' }],
    ['one with two @', { email: 'alice@acme.com@evil.example' }],
    ['one of a domain that ends alike', { email: 'alice@evilacme.com' }],
    ['one of a domain below', { email: 'alice@sub.acme.com' }],
    ['one in quotes', { email: '"alice@acme.com"@evil.example' }],
    ['one with a name beside it', { email: 'alice@acme.com <eve@evil.example>' }],
    ['one with a look-alike letter', { email: 'alice@\u0430cme.com' }],
    ['one with the Kelvin sign', { email: 'alice@acme.\u212aom' }],
    ['one that is a list', { email: ['alice@acme.com'] }],
    ['none', { email: null }],
  ];
  for (const [what, claims] of people) {
    test(`[A12] nobody is by ${what}`, async () => {
      await google.tell({ ...ALICE, claims: { ...ALICE.claims, sub: '666', ...claims } });
      assertRefused(gateway, await wholeWay(new Browser(gateway)), { code: 'idp.not-admitted', status: 403 }, what);
      await google.tell(ALICE);
    });
  }

  test('[A12] whoever takes over an address is not who had it, and whoever changes theirs stays who they are', async () => {
    const subjectOf = async (claims: object): Promise<unknown> => {
      await google.tell({ ...ALICE, claims: { ...ALICE.claims, ...claims } });
      const browser = new Browser(gateway);
      const there = new URL((await browser.open('/auth/oauth/google/start')).url);
      await browser.open((await comeBack(there)).href);
      return (await browser.open('/api/user/profile')).json['sub'];
    };
    const alice = await subjectOf({});
    assert.notEqual(await subjectOf({ sub: '2202' }), alice, 'the same address, another person');
    assert.equal(await subjectOf({ email: 'carol@partner.example' }), alice, 'another address, the same person');
    await google.tell(ALICE);
  });

  test('[U04] nobody is sent on to another host after a sign-in, however it is written', async () => {
    for (const next of ['//evil.example', '/\\evil.example', '/\t/evil.example', 'https:evil.example', 'https://evil.example', '\\\\evil.example', '/%5Cevil.example\n']) {
      const browser = new Browser(gateway);
      const there = new URL((await browser.open(`/auth/oauth/google/start?next=${encodeURIComponent(next)}`)).url);
      const last = await browser.open((await comeBack(there)).href);
      assert.deepEqual([last.status, new URL(last.url).origin, new URL(last.url).pathname], [200, gateway.origin, '/auth/oauth/callback'], next);
    }
  });
});
