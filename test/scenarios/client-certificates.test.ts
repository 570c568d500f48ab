import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { runCli } from '../../src/cli/cli.ts';
import { after, before, suite, test } from 'node:test';
import { CLIENT_USE, extendedUse, SERVER_USE, TestAuthority } from '../world/test-pki.ts';
import { TLS_KEY, TlsGateway, type Asking } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** Client certificates on a connection: required, requested or observed (R20, R22), and tokens that are bound to them (RFC 8705 §3). */

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

const DAY_MS = 86_400_000;
const withKey = { 'x-api-key': TLS_KEY };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const failureOf = (asked: Promise<unknown>): Promise<string> => asked.then(() => 'answered', (error: Error & { readonly code?: string }) => error.code ?? error.message);

suite('A listener that requires certificates (R22)', () => {
  let gateway: TlsGateway;
  before(async () => {
    gateway = stack.use(await TlsGateway.start({ tls: { ca: 'clients.crt' } }));
  });

  test('lets in whoever has a good one, and still asks for the key', async () => {
    const as = gateway.clients.issue();
    assert.equal((await gateway.call('get_customer', { as, headers: withKey })).status, 200);
    const without = await gateway.call('get_customer', { as });
    assert.deepEqual([without.status, without.json['code']], [401, 'credential.missing']);
    const record = await gateway.record('a call', ({ decision }) => decision === 'allow');
    assert.deepEqual([record.who, record.certificate], ['bob', { fingerprint: as.fingerprint, subject: 'CN=my-mcp-client', issuer: 'CN=Client Root', serial: as.serial.toString('hex') }]);
  });

  test('makes no connection without one, with one of nobody known, or with one that is over; each leaves one record', async () => {
    const bad = [undefined, TestAuthority.root('Other').issue(), gateway.clients.issue({ fromMs: -2 * DAY_MS, untilMs: -DAY_MS }), TestAuthority.selfSigned(), gateway.clients.issue({ extensions: [extendedUse(SERVER_USE)] })];
    for (const as of bad) assert.match(await failureOf(gateway.call('get_customer', { as, headers: withKey })), /ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ECONNRESET|EPIPE/);
    const records = await until('all are on record', async () => {
      const found = gateway.records().filter(({ call }) => call === 'tls/handshake');
      return found.length === bad.length ? found : undefined;
    }, { withinMs: 5_000 });
    const reasons = records.map(({ reason }) => String(reason));
    for (const words of [/has shown no certificate/, /issuer .* is not trusted here/, /has expired/, /signed by nobody but itself/, /not issued for clients/]) assert.ok(reasons.some((reason) => words.test(reason)), String(words));
    assert.deepEqual([...new Set(records.map(({ address }) => address))], ['127.0.0.1']);
  });

  test('takes a chain with an issuer between', async () => {
    const middle = gateway.clients.under('Middle');
    const leaf = middle.issue();
    assert.equal((await gateway.call('get_customer', { as: { cert: leaf.cert + middle.cert, key: leaf.key }, headers: withKey })).status, 200);
    assert.equal(await failureOf(gateway.call('get_customer', { as: leaf, headers: withKey })), 'ECONNRESET');
  });
});

suite('A listener that requests certificates (R22, R16)', () => {
  let gateway: TlsGateway;
  before(async () => {
    gateway = stack.use(await TlsGateway.start({ tls: { ca: 'clients.crt', rejectUnauthorized: false } }));
  });

  test('answers 401 in the words of the founding document, whatever else is brought, and says nothing of OAuth', async () => {
    for (const path of ['/mcp/status', '/api/keys']) {
      const { status, json, headers } = await gateway.ask(path, { headers: withKey });
      assert.deepEqual([status, json['error'], json['code']], [401, 'Client certificate required', 'certificate.missing'], path);
      assert.match(String(headers['www-authenticate']), /^ClientCertificate realm="\w+"$/);
    }
  });

  test('answers 401 to a certificate that is not good; the record names it and says why', async () => {
    const as = TestAuthority.root('Other').issue({ subject: [['CN', 'stranger'], ['O', 'Elsewhere']] });
    const { status, json } = await gateway.ask('/mcp/status', { as, headers: withKey });
    assert.deepEqual([status, json['error'], JSON.stringify(json).includes('Elsewhere')], [401, 'Client certificate not accepted', false]);
    const record = await gateway.record('its refusal', ({ code }) => code === 'certificate.invalid');
    assert.match(JSON.stringify(record.certificate), /CN=stranger, O=Elsewhere.*not trusted here/);
  });

  test('answers health questions of whoever asks, and calls of whoever has a certificate and a key', async () => {
    assert.equal((await gateway.ask('/readyz')).status, 200);
    assert.equal((await gateway.ask('/mcp/status', { as: gateway.clients.issue(), headers: withKey })).status, 200);
    assert.equal((await gateway.ask('/mcp/status', { as: gateway.clients.issue(), headers: { 'x-api-key': 'sk_wrong' } })).status, 401);
  });
});

