import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { runCli } from '../../src/cli/cli.ts';
import { startProcess } from '../world/running-process.ts';
import { TestAuthority, type Contents, type Issued } from '../world/test-pki.ts';
import { TLS_KEY, TlsGateway, type Asking } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** A certificate is renewed over the one that is still good, and its holder stays who he is (R90). */

const run = promisify(execFile);
const main = join(import.meta.dirname, '../../src/main.ts');
const HOUR_MS = 3_600_000;
const authority = TestAuthority.root('Team');
const stack = new AsyncDisposableStack();
let gateway: TlsGateway;

const pki = async (...words: readonly string[]) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
  return { code: await runCli(['pki', ...words], terminal), ...said };
};

before(async () => {
  gateway = stack.use(await TlsGateway.start({
    accept: ['mtls', 'api-key'], tls: { ca: ['team.crt', 'clients.crt'], rejectUnauthorized: false },
    more: { certificates: { renewal: { authority: 'pki', for: '2h' } }, roles: { reader: ['crm:get_*'] }, people: { gone: { disabled: true }, agent: { roles: ['reader'] } } },
    prepare: async (folder, write) => {
      write('team.crt', authority.cert);
      write('team.key', authority.key);
      const { code, err } = await pki('import', join(folder, 'team.crt'), '--key', join(folder, 'team.key'), '--dir', join(folder, 'pki'));
      assert.equal(code, 0, err);
    },
  }));
});
after(() => stack.disposeAsync());

const AGENT = { subject: [['CN', 'agent'], ['O', 'Acme']], names: [['uri', 'spiffe://acme/agent'], ['dns', 'agent.acme.example']] } as const satisfies Contents;

