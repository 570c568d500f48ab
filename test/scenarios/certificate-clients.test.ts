import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { pkce, REDIRECT } from '../world/authority-gateway.ts';
import { ISSUER, main } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';
import { TestAuthority, type Issued } from '../world/test-pki.ts';
import { TLS_KEY, TlsGateway, type TlsReply } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** Clients that prove themselves by the certificate of their connection, and tokens that are bound to it (RFC 8705; R20, attacks.md group P). */

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

const jwkOf = ({ publicKey, raw }: Issued): JsonObject => ({ ...(publicKey.export({ format: 'jwk' }) as JsonObject), kid: 'own', use: 'sig', x5c: [raw.toString('base64')] }); // a JWK is JSON

const homemade = TestAuthority.selfSigned({ subject: [['CN', 'partner']] });

const NAMES = {
  dns: [{ dns: 'nightly.acme.internal' }, { names: [['dns', 'nightly.acme.internal']] }],
  uri: [{ uri: 'spiffe://acme/ns/data/sa/nightly' }, { names: [['uri', 'spiffe://acme/ns/data/sa/nightly']] }],
  email: [{ email: 'nightly@acme.com' }, { names: [['email', 'nightly@acme.com']] }],
  ip: [{ ip: '10.1.2.3' }, { names: [['ip', Buffer.from([10, 1, 2, 3])]] }],
  subject: [{ subject: 'O=Acme,CN=nightly' }, { subject: [['CN', 'nightly'], ['O', 'Acme']] }],
} as const;

const post = (gateway: TlsGateway, path: string, form: Readonly<Record<string, string>>, as?: Pick<Issued, 'cert' | 'key'>, headers: Readonly<Record<string, string>> = {}): Promise<TlsReply> =>
  gateway.ask(path, { method: 'POST', as, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: new URLSearchParams(form).toString() });

const ask = (gateway: TlsGateway, clientId: string, as?: Pick<Issued, 'cert' | 'key'>): Promise<TlsReply> => post(gateway, '/oauth/token', { grant_type: 'client_credentials', client_id: clientId, resource: `${gateway.origin}/mcp` }, as);

const refused = ({ status, json }: TlsReply): void => {
  assert.deepEqual([status, json['error']], [401, 'invalid_client']);
  assert.doesNotMatch(String(json['error_description']), /certificate|subject|match/, 'which of it was wrong is for the record');
};

const opens = async (gateway: TlsGateway, { json }: TlsReply, as?: Pick<Issued, 'cert' | 'key'>): Promise<number> =>
  (await gateway.call('get_customer', { as, headers: { authorization: `Bearer ${String(json['access_token'])}` } })).status;

const clientsOf = (): JsonObject => ({
  ...Object.fromEntries(Object.entries(NAMES).map(([kind, [certificate]]) => [kind, { certificate, permissions: ['crm:get_*'], boundToCertificate: true }])),
  partner: { certificate: { keys: { keys: [jwkOf(homemade)] } }, permissions: ['crm:get_*'] },
  agent: { certificate: { dns: 'agent.acme.internal' }, assertions: ['corp'], boundToCertificate: true },
  'by-secret': { clientSecret: 'env:BY_SECRET', permissions: ['crm:get_*'], boundToCertificate: true },
});

const start = (): Promise<TlsGateway> =>
  TlsGateway.start({ tls: { ca: 'clients.crt', rejectUnauthorized: false }, accept: ['oauth', 'api-key'], more: { authority: { enabled: true, clients: clientsOf() } }, env: { BY_SECRET: 'a-secret-of-a-client-0123' } });

