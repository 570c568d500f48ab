import assert from 'node:assert/strict';
import { connect, type ConnectionOptions } from 'node:tls';
import { after, before, suite, test } from 'node:test';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import { badCertificates } from '../world/bad-certificates.ts';
import { CanaryUpstream } from '../world/canary-upstream.ts';
import { altNames, CLIENT_USE, extendedUse, TestAuthority, type Issued } from '../world/test-pki.ts';
import { TlsGateway, type Asking, type TlsReply } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** Group P of the threat list: certificates that open nothing, and claims of having shown one. Each refusal has the five invariants. */

const stack = new AsyncDisposableStack();
let gateway: TlsGateway;
let canary: CanaryUpstream;
before(async () => {
  canary = stack.use(await CanaryUpstream.start());
  gateway = stack.use(await TlsGateway.start({
    accept: ['mtls', 'oauth'],
    tls: { ca: 'clients.crt', rejectUnauthorized: false },
    crm: { url: `http://127.0.0.1:${String(canary.port)}/mcp` },
    more: { roles: { all: ['crm:*'] }, certificates: { everyone: ['all'] } },
  }));
});
after(() => stack.disposeAsync());

const thing = { args: {} };
const control = async (): Promise<void> => assert.equal((await gateway.call('get_thing', { ...thing, as: gateway.clients.issue({ subject: [['CN', 'control']] }) })).status, 200);
const isCall = ({ type, who }: AuditEvent): boolean => type === 'call' && who !== 'control';

/** Calls, sees that it is refused with nothing upstream and one record, and that the next good call goes through. */
const refused = async (what: string, asking: Asking): Promise<{ readonly reply: TlsReply | undefined; readonly record: AuditEvent | undefined }> => {
  const [records, reached] = [gateway.records().filter(isCall).length, canary.requests.length];
  const reply = await gateway.call('get_thing', { ...thing, ...asking, tls: { ciphers: 'DEFAULT@SECLEVEL=0' } }).catch(() => undefined);
  assert.notEqual(reply?.status, 200, what);
  assert.equal(canary.requests.length, reached, what);
  await control();
  const [record, ...more] = gateway.records().filter(isCall).slice(records);
  // What the client's own OpenSSL will not show leaves none.
  assert.deepEqual([more, record?.decision], [[], reply === undefined && record === undefined ? undefined : 'deny'], what);
  if (reply !== undefined) assert.deepEqual([reply.status, /admin|spiffe|node:internal|\.ts:|BEGIN|PRIVATE/.test(reply.text)], [401, false], `${what}: ${reply.text}`);
  return { reply, record };
};

suite('[X03] A certificate that could be read in two ways, or is not good, opens nothing', () => {
  test('none of a hundred does, each with one record, nothing upstream and the same words', async () => {
    const corpus = badCertificates(gateway.clients);
    const answered = new Set<unknown>();
    const unshown: string[] = [];
    for (const { what, shown } of corpus) {
      const { reply, record } = await refused(what, { as: shown });
      if (record === undefined) unshown.push(what);
      else if (reply !== undefined) answered.add(reply.json['code']);
    }
    assert.deepEqual([...answered], ['certificate.invalid']);
    // What OpenSSL on the client's side will not show cannot be tried by it.
    assert.ok(corpus.length - unshown.length >= 85, `not shown: ${unshown.join(', ')}`);
  });

  test('a good one is let in by the same check, by its common name, with a chain and with each kind of key', async () => {
    const middle = gateway.clients.under('Middle');
    const below = middle.issue({ subject: [['CN', 'below'], ['O', 'MyOrg'], ['OU', 'Finance']] });
    const good: readonly (readonly [string, Pick<Issued, 'cert' | 'key'>])[] = [
      ['my-mcp-client', gateway.clients.issue({ version: 1 })],
      ['below', { cert: below.cert + middle.cert, key: below.key }],
      ['J\u00fcrgen', gateway.clients.issue({ subject: [['CN', 'J\u00fcrgen']] })],
      ['bot@example.com', gateway.clients.issue({ subject: [['CN', 'bot@example.com']], names: [['dns', 'bot.example.com'], ['email', 'bot@example.com']] })],
      ['ed', gateway.clients.issue({ subject: [['CN', 'ed', 'printable']], keys: 'ed25519' })],
      ['rsa', gateway.clients.issue({ subject: [['CN', 'rsa']], keys: 'rsa2048' })],
      ['p384', gateway.clients.issue({ subject: [['CN', 'p384']], keys: 'p384', extensions: [extendedUse(CLIENT_USE), altNames([['uri', 'spiffe://acme/ns/a/sa/b']])] })],
    ];
    for (const [who, as] of good) {
      const { status, json } = await gateway.ask('/mcp/status', { as });
      assert.deepEqual([status, json['client'], json['via'], json['placed']], [200, who, 'mtls', 'certificate'], who);
    }
  });
});