let files = 0;
/** A request as OpenSSL writes it. */
const request = async ({ subject = '/', key, more = [] }: { readonly subject?: string; readonly key?: string; readonly more?: readonly string[] } = {}): Promise<{ readonly csr: string; readonly key: string }> => {
  const folder = gateway.path(`request-${String((files += 1))}`);
  mkdirSync(folder);
  const at = (name: string): string => join(folder, name);
  if (key === undefined) await run('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', at('key')]);
  else writeFileSync(at('key'), key, { mode: 0o600 });
  await run('openssl', ['req', '-new', '-key', at('key'), '-subj', subject, '-out', at('csr'), ...more]);
  return { csr: readFileSync(at('csr'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
};
const renew = (as: Issued | undefined, body: string, asking: Asking = {}) => gateway.ask('/certificates/renew', { method: 'POST', body, as, ...asking, headers: { 'content-type': 'application/pkcs10', ...asking.headers } });
const fingerprintOf = (certificate: X509Certificate): string => certificate.fingerprint256.replaceAll(':', '').toLowerCase();

suite('A renewal over a good certificate', () => {
  test('gives one with the same names and a new key, which OpenSSL finds good, opens as the same client and can be revoked', async () => {
    const [as, { csr, key }] = [authority.issue(AGENT), await request()];
    const { status, text, headers } = await renew(as, csr);
    assert.deepEqual([status, headers['content-type']], [200, 'application/pem-certificate-chain'], text);
    const [former, next] = [new X509Certificate(as.raw), new X509Certificate(text)];
    assert.deepEqual([next.subject, next.subjectAltName, next.ca, Math.round((next.validToDate.getTime() - Date.now()) / HOUR_MS)], [former.subject, former.subjectAltName, false, 2]);
    writeFileSync(gateway.path('renewed.crt'), text);
    await run('openssl', ['verify', '-purpose', 'sslclient', '-CAfile', gateway.path('team.crt'), gateway.path('renewed.crt')]);
    assert.equal((await gateway.ask('/mcp/status', { as: { cert: text, key } })).json['client'], 'agent');
    const record = await gateway.record('the renewal', ({ call }) => call === 'certificate/renew');
    assert.deepEqual([record.who, record.decision, record.certificate?.fingerprint, record.changed?.ids], ['agent', 'allow', as.fingerprint, [fingerprintOf(next)]]);
    assert.equal((await pki('revoke', fingerprintOf(next), '--dir', gateway.path('pki'))).code, 0);
    const again = await gateway.ask('/certificates/renew', { method: 'POST', body: csr, as: { cert: text, key }, headers: { 'content-type': 'application/pkcs10' } });
    assert.deepEqual([again.status, again.json['code']], [403, 'certificate.not-renewable']);
  });

  test('takes the same key, the very names of the certificate, and DER', async () => {
    const as = authority.issue({ subject: [['CN', 'agent']] });
    const { csr } = await request({ subject: '/CN=agent', key: as.key });
    assert.equal((await renew(as, csr)).status, 200);
    const der = Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const { status } = await gateway.ask('/certificates/renew', { method: 'POST', as, headers: { 'content-type': 'application/pkcs10' }, body: der as unknown as string }); // a body is written as it is
    assert.equal(status, 200);
  });
});

suite('What a gateway has renewed', () => {
  test('is still known after a crash in the middle of a line, and goes on', async () => {
    const [file, as] = [gateway.path('pki/renewed.jsonl'), authority.issue({ subject: [['CN', 'steady']] })];
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"serial":"40","subject":{"commonName":"torn"}`);
    const { status, text } = await renew(as, (await request()).csr);
    assert.equal(status, 200, text);
    const { code, out } = await pki('list', '--dir', gateway.path('pki'));
    assert.deepEqual([code, /steady/.test(out), /agent/.test(out)], [0, true, true]);
  });
});

suite('A renewal is refused, and nothing is issued,', () => {
  test('[X03] to whoever asks for another name, or for more than the certificate says', async () => {
    const as = authority.issue(AGENT);
    for (const asked of [{ subject: '/CN=admin' }, { subject: '/O=Acme/CN=agent' }, { more: ['-addext', 'subjectAltName=URI:spiffe://acme/admin'] }, { more: ['-addext', 'basicConstraints=critical,CA:TRUE'] }, { more: ['-addext', 'extendedKeyUsage=serverAuth'] }]) {
      const { csr } = await request(asked);
      const { status, json } = await renew(as, csr);
      assert.deepEqual([status, json['code']], [400, 'certificate.request-invalid'], JSON.stringify(asked));
    }
  });

  test('for a request that is broken, signed by another key, or of a weak one', async () => {
    const [as, { csr }, weak] = [authority.issue(AGENT), await request(), authority.issue({ keys: 'rsa1024' })];
    const der = Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const forged = Buffer.from(der);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const pem = (bytes: Buffer): string => `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    for (const body of ['', 'nonsense', as.cert, csr + csr, pem(forged), pem(Buffer.concat([der, Buffer.from([0])])), pem(der.subarray(0, -9)), (await request({ key: weak.key })).csr, ' '.repeat(20_000)]) {
      const { status, json } = await renew(as, body);
      assert.deepEqual([status, json['code']], [400, 'certificate.request-invalid'], body.slice(0, 60));
    }
  });

  test('to whoever shows no certificate, an expired one, a denied one, that of a disabled client or of another authority', async () => {
    const { csr } = await request();
    const denied = authority.issue(AGENT);
    assert.equal((await gateway.ask('/api/revocations/certificate', { method: 'POST', headers: { 'x-api-key': TLS_KEY, 'content-type': 'application/json' }, as: authority.issue(AGENT), body: JSON.stringify({ fingerprint: denied.fingerprint }) })).status, 200);
    const cases: readonly (readonly [as: Issued | undefined, status: number, code: string])[] = [
      [undefined, 401, 'certificate.missing'], [authority.issue({ ...AGENT, untilMs: -1_000 }), 401, 'certificate.invalid'], [denied, 401, 'certificate.invalid'],
      [authority.issue({ subject: [['CN', 'gone']] }), 401, 'certificate.invalid'], [gateway.clients.issue(AGENT), 403, 'certificate.not-renewable'], [TestAuthority.selfSigned(AGENT), 401, 'certificate.invalid'],
    ];
    for (const [as, status, code] of cases) {
      const refused = await renew(as, csr);
      assert.deepEqual([refused.status, refused.json['code']], [status, code]);
    }
  });

  test('with another method, from a page, as another type, or with a key beside it', async () => {
    const [as, { csr }] = [authority.issue(AGENT), await request()];
    const wrong: readonly (readonly [asking: Asking, status: number])[] = [[{ method: 'GET', body: '' }, 405], [{ headers: { origin: 'https://127.0.0.1' } }, 403], [{ headers: { 'content-type': 'application/json' } }, 415], [{ headers: { 'x-api-key': TLS_KEY } }, 400]];
    for (const [asking, status] of wrong) assert.equal((await renew(as, csr, asking)).status, status, JSON.stringify(asking));
  });

  test('[X05] for a certificate that a proxy forwards: nobody here has seen that its holder has the key', async () => {
    const secret = 'a-secret-of-the-proxy-0123456789';
    await using behind = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: 'clients.crt', rejectUnauthorized: false }, env: { PROXY_SECRET: secret },
      listen: { forwardedCertificates: { header: 'client-cert', from: ['127.0.0.1'], secret: 'env:PROXY_SECRET', ca: 'team.crt' } },
      more: { roles: { all: ['crm:*'] }, certificates: { everyone: ['all'], renewal: { authority: gateway.path('pki') } } },
      prepare: async (_folder, write) => write('team.crt', authority.cert),
    });
    const headers = { 'client-cert': `:${authority.issue(AGENT).raw.toString('base64')}:`, 'sallyport-proxy-secret': secret };
    const seen = await behind.ask('/mcp/status', { headers });
    assert.equal(seen.json['client'], 'agent', seen.text);
    const { status, json } = await behind.ask('/certificates/renew', { method: 'POST', body: (await request()).csr, headers: { ...headers, 'content-type': 'application/pkcs10' } });
    assert.deepEqual([status, json['code']], [401, 'certificate.missing']);
  });

  test('where no authority is named', async () => {
    await using other = await TlsGateway.start({ accept: ['mtls'], tls: { ca: 'clients.crt' } });
    const { status } = await other.ask('/certificates/renew', { method: 'POST', as: other.clients.issue(), body: (await request()).csr, headers: { 'content-type': 'application/pkcs10' } });
    assert.equal(status, 404);
  });
});