suite('A client that proves itself by its certificate (RFC 8705 §2)', () => {
  let gateway: TlsGateway;
  before(async () => {
    gateway = stack.use(await start());
  });

  for (const [kind, [, contents]] of Object.entries(NAMES)) {
    test(`is known by its ${kind}, in a certificate that is signed by whom the listener trusts and says just that`, async () => {
      const own = gateway.clients.issue({ subject: [['CN', 'some-client']], ...contents });
      const given = await ask(gateway, kind, own);
      assert.equal(given.status, 200, given.text);
      const [, payload = ''] = String(given.json['access_token']).split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject; // our own token
      assert.deepEqual(claims['cnf'], { 'x5t#S256': own.thumbprint });
      const strangers = [undefined, gateway.clients.issue({ subject: [['CN', 'other']], names: [['dns', 'other.acme.internal']] }), TestAuthority.selfSigned({ subject: [['CN', 'some-client']], ...contents }), TestAuthority.root('Other').issue({ subject: [['CN', 'some-client']], ...contents }), gateway.clients.issue({ subject: [['CN', 'some-client']], ...contents, fromMs: -2_000, untilMs: -1_000 })];
      for (const stranger of strangers) refused(await ask(gateway, kind, stranger));
    });
  }

  test('is not known by a name that could be read in two ways, nor by one of two that it has in the wrong place (X03)', async () => {
    refused(await ask(gateway, 'subject', gateway.clients.issue({ subject: [['O', 'Acme'], ['CN', 'nightly']] })));
    refused(await ask(gateway, 'subject', gateway.clients.issue({ subject: [['CN', 'nightly'], ['O', 'Acme'], ['OU', 'More']] })));
    refused(await ask(gateway, 'dns', gateway.clients.issue({ subject: [['CN', 'a'], ['CN', 'b']], names: [['dns', 'nightly.acme.internal']] })));
    refused(await ask(gateway, 'dns', gateway.clients.issue({ subject: [['CN', 'nightly.acme.internal']] })));
  });

  test('may be one that nobody has signed, where just that one was agreed on; its record says so', async () => {
    assert.equal((await ask(gateway, 'partner', homemade)).status, 200);
    for (const stranger of [undefined, TestAuthority.selfSigned({ subject: [['CN', 'partner']] }), gateway.clients.issue({ subject: [['CN', 'partner']] })]) refused(await ask(gateway, 'partner', stranger));
    const record = await gateway.record('who asked', ({ call, decision, who }) => call === 'oauth/token' && decision === 'allow' && who === 'client:partner');
    assert.equal(record.certificate?.fingerprint, homemade.fingerprint);
  });

  test('is not somebody else by a secret besides, and a secret alone gives no token that is bound', async () => {
    const own = gateway.clients.issue({ names: [['dns', 'nightly.acme.internal']] });
    refused(await post(gateway, '/oauth/token', { grant_type: 'client_credentials', client_id: 'dns', client_secret: 'guessed-guessed-guessed', resource: `${gateway.origin}/mcp` }, own));
    const basic = { authorization: `Basic ${Buffer.from('by-secret:a-secret-of-a-client-0123').toString('base64')}` };
    const form = { grant_type: 'client_credentials', resource: `${gateway.origin}/mcp` };
    assert.equal((await post(gateway, '/oauth/token', form, undefined, basic)).json['error'], 'invalid_grant');
    assert.equal((await post(gateway, '/oauth/token', form, TestAuthority.selfSigned(), basic)).json['error'], 'invalid_grant');
    assert.equal((await post(gateway, '/oauth/token', form, own, basic)).status, 200);
  });

  test('is refused from the moment its certificate is denied, and so is what it got before', async () => {
    const own = gateway.clients.issue({ names: [['dns', 'nightly.acme.internal']] });
    const given = await ask(gateway, 'dns', own);
    assert.deepEqual([given.status, await opens(gateway, given, own)], [200, 200]);
    await using denying = startProcess([process.execPath, main, 'pki', 'deny', own.fingerprint, '--data', gateway.path('data')]);
    assert.equal((await denying.exited).code, 0, denying.stderr());
    refused(await ask(gateway, 'dns', own));
    assert.equal(await opens(gateway, given, own), 401);
  });

  test('is told of in the metadata', async () => {
    const { json } = await gateway.ask('/.well-known/oauth-authorization-server');
    assert.equal(json['tls_client_certificate_bound_access_tokens'], true);
    assert.deepEqual((json['token_endpoint_auth_methods_supported'] as readonly string[]).filter((method) => method.includes('tls')), ['tls_client_auth', 'self_signed_tls_client_auth']);
  });
});

