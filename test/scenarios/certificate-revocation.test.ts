import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { after, before, suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { META } from '../world/mcp-requests.ts';
import { pem } from '../world/der.ts';
import { TestAuthority, type Issued } from '../world/test-pki.ts';
import { TLS_KEY, TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** A certificate is refused from the next request on, by a denial of ours or by a list of its issuer, and its streams end (R90, D10, K05). */

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

/** A stream that is open as long as its certificate is good. */
const openStream = async (gateway: TlsGateway, as: Issued): Promise<{ readonly status: number; readonly ended: Promise<unknown> }> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true }, _meta: META } });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
  const asked = request({ host: '127.0.0.1', port: gateway.port, path: '/mcp', method: 'POST', headers, agent: false, ca: gateway.servers.cert, cert: as.cert, key: as.key });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  answer.resume();
  return { status: answer.statusCode, ended: once(answer, 'close') };
};

const roles = { roles: { all: ['crm:*'] } };

suite('A certificate that an operator denies', () => {
  let gateway: TlsGateway;
  const statusOf = async (as: Issued, agent?: Agent): Promise<number> => (await gateway.ask('/mcp/status', { as, ...(agent === undefined ? {} : { agent }) })).status;
  before(async () => {
    gateway = stack.use(await TlsGateway.start({ accept: ['mtls', 'api-key'], tls: { ca: 'clients.crt', rejectUnauthorized: false }, crm: { besideCertificate: true }, more: { ...roles, certificates: { everyone: ['all'] } } }));
  });
  const deny = (body: object, as: Issued) => gateway.ask('/api/revocations/certificate', { method: 'POST', as, headers: { 'x-api-key': TLS_KEY, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const sallyport = async (...words: readonly string[]) => {
    const said = { out: '', err: '' };
    const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
    return { code: await runCli([...words, '--data', gateway.path('data')], terminal), ...said };
  };

  test('by HTTP is refused on the next request of the same connection, its stream ends, and another goes on', async () => {
    const [one, other] = [gateway.clients.issue({ subject: [['CN', 'one']] }), gateway.clients.issue({ subject: [['CN', 'other']] })];
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal(await statusOf(one, agent), 200);
    const stream = await openStream(gateway, one);
    assert.equal(stream.status, 200);
    assert.equal((await deny({ fingerprint: one.fingerprint.toUpperCase().replaceAll(/(..)(?!$)/g, '$1:'), reason: 'stolen laptop' }, other)).status, 200);
    assert.equal(await statusOf(one, agent), 401);
    await stream.ended;
    assert.equal(await statusOf(other), 200);
    const record = await gateway.record('the refusal', ({ code }) => code === 'certificate.invalid');
    assert.match(String(record.certificate?.flaw), /this certificate was denied by bob \(den_/);
    assert.equal((await gateway.record('the end of the stream', ({ ended }) => ended !== undefined)).ended, 'revoked');
    agent.destroy();
  });

  test('at the terminal, by its file, is refused with its key: a renewed one too; taken back, it is good again', async () => {
    const first = gateway.clients.issue({ subject: [['CN', 'first']] });
    const renewed = gateway.clients.issue({ subject: [['CN', 'first']], keys: first });
    gateway.write('first.crt', first.cert);
    const { code, out, err } = await sallyport('pki', 'deny', '--file', gateway.path('first.crt'), '--also-key');
    assert.equal(code, 0, err);
    await until('both are refused', async () => ((await statusOf(first)) === 401 && (await statusOf(renewed)) === 401 ? true : undefined), { withinMs: 5_000, signal: gateway.process.gone });
    for (const id of out.match(/den_[0-9a-f]{18}/g) ?? []) assert.equal((await sallyport('revocations', 'lift', id)).code, 0);
    await until('both are good again', async () => ((await statusOf(first)) === 200 && (await statusOf(renewed)) === 200 ? true : undefined), { withinMs: 5_000, signal: gateway.process.gone });
    assert.equal((await sallyport('pki', 'deny', '--key', renewed.keyFingerprint)).code, 0);
    await until('its key is refused', async () => ((await statusOf(first)) === 401 ? true : undefined), { withinMs: 5_000, signal: gateway.process.gone });
  });

  test('is refused on a session that is resumed, where the client shows no certificate again', async () => {
    const as = gateway.clients.issue({ subject: [['CN', 'resuming']] });
    let session: Buffer | undefined;
    const ask = async (): Promise<{ readonly status: string | undefined; readonly reused: boolean }> => {
      const socket = connect({ host: '127.0.0.1', port: gateway.port, ca: gateway.servers.cert, cert: as.cert, key: as.key, ...(session === undefined ? {} : { session }) });
      let reused = false;
      socket.on('session', (given: Buffer) => (session = given)).once('secureConnect', () => (reused = socket.isSessionReused()));
      socket.write('GET /mcp/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
      let text = '';
      for await (const part of socket) text += String(part);
      return { status: /^HTTP\/1\.1 (\d+)/.exec(text)?.[1], reused };
    };
    assert.deepEqual([await ask(), await ask()], [{ status: '200', reused: false }, { status: '200', reused: true }]);
    assert.equal((await deny({ fingerprint: as.fingerprint }, gateway.clients.issue())).status, 200);
    assert.deepEqual(await ask(), { status: '401', reused: true });
  });

  test('is named in one way that can be meant, or nothing is done', async () => {
    const other = gateway.clients.issue();
    for (const body of [{}, { fingerprint: 'ab' }, { fingerprint: other.fingerprint, key: other.fingerprint }, { certificate: 'x' }, { certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, { fingerprint: other.fingerprint, alsoKey: true }]) assert.ok([400, 409].includes((await deny(body, other)).status), JSON.stringify(body));
    for (const words of [[], ['ab'], ['--file', '/nowhere'], [other.fingerprint, '--key', other.fingerprint]]) {
      const { code, err } = await sallyport('pki', 'deny', ...words);
      assert.notEqual(code, 0);
      assert.match(err, /next: /);
    }
    assert.equal(await statusOf(other), 200);
  });
});

suite('An issuer in between', () => {
  test('that is named under tls.ca is asked about too: with it all that it has issued is revoked', async () => {
    const root = TestAuthority.root('Top');
    const [middle, other] = [root.under('Middle'), root.under('Other')];
    const chained = (by: TestAuthority) => {
      const leaf = by.issue();
      return { cert: leaf.cert + by.cert, key: leaf.key };
    };
    await using gateway = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: ['top.crt', 'between.crt'], rejectUnauthorized: false },
      more: { ...roles, certificates: { everyone: ['all'], revocation: { lists: ['top.crl', 'middle.crl', 'other.crl'] } } },
      prepare: async (_folder, write) => {
        write('top.crt', root.cert);
        write('between.crt', middle.cert + other.cert);
        write('top.crl', root.list({ revoked: [{ serial: middle.serial }] }));
        write('middle.crl', middle.list());
        write('other.crl', other.list());
      },
    });
    const statusOf = async (by: TestAuthority) => (await gateway.ask('/mcp/status', { as: chained(by) })).status;
    assert.deepEqual([await statusOf(middle), await statusOf(other)], [401, 200]);
  });
});

suite('Certificates of an authority that sallyport pki has made', () => {
  test('open until they are revoked, by the list that it writes', async () => {
    const pki = async (folder: string, ...words: readonly string[]): Promise<void> => {
      let said = '';
      const terminal = { stdout: { write: () => undefined }, stderr: { write: (text: string) => void (said += text) }, env: {} };
      assert.equal(await runCli(['pki', ...words, '--dir', join(folder, 'ca')], terminal), 0, said);
    };
    await using gateway = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: 'ca/ca.crt', rejectUnauthorized: false },
      more: { ...roles, certificates: { everyone: ['all'], revocation: { lists: 'ca/ca.crl' } } },
      prepare: async (folder) => {
        await pki(folder, 'init', 'Our CA');
        for (const name of ['one', 'other']) await pki(folder, 'issue', name, '--out', folder);
      },
    });
    const read = (name: string) => ({ cert: readFileSync(gateway.path(`${name}.crt`), 'utf8'), key: readFileSync(gateway.path(`${name}.key`), 'utf8') });
    const statusOf = async (name: string) => (await gateway.ask('/mcp/status', { as: read(name) })).status;
    assert.deepEqual([await statusOf('one'), await statusOf('other')], [200, 200]);
    await pki(gateway.folder, 'revoke', 'one');
    await until('it is refused', async () => ((await statusOf('one')) === 401 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    assert.equal(await statusOf('other'), 200);
  });
});

suite('A list of revoked certificates', () => {
  test('refuses those on it, is taken up while the gateway runs, ends streams, and counts when it has ended', async () => {
    let authority: TestAuthority | undefined;
    await using gateway = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: ['clients.crt', 'listed.crt'], rejectUnauthorized: false },
      more: { ...roles, certificates: { everyone: ['all'], revocation: { lists: 'clients.crl' } } },
      prepare: async (_folder, write) => {
        authority = TestAuthority.root('Listed Root');
        write('listed.crt', authority.cert);
        write('clients.crl', pem('X509 CRL', authority.list()));
      },
    });
    assert.ok(authority);
    const [one, other] = [authority.issue({ subject: [['CN', 'one']] }), authority.issue({ subject: [['CN', 'other']] })];
    const ask = async (as: Issued): Promise<number> => (await gateway.ask('/mcp/status', { as })).status;
    assert.deepEqual([await ask(one), await ask(other)], [200, 200]);
    // Nobody says anything of those of the other issuer.
    const unlisted = await gateway.ask('/mcp/status', { as: gateway.clients.issue() });
    assert.deepEqual([unlisted.status, unlisted.json['code'], unlisted.headers['retry-after']], [503, 'certificate.unchecked', '30']);
    const stream = await openStream(gateway, one);
    gateway.write('clients.crl', authority.list({ revoked: [{ serial: one.serial }], number: 2 }));
    await until('it is refused', async () => ((await ask(one)) === 401 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    await stream.ended;
    assert.equal(await ask(other), 200);
    gateway.write('clients.crl', authority.list({ revoked: [{ serial: one.serial }], fromMs: -7_200_000, untilMs: -3_600_000 }));
    await until('the ended list says nothing of others', async () => ((await ask(other)) === 503 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    assert.equal(await ask(one), 401);
    gateway.write('clients.crl', 'rubbish');
    await until('it is said', async () => (/is no list of revoked certificates/.test(gateway.process.stderr()) ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    assert.equal(await ask(one), 401);
  });

  test('that is not there for an issuer lets its certificates through where unknown is accept, and refuses those that any list names', async () => {
    const authority = TestAuthority.root('Listed Root');
    const revoked = authority.issue({ subject: [['CN', 'revoked']] });
    await using gateway = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: ['clients.crt', 'listed.crt'], rejectUnauthorized: false },
      more: { ...roles, certificates: { everyone: ['all'], revocation: { lists: ['clients.crl'], unknown: 'accept' } } },
      prepare: async (_folder, write) => {
        write('listed.crt', authority.cert);
        write('clients.crl', authority.list({ revoked: [{ serial: revoked.serial }] }));
      },
    });
    const middle = authority.under('Middle');
    const below = middle.issue();
    const unnamed = await gateway.ask('/mcp/status', { as: { cert: below.cert + middle.cert, key: below.key } });
    assert.deepEqual([unnamed.status, unnamed.json['code']], [503, 'certificate.unchecked'], 'one whose issuer nobody named can be checked by nobody');
    assert.deepEqual([(await gateway.ask('/mcp/status', { as: gateway.clients.issue() })).status, (await gateway.ask('/mcp/status', { as: revoked })).status], [200, 401]);
  });
});
