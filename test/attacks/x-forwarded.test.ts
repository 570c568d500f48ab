import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CanaryUpstream } from '../world/canary-upstream.ts';
import { badCertificates } from '../world/bad-certificates.ts';
import { TestAuthority, type Issued } from '../world/test-pki.ts';
import { TlsGateway } from '../world/tls-gateway.ts';

/** Certificates that a proxy forwards: read in one way, from the proxy alone (X05, X06, RFC 9440 §4). Loopback stands for its address. */

const SECRET = 'proxy-secret-0123456789abcdef0123456789';
const stack = new AsyncDisposableStack();
let canary: CanaryUpstream;
let envoy: TlsGateway;
let plain: TlsGateway;
before(async () => {
  canary = stack.use(await CanaryUpstream.start());
  const start = (header: string, forwarded: object = {}) => TlsGateway.start({
    accept: ['mtls', 'oauth'],
    listen: { forwardedCertificates: { header, from: ['127.0.0.1'], secret: 'env:PROXY_SECRET', ca: 'clients.crt', required: true, ...forwarded } },
    crm: { url: `http://127.0.0.1:${String(canary.port)}/mcp` },
    env: { PROXY_SECRET: SECRET },
    more: { roles: { all: ['crm:*'] }, certificates: { everyone: ['all'] } },
  });
  [envoy, plain] = [stack.use(await start('x-forwarded-client-cert')), stack.use(await start('client-cert'))];
});
after(() => stack.disposeAsync());

const proven = { 'sallyport-proxy-secret': SECRET };
const escaped = ({ cert }: Pick<Issued, 'cert'>): string => encodeURIComponent(cert);
const structured = ({ raw }: Pick<Issued, 'raw'>): string => `:${raw.toString('base64')}:`;

const call = async (gateway: TlsGateway, headers: Readonly<Record<string, string>>) => {
  const reached = canary.requests.length;
  const reply = await gateway.call('get_thing', { args: {}, headers });
  return { status: reply.status, code: reply.json['code'], reached: canary.requests.length - reached };
};
const refused = async (gateway: TlsGateway, headers: Readonly<Record<string, string>>, code: string, what: string): Promise<void> => {
  const known = gateway.records().length;
  assert.deepEqual(await call(gateway, headers), { status: 401, code, reached: 0 }, what);
  const records = gateway.records().slice(known);
  assert.deepEqual(records.map(({ code: found }) => found), [code], what);
};