suite('A token that is bound to a certificate (RFC 8705 §3)', () => {
  let gateway: TlsGateway;
  before(async () => {
    gateway = stack.use(await start());
  });

  test('opens over a connection with that certificate, and over no other', async () => {
    const own = gateway.clients.issue({ names: [['dns', 'nightly.acme.internal']] });
    const given = await ask(gateway, 'dns', own);
    const another = gateway.clients.issue({ names: [['dns', 'nightly.acme.internal']] });
    assert.deepEqual([await opens(gateway, given, own), await opens(gateway, given, another), await opens(gateway, given)], [200, 401, 401]);
  });

  test('is what an identity assertion is exchanged for by such a client, too, and a stranger does not use the assertion up', async () => {
    const own = gateway.clients.issue({ names: [['dns', 'agent.acme.internal']] });
    const now = Math.floor(Date.now() / 1000);
    const assertion = gateway.key.sign({ iss: ISSUER, sub: 'u-1', aud: gateway.origin, client_id: 'agent', iat: now, exp: now + 120, jti: 'jag-1', resource: `${gateway.origin}/mcp` }, { typ: 'oauth-id-jag+jwt' });
    const exchange = (as?: Issued) => post(gateway, '/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', client_id: 'agent', assertion }, as);
    for (const stranger of [undefined, gateway.clients.issue()]) refused(await exchange(stranger));
    const given = await exchange(own);
    assert.equal(given.status, 200, given.text);
    // The person has no roles, and is known all the same; over another connection nobody is.
    assert.deepEqual([await opens(gateway, given, own), await opens(gateway, given, gateway.clients.issue()), await opens(gateway, given)], [403, 401, 401]);
  });

  test('is refreshed by whoever has that certificate, and nobody else uses the refresh token up', async () => {
    const registered = await gateway.ask('/oauth/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ client_name: 'bound', redirect_uris: [REDIRECT], tls_client_certificate_bound_access_tokens: true }) });
    const clientId = String(registered.json['client_id']);
    const [own, another] = [gateway.clients.issue(), gateway.clients.issue()];
    const { verifier, code } = await allowed(gateway, clientId);
    const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: clientId, code_verifier: verifier };
    assert.equal((await post(gateway, '/oauth/token', form)).json['error'], 'invalid_grant');
    const given = await post(gateway, '/oauth/token', form, own);
    assert.deepEqual([given.status, await opens(gateway, given, own), await opens(gateway, given, another)], [200, 200, 401], given.text);
    const refresh = (as?: Issued) => post(gateway, '/oauth/token', { grant_type: 'refresh_token', refresh_token: String(given.json['refresh_token']), client_id: clientId }, as);
    for (const stranger of [undefined, another]) assert.equal((await refresh(stranger)).json['error'], 'invalid_grant');
    const next = await refresh(own);
    assert.deepEqual([next.status, await opens(gateway, next, own), await opens(gateway, next, another)], [200, 200, 401]);
  });
});