suite('[X05] Whoever says in a header that he has shown a certificate has shown none', () => {
  test('in each spelling that a proxy or a server is known to use', async () => {
    const holder = gateway.clients.issue({ subject: [['CN', 'admin']] });
    const [escaped, base64] = [encodeURIComponent(holder.cert), holder.raw.toString('base64')];
    const names = ['X-Forwarded-Client-Cert', 'X-SSL-Client-Cert', 'X_SSL_Client_Cert', 'SSL_CLIENT_CERT', 'SSL-Client-Cert', 'X-Client-Cert', 'X-ARR-ClientCert', 'X-Amzn-Mtls-Clientcert', 'X-Amzn-Mtls-Clientcert-Leaf', 'X-Forwarded-Tls-Client-Cert', 'X-Forwarded-Tls-Client-Cert-Info', 'X-Goog-Client-Cert', 'Cf-Client-Cert-Der-Base64', 'Client-Cert-Chain', 'X-SSL-Client-Verify', 'X-SSL-Client-S-DN', 'X-SSL-Client-SHA1', 'X-SSL-Client-CN', 'X-Client-Verify', 'X-Client-DN', 'X_Forwarded_Client_Cert', 'CLIENT_CERT', 'x-forwarded-client_cert'];
    const values = [`Hash=${holder.fingerprint};Cert="${escaped}";Subject="CN=admin"`, `:${base64}:`, base64, escaped, 'SUCCESS', 'CN=admin'];
    const claims = [['Client-Cert', `:${base64}:`] as const, ...names.flatMap((name) => values.map((value) => [name, value] as const))];
    for (const headers of [...claims.map(([name, value]) => ({ [name]: value })), { 'Client-Cert': `:${base64}:`, 'X-Forwarded-Client-Cert': values[0] ?? '' }]) {
      const { reply, record } = await refused(Object.keys(headers).join(' '), { headers });
      assert.deepEqual([reply?.json['code'], record?.who, record?.certificate], ['certificate.missing', undefined, undefined]);
    }
  });

  test('and beside a certificate of his own they change nobody, and stay here', async () => {
    const [own, other] = [gateway.clients.issue({ subject: [['CN', 'reader']] }), gateway.clients.issue({ subject: [['CN', 'admin']] })];
    const headers = { 'Client-Cert': `:${other.raw.toString('base64')}:`, 'X-Forwarded-Client-Cert': `Hash=${other.fingerprint};Subject="CN=admin"`, X_SSL_Client_S_DN: 'CN=admin' };
    assert.equal((await gateway.call('get_thing', { ...thing, as: own, headers })).status, 200);
    const record = await gateway.record('his call', ({ who }) => who === 'reader');
    assert.deepEqual([record.name, record.via], ['reader', 'certificate']);
    const names = canary.requests.at(-1)?.headers.map((line) => line.toLowerCase()) ?? [];
    assert.deepEqual(names.filter((name) => /client.?cert|ssl/.test(name)), []);
  });
});

suite('[K09] A certificate that is a way in is a credential', () => {
  test('so another beside it is refused, unless the token is bound to it', async () => {
    const as = gateway.clients.issue();
    const claims = { aud: `${gateway.origin}/mcp`, scope: 'crm:*' };
    const twice = await gateway.call('get_thing', { ...thing, as, headers: { authorization: `Bearer ${gateway.token(claims)}` } });
    assert.deepEqual([twice.status, twice.json['code']], [400, 'credential.multiple']);
    const bound = await gateway.call('get_thing', { ...thing, as, headers: { authorization: `Bearer ${gateway.token({ ...claims, cnf: { 'x5t#S256': as.thumbprint } })}` } });
    assert.equal(bound.status, 200);
    const record = await gateway.record('the call with the token', ({ method }) => method === 'oauth');
    assert.equal(record.who, 'corp:user-1');
  });

  test('of another authority with the same names is nobody', async () => {
    const { record } = await refused('another authority', { as: TestAuthority.root('Client Root').issue() });
    assert.match(JSON.stringify(record?.certificate), /flaw/);
  });
});

suite('[X08] A client that offers less than TLS 1.2 with forward secrecy', () => {
  const failed = (options: ConnectionOptions): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect({ host: '127.0.0.1', port: gateway.port, ca: gateway.servers.cert, ...options });
    socket.once('secureConnect', () => resolve(false)).once('error', () => resolve(true));
    return promise.finally(() => socket.destroy());
  };

  test('makes no connection, and leaves one record', async () => {
    const weak: readonly ConnectionOptions[] = [
      { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      ...['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'NULL:@SECLEVEL=0', 'aNULL:@SECLEVEL=0'].map((ciphers): ConnectionOptions => ({ maxVersion: 'TLSv1.2', ciphers })),
    ];
    for (const options of weak) {
      const known = gateway.records().length;
      assert.equal(await failed(options), true, JSON.stringify(options));
      await until('its record', async () => gateway.records().slice(known).find(({ code }) => code === 'tls.refused'), { withinMs: 5_000 });
      assert.equal(gateway.records().length, known + 1);
    }
    assert.equal(await failed({ maxVersion: 'TLSv1.2' }), false);
    await control();
  });
});