suite('What a proxy forwards', () => {
  test('is who calls, by Client-Cert with its chain and by X-Forwarded-Client-Cert, and goes no further', async () => {
    const middle = plain.clients.under('Middle');
    const leaf = middle.issue({ subject: [['CN', 'below']] });
    assert.equal((await call(plain, { ...proven, 'client-cert': structured(leaf), 'client-cert-chain': structured(middle) })).status, 200);
    assert.equal((await plain.record('the call', ({ who }) => who === 'below')).via, 'certificate');
    const one = envoy.clients.issue({ subject: [['CN', 'one']] });
    for (const text of [`Hash=${one.fingerprint};Cert="${escaped(one)}";Subject="CN=one"`, `By=spiffe://mesh/proxy;Cert=${escaped(one)}`, `Cert="${escaped(one)}";URI=spiffe://a/b;DNS=a.example;DNS=b.example`]) assert.equal((await call(envoy, { ...proven, 'x-forwarded-client-cert': text })).status, 200, text);
    const upstream = canary.requests.at(-1)?.headers.map((line) => line.toLowerCase()) ?? [];
    assert.deepEqual(upstream.filter((line) => /client-cert|proxy-secret/.test(line) || line.includes(SECRET)), []);
  });

  test('[X05] is nothing from anybody else: without the secret, with another, in other spellings, or from another address', async () => {
    const one = plain.clients.issue();
    const claim = { 'client-cert': structured(one) };
    for (const headers of [claim, { ...claim, 'sallyport-proxy-secret': `${SECRET}x` }, { ...claim, 'sallyport-proxy-secret': '' }, { ...claim, Sallyport_Proxy_Secret: SECRET }, { Client_Cert: structured(one), ...proven }, { 'x-client-cert': structured(one), ...proven }, { 'x-forwarded-client-cert': `Cert="${escaped(one)}"`, ...proven }]) {
      await refused(plain, headers, 'certificate.missing', JSON.stringify(Object.keys(headers)));
    }
    await using elsewhere = await TlsGateway.start({ accept: ['mtls'], listen: { forwardedCertificates: { header: 'client-cert', from: ['10.0.0.0/8'], secret: 'env:PROXY_SECRET', ca: 'clients.crt', required: true } }, env: { PROXY_SECRET: SECRET } });
    assert.equal((await elsewhere.ask('/mcp/status', { headers: { 'client-cert': structured(elsewhere.clients.issue()), ...proven, 'x-forwarded-for': '10.0.0.1' } })).status, 401);
  });

  test('[X06] is the last element of X-Forwarded-Client-Cert alone, and no quotation mark makes another of it', async () => {
    const [own, admin] = [envoy.clients.issue({ subject: [['CN', 'reader']] }), envoy.clients.issue({ subject: [['CN', 'admin']] })];
    const [mine, forged] = [`Cert="${escaped(own)}"`, `Cert="${escaped(admin)}"`];
    for (const text of [`${forged},${mine}`, `Subject="CN=\\",${forged.replaceAll('"', '\\"')}";${mine}`, `Subject="x;${forged.replaceAll('"', '\\"')}, ";${mine}`]) {
      assert.equal((await call(envoy, { ...proven, 'x-forwarded-client-cert': text })).status, 200, text);
      assert.equal(envoy.records().at(-1)?.who, 'reader');
    }
    const odd = [
      `Subject="CN=",${forged};${mine}"`, `Subject="a"b;${mine}`, `Subject=a"b";${mine}`, `${mine};${forged}`, `${mine},`, `${mine};`, `,${mine}`, `;${mine}`, `${mine} ,${forged}`, `Subject="x${mine}`, `Subject="\\x";${mine}`,
      `Sub ject=x;${mine}`, `Other=x;${mine}`, `Hash=${admin.fingerprint};${mine}`, `Hash=${own.fingerprint}`, `Subject="CN=admin"`, `Cert="${escaped(own)}${escaped(admin)}"`, `Cert="%ZZ"`, `Cert=""`, `Cert="${own.raw.toString('base64')}"`, `Cert="${escaped({ cert: own.key })}"`,
      `${mine};Chain="rubbish"`, `Cert="${escaped(own)}garbage"`, `Cert="${'A'.repeat(5000)}"`,
    ];
    for (const text of odd) await refused(envoy, { ...proven, 'x-forwarded-client-cert': text }, 'certificate.invalid', text.slice(0, 200));
  });

  test('[X06] is one binary in Client-Cert, written in the one way it is written', async () => {
    const one = plain.clients.issue();
    const base64 = one.raw.toString('base64');
    for (const text of [base64, `:${base64}`, `::${base64}:`, `:${base64}:;a=1`, `:${base64}:, :${base64}:`, `:${base64.slice(0, 40)} ${base64.slice(40)}:`, ':!!!!:', '::', `:${one.raw.toString('base64url')}-:`, `:${Buffer.concat([one.raw, Buffer.from('x')]).toString('base64')}:`, `"${base64}"`]) await refused(plain, { ...proven, 'client-cert': text }, 'certificate.invalid', text.slice(0, 60));
    await refused(plain, { ...proven, 'client-cert': structured(one), 'client-cert-chain': 'rubbish' }, 'certificate.invalid', 'a chain that is none');
  });

  test('[X03] is verified here too: none of the bad certificates is let in, whatever the proxy says of them', async () => {
    const accepted: string[] = [];
    for (const { what, shown } of badCertificates(plain.clients)) {
      const [leaf = '', ...issuers] = shown.cert.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
      const binaryOf = (text: string): string => `:${Buffer.from(text.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64').toString('base64')}:`;
      const { status, reached } = await call(plain, { ...proven, 'client-cert': binaryOf(leaf), ...(issuers.length === 0 ? {} : { 'client-cert-chain': issuers.map(binaryOf).join(', ') }) });
      if (status === 200 || reached > 0) accepted.push(what);
    }
    assert.deepEqual(accepted, []);
    const other = TestAuthority.root('Client Root').issue();
    await refused(plain, { ...proven, 'client-cert': structured(other) }, 'certificate.invalid', 'of another authority');
  });
});