test('A certificate that its issuer has revoked proves nobody at the token endpoint, and what is bound to it is over; one whose list has ended is to come again (RFC 8705, RFC 5280 §5, K05)', async () => {
  const listed = TestAuthority.root('Listed Root');
  const contents = { subject: [['CN', 'some-client']], names: [['dns', 'nightly.acme.internal']] } as const;
  const [own, stolen, agreed] = [listed.issue(contents), listed.issue(contents), listed.issue({ subject: [['CN', 'agreed']] })];
  await using gateway = await TlsGateway.start({
    tls: { ca: 'listed.crt', rejectUnauthorized: false }, accept: ['oauth', 'api-key'], env: { BY_SECRET: 'a-secret-of-a-client-0123' },
    more: { authority: { enabled: true, clients: { ...clientsOf(), agreed: { certificate: { keys: { keys: [jwkOf(agreed)] } }, permissions: ['crm:get_*'] } } }, certificates: { revocation: { lists: 'listed.crl' } } },
    prepare: async (_folder, write) => {
      write('listed.crt', listed.cert);
      write('listed.crl', listed.list());
    },
  });
  const bySecret = (as: Issued): Promise<TlsReply> => post(gateway, '/oauth/token', { grant_type: 'client_credentials', resource: `${gateway.origin}/mcp` }, as, { authorization: `Basic ${Buffer.from('by-secret:a-secret-of-a-client-0123').toString('base64')}` });
  const [given, kept] = [await ask(gateway, 'dns', stolen), await ask(gateway, 'dns', own)];
  assert.deepEqual([given.status, kept.status, (await ask(gateway, 'agreed', agreed)).status, (await bySecret(stolen)).status], [200, 200, 200, 200]);
  assert.deepEqual([await opens(gateway, given, stolen), await opens(gateway, kept, own)], [200, 200]);

  gateway.write('listed.crl', listed.list({ number: 2, revoked: [{ serial: stolen.serial }, { serial: agreed.serial }] }));
  await until('the list is taken up', async () => ((await ask(gateway, 'dns', stolen)).status === 401 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
  refused(await ask(gateway, 'dns', stolen));
  refused(await ask(gateway, 'agreed', agreed)); // also where just this certificate was agreed on
  assert.equal((await bySecret(stolen)).json['error'], 'invalid_grant', 'a secret besides gives no token that is bound to it');
  assert.deepEqual([await opens(gateway, given, stolen), (await ask(gateway, 'dns', own)).status, await opens(gateway, kept, own)], [401, 200, 200]);
  const record = await gateway.record('the refusal', ({ call, decision }) => call === 'oauth/token' && decision === 'deny');
  assert.match(String(record.certificate?.flaw), /revoked/);

  gateway.write('listed.crl', listed.list({ number: 3, fromMs: -7_200_000, untilMs: -3_600_000 }));
  const unchecked = await until('the list that has ended counts no more', async () => [await ask(gateway, 'dns', own)].find(({ status }) => status !== 200), { withinMs: 10_000, signal: gateway.process.gone });
  for (const answer of [unchecked, await ask(gateway, 'agreed', own), await bySecret(own)]) assert.deepEqual([answer.status, answer.json['error'], answer.headers['retry-after']], [503, 'temporarily_unavailable', '30'], answer.text);
  // Who needs no certificate is not asked for a good one.
  assert.equal((await post(gateway, '/oauth/token', { grant_type: 'client_credentials', client_id: 'nobody', resource: `${gateway.origin}/mcp` }, own)).json['error'], 'invalid_client');
});

/** A person allows it with a key, on the pages and without a script. */
const allowed = async (gateway: TlsGateway, clientId: string): Promise<{ readonly verifier: string; readonly code: string }> => {
  const { verifier, challenge } = pkce();
  const cookies = new Map<string, string>();
  const visit = async (path: string, form?: Readonly<Record<string, string>>): Promise<TlsReply> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = form === undefined ? await gateway.ask(path, { headers: { cookie, accept: 'text/html' } }) : await post(gateway, path, form, undefined, { cookie, origin: gateway.origin });
    for (const set of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = String(answer.headers['location'] ?? '');
    return location.startsWith('/') || location.startsWith(gateway.origin) ? visit(location.replace(gateway.origin, '')) : answer;
  };
  const page = await visit(`/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 's', code_challenge: challenge, code_challenge_method: 'S256', resource: `${gateway.origin}/mcp` }).toString()}`);
  const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const hidden = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
  const back = await visit(action, { ...hidden, do: 'key', key: TLS_KEY });
  return { verifier, code: new URL(String(back.headers['location'])).searchParams.get('code') ?? '' };
};

test('A listener that asks for no certificates offers nothing of it, and a client that needs one is refused when the file is read', async () => {
  const plain = stack.use(await TlsGateway.start({ accept: ['oauth', 'api-key'], more: { authority: { enabled: true } } }));
  const { json } = await plain.ask('/.well-known/oauth-authorization-server');
  assert.deepEqual([json['tls_client_certificate_bound_access_tokens'], JSON.stringify(json['token_endpoint_auth_methods_supported']).includes('tls')], [undefined, false]);
  await assert.rejects(TlsGateway.start({ accept: ['oauth', 'api-key'], more: { authority: { enabled: true, clients: { nightly: { certificate: { dns: 'a.b' }, permissions: ['crm:get_*'] } } } } }), /certificate: is for connections with client certificates/);
});

test('What a proxy forwards counts from a proxy that is proven, and from nobody else (RFC 9440)', async () => {
  const [people, proxies] = [TestAuthority.root('People'), TestAuthority.root('Proxies')];
  const [proxy, other] = [proxies.issue({ subject: [['CN', 'proxy']] }), proxies.issue({ subject: [['CN', 'other']] })];
  const gateway = stack.use(await TlsGateway.start({
    accept: ['oauth', 'api-key'], tls: { ca: 'proxies.crt' },
    listen: { forwardedCertificates: { header: 'client-cert', from: ['127.0.0.0/8'], proxies: [proxy.fingerprint], ca: 'people.crt' } },
    more: { authority: { enabled: true, clients: clientsOf() } }, env: { BY_SECRET: 'a-secret-of-a-client-0123' },
    prepare: async (_folder, write) => {
      write('people.crt', people.cert);
      write('proxies.crt', proxies.cert);
    },
  }));
  const own = people.issue({ names: [['dns', 'nightly.acme.internal']] });
  const forwarded = { 'client-cert': `:${own.raw.toString('base64')}:` };
  const form = { grant_type: 'client_credentials', client_id: 'dns', resource: `${gateway.origin}/mcp` };
  const given = await post(gateway, '/oauth/token', form, proxy, forwarded);
  assert.equal(given.status, 200, given.text);
  const authorization = `Bearer ${String(given.json['access_token'])}`;
  assert.equal((await gateway.call('get_customer', { as: proxy, headers: { authorization, ...forwarded } })).status, 200);
  refused(await post(gateway, '/oauth/token', form, other, forwarded));
  refused(await post(gateway, '/oauth/token', form, proxy));
});