suite('A listener that observes certificates', () => {
  let gateway: TlsGateway;
  before(async () => {
    gateway = stack.use(await TlsGateway.start({ tls: { ca: 'clients.crt', observe: true } }));
  });

  test('refuses nobody for theirs, and has on record what it would refuse', async () => {
    for (const as of [undefined, gateway.clients.issue(), TestAuthority.selfSigned({ subject: [['CN', 'homemade']] })]) assert.equal((await gateway.ask('/mcp/status', { as, headers: withKey })).status, 200);
    const record = await gateway.record('the homemade one', ({ certificate }) => JSON.stringify(certificate ?? '').includes('homemade'));
    assert.deepEqual([record.decision, record.who], ['allow', 'bob']);
    assert.match(JSON.stringify(record.certificate), /"flaw":"the client certificate is signed by nobody but itself"/);
  });

  test('and "sallyport pki report" says who would be refused if they were asked for', async () => {
    const report = async (...words: readonly string[]) => {
      let out = '';
      const terminal = { stdout: { write: (text: string) => void (out += text) }, stderr: { write: (text: string) => void (out += text) }, env: { NO_COLOR: '1' } };
      return { code: await runCli(['pki', 'report', ...words, '--data', gateway.path('data')], terminal), out };
    };
    const { code, out } = await report();
    assert.equal(code, 7);
    assert.match(out, /0 of 1 callers.*1 would be refused\n +bob +2 of 3 calls .* from 127\.0\.0\.1/);
    assert.deepEqual((await report('--since', 'yesterday')).code, 2);
  });
});

suite('A token that is bound to a certificate (RFC 8705 §3)', () => {
  let gateway: TlsGateway;
  const as = (asking: Asking['as'], token: string): Asking => ({ as: asking, headers: bearer(token) });
  before(async () => {
    gateway = stack.use(await TlsGateway.start({ accept: ['oauth', 'mtls'], tls: { ca: 'clients.crt', observe: true }, crm: { tokens: { bound: 'mtls' } } }));
  });

  test('opens over that certificate, and over no other, none, or an untrusted one with the same key', async () => {
    const holder = gateway.clients.issue();
    const token = gateway.token({ cnf: { 'x5t#S256': holder.thumbprint } });
    assert.equal((await gateway.call('get_customer', as(holder, token))).status, 200);
    for (const other of [undefined, gateway.clients.issue(), gateway.clients.issue({ keys: holder })]) {
      const { status, json } = await gateway.call('get_customer', as(other, token));
      assert.deepEqual([status, json['code']], [401, 'token.invalid']);
    }
    const untrusted = TestAuthority.root('Other').issue();
    assert.equal((await gateway.call('get_customer', as(untrusted, gateway.token({ cnf: { 'x5t#S256': untrusted.thumbprint } })))).status, 401);
  });

  test('is asked for where the server says so: one that is not bound opens nothing', async () => {
    assert.equal((await gateway.call('get_customer', as(gateway.clients.issue(), gateway.token()))).status, 401);
  });

  test('is not opened by a header that names its certificate', async () => {
    const holder = gateway.clients.issue();
    const headers = { ...bearer(gateway.token({ cnf: { 'x5t#S256': holder.thumbprint } })), 'client-cert': `:${holder.raw.toString('base64')}:`, 'x-forwarded-client-cert': `Hash=${holder.fingerprint}`, 'x-ssl-client-cert': encodeURIComponent(holder.cert) };
    assert.equal((await gateway.call('get_customer', { headers })).status, 401);
  });

  test('opens on a resumed session as on the first', async () => {
    const holder = gateway.clients.issue();
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    for (let at = 0; at < 3; at += 1) assert.equal((await gateway.call('get_customer', { ...as(holder, gateway.token({ cnf: { 'x5t#S256': holder.thumbprint } })), agent })).status, 200);
    agent.destroy();
  });
});

suite('When the issuers of client certificates change', () => {
  test('those of the former are refused on connections that are there, on resumed sessions and on new ones, and those of the new are let in', async () => {
    await using gateway = await TlsGateway.start({ tls: { ca: 'clients.crt', rejectUnauthorized: false } });
    const [old, next] = [gateway.clients.issue(), TestAuthority.root('Next Root')];
    const agent = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 10, timeout: 60_000 });
    assert.equal((await gateway.ask('/mcp/status', { as: old, headers: withKey, agent })).status, 200);
    gateway.write('clients.crt', next.cert);
    await until('the new issuer is trusted', async () => {
      // A handshake that began under the former issuers is dropped.
      const status = await gateway.ask('/mcp/status', { as: next.issue({ extensions: [extendedUse(CLIENT_USE)] }), headers: withKey }).then((reply) => reply.status, () => 0);
      return status === 200 ? true : undefined;
    }, { withinMs: 15_000, signal: gateway.process.gone });
    for (let at = 0; at < 3; at += 1) assert.notEqual(await gateway.ask('/mcp/status', { as: old, headers: withKey, agent }).then(({ status }) => status, () => 0), 200);
    agent.destroy();
  });
});
