import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { after, before, suite, test } from 'node:test';
import { TLS_KEY, TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** A listener that speaks TLS itself (R20): modern versions and suites alone, and certificates that are renewed while it runs. */

const stack = new AsyncDisposableStack();
let gateway: TlsGateway;
before(async () => {
  gateway = stack.use(await TlsGateway.start());
});
after(() => stack.disposeAsync());

const withKey = { 'x-api-key': TLS_KEY };

/** A handshake; the error's code when it fails. */
const shake = async (options: ConnectionOptions = {}): Promise<{ readonly socket: TLSSocket; readonly failed?: string }> => {
  const socket = connect({ host: '127.0.0.1', port: gateway.port, ca: gateway.servers.cert, ALPNProtocols: ['http/1.1'], ...options });
  const failed = await new Promise<string | undefined>((resolve) => {
    socket.once('secureConnect', () => resolve(undefined)).once('error', (error: Error & { readonly code?: string }) => resolve(error.code ?? 'error'));
  });
  if (failed !== undefined) socket.destroy();
  return failed === undefined ? { socket } : { socket, failed };
};

suite('Over TLS', () => {
  test('a key opens as it does without, and its URL is https', async () => {
    const { status, json } = await gateway.call('get_customer', { headers: withKey });
    assert.deepEqual([status, json['error']], [200, undefined]);
    assert.equal((await gateway.call('get_customer')).status, 401);
    assert.match(gateway.process.stdout(), /"url":"https:\/\/127\.0\.0\.1:\d+\/mcp"/);
  });

  test('1.2 and 1.3 are spoken with suites of forward secrecy, and HTTP/1.1 is agreed on', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const { socket } = await shake({ minVersion: version, maxVersion: version });
      assert.deepEqual([socket.getProtocol(), socket.alpnProtocol, /GCM|CHACHA20/.test(socket.getCipher().name)], [version, 'http/1.1', true]);
      socket.destroy();
    }
  });

  test('[X08] older versions, weak suites, other protocols and plain HTTP are refused with one record and nothing answered', async () => {
    const weak: readonly (readonly [string, ConnectionOptions])[] = [
      ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }],
      ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
      ['no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
      ['HTTP/2 alone', { ALPNProtocols: ['h2'] }],
    ];
    const earlier = gateway.records().filter(({ call }) => call === 'tls/handshake').length;
    for (const [what, options] of weak) assert.notEqual((await shake(options)).failed, undefined, what);
    const plain = connectPlain(gateway.port, '127.0.0.1');
    plain.end('GET /mcp/status HTTP/1.1\r\nHost: x\r\n\r\n');
    let heard = '';
    for await (const part of plain) heard += String(part);
    assert.doesNotMatch(heard, /HTTP\/1\.1/);
    const records = await until('all are on record', async () => {
      const found = gateway.records().filter(({ call }) => call === 'tls/handshake').slice(earlier);
      return found.length === weak.length + 1 ? found : undefined;
    }, { withinMs: 5_000 });
    for (const record of records) assert.deepEqual([record.code, record.address, record.decision], ['tls.refused', '127.0.0.1', 'deny']);
    assert.ok(records.some(({ reason }) => String(reason).includes('plain HTTP to a TLS port')));
    assert.equal((await gateway.call('get_customer', { headers: withKey })).status, 200);
  });

  test('[X08] whoever asks for a renegotiation is refused it', async () => {
    const { socket } = await shake({ maxVersion: 'TLSv1.2' });
    const failed = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(true)).once('close', () => resolve(true));
      socket.renegotiate({}, (error) => resolve(error !== null));
    });
    assert.equal(failed, true);
    socket.destroy();
  });
});

suite('A renewed certificate', () => {
  const shown = async (): Promise<string> => {
    const { socket } = await shake();
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256.replaceAll(':', '').toLowerCase();
  };

  test('is shown to new connections by itself, and those that are there go on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: gateway.servers.cert });
    const first = await gateway.call('get_customer', { headers: withKey, agent });
    const [former, next] = [await shown(), gateway.servers.forServer()];
    gateway.write('server.key', next.key);
    gateway.write('server.crt', next.cert);
    await until('the new one is shown', async () => ((await shown()) === next.fingerprint ? true : undefined), { withinMs: 15_000, signal: gateway.process.gone });
    assert.notEqual(former, next.fingerprint);
    const sockets = Object.values(agent.freeSockets).flat();
    const second = await gateway.call('get_customer', { headers: withKey, agent });
    assert.deepEqual([first.status, second.status, sockets.length, Object.values(agent.freeSockets).flat()[0] === sockets[0]], [200, 200, 1, true]);
    agent.destroy();
  });

  test('that cannot be used is not taken up, which is said, and the former one serves on', async () => {
    const former = await shown();
    gateway.write('server.key', gateway.servers.forServer().key);
    await until('it is said', async () => (/does not belong to the private key/.test(gateway.process.stderr()) ? true : undefined), { withinMs: 15_000, signal: gateway.process.gone });
    assert.equal(await shown(), former);
    assert.equal((await gateway.call('get_customer', { headers: withKey })).status, 200);
  });
});

suite('Handshakes of one address', () => {
  test('[D01] past their limit are closed before they cost anything, counted and said once, and connections that are there go on', async () => {
    await using bounded = await TlsGateway.start({ more: { limits: { handshakes: { perSecond: 0.001, burst: 5 } }, metrics: { port: 0 } } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: bounded.servers.cert });
    assert.equal((await bounded.call('get_customer', { headers: withKey, agent })).status, 200);
    const tried = await Promise.allSettled(Array.from({ length: 12 }, () => bounded.call('get_customer', { headers: withKey })));
    assert.equal(tried.filter(({ status }) => status === 'fulfilled').length, 4);
    assert.equal((await bounded.call('get_customer', { headers: withKey, agent })).status, 200);
    agent.destroy();
    const port = /"metricsPort":(\d+)/.exec(bounded.process.stdout())?.[1] ?? '';
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /sallyport_handshakes_refused_total 8\b/);
    assert.match(metrics, /sallyport_certificate_expiry_seconds\{kind="server",name="listen\.tls"\} \d+/);
    assert.equal(bounded.process.stderr().match(/more TLS handshakes than limits\.handshakes/g)?.length, 1);
    assert.deepEqual(bounded.records().filter(({ call }) => call === 'tls/handshake'), []);
  });
});