suite('sallyport bridge --renew', () => {
  test('renews a certificate that is due in its place, and its session goes on', async () => {
    const as = authority.issue({ ...AGENT, fromMs: -HOUR_MS, untilMs: HOUR_MS / 4 });
    const [cert, key, ca] = ['bridge.crt', 'bridge.key', 'servers.crt'].map((name) => gateway.path(name)) as [string, string, string]; // three names, three paths
    for (const [path, content] of [[cert, as.cert], [key, as.key], [ca, gateway.servers.cert]] as const) writeFileSync(path, content, { mode: 0o600 });
    await using bridge = startProcess([process.execPath, main, 'bridge', `${gateway.origin}/mcp`, '--cert', cert, '--key', key, '--ca', ca, '--renew'], { hears: true });
    bridge.tell(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } } }));
    bridge.tell(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    await until('it has said so', async () => (/the certificate was renewed/.test(bridge.stderr()) ? true : undefined), { withinMs: 20_000, signal: bridge.gone });
    const renewed = new X509Certificate(readFileSync(cert));
    await bridge.says(/"serverInfo"/, 20_000);
    let id = 1;
    await until('it shows the new one', async () => {
      bridge.tell(JSON.stringify({ jsonrpc: '2.0', id: (id += 1), method: 'ping' }));
      return gateway.records().some(({ call, certificate }) => call === 'ping' && certificate?.fingerprint === fingerprintOf(renewed)) ? true : undefined;
    }, { withinMs: 20_000, signal: bridge.gone });
    // The session of the former certificate is that of its client.
    assert.doesNotMatch(bridge.stderr(), /begun anew|not reached/);
    assert.ok(renewed.validToDate.getTime() > Date.now() + HOUR_MS);
    assert.equal(statSync(cert).mode & 0o777, 0o600);
  });

  test('says without a certificate that it needs one', async () => {
    const said = { err: '' };
    const terminal = { stdout: { write: () => undefined }, stderr: { write: (text: string) => void (said.err += text) }, env: {} };
    assert.equal(await runCli(['bridge', `${gateway.origin}/mcp`, '--renew'], terminal), 2);
    assert.match(said.err, /--renew needs the certificate/);
  });
});

suite('sallyport pki renew --watch', () => {
  test('renews when two thirds are over, and leaves alone what is younger', async () => {
    const [folder, worker] = [gateway.path('watched'), authority.issue({ subject: [['CN', 'worker']], fromMs: -HOUR_MS, untilMs: HOUR_MS / 4 })];
    const [path, index] = [join(folder, 'worker.crt'), gateway.path('pki/index.json')];
    mkdirSync(folder);
    writeFileSync(path, worker.cert);
    const known: { issued: object[] } = JSON.parse(readFileSync(index, 'utf8'));
    known.issued.push({ serial: worker.serial.toString('hex'), subject: { commonName: 'worker' }, use: 'client', fingerprint: worker.fingerprint, notAfterMs: Date.now() + HOUR_MS / 4 });
    writeFileSync(index, JSON.stringify(known));
    const former = readFileSync(path, 'utf8');
    await using watch = startProcess([process.execPath, main, 'pki', 'renew', path, '--for', '1h', '--watch', '--dir', gateway.path('pki')]);
    await watch.says(/issued .*worker\.crt/, 20_000);
    const renewed = readFileSync(path, 'utf8');
    assert.notEqual(renewed, former);
    const { code } = await watch.stop();
    assert.deepEqual([code, watch.stdout().split('\n').filter((line) => line.startsWith('issued')).length, readFileSync(path, 'utf8') === renewed], [0, 1, true]);
  });
});
