import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { extension, listsAt, responderAt, TestAuthority, type Issued } from '../world/test-pki.ts';
import { TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { JsonObject } from '../../src/model/json.ts';

/** What issuers say of revoked certificates, where the certificates say it is: lists (RFC 5280 §4.2.1.13) and the responder of OpenSSL (RFC 6960). */

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

const startGateway = (authority: TestAuthority, port: number, revocation: object): Promise<TlsGateway> =>
  TlsGateway.start({
    accept: ['mtls'], tls: { ca: 'issuer.crt', rejectUnauthorized: false },
    more: { fetch: { allow: [`127.0.0.1:${String(port)}`] }, roles: { all: ['crm:*'] }, certificates: { everyone: ['all'], revocation: { ...revocation } } },
    prepare: async (_folder, write) => write('issuer.crt', authority.cert),
  });

const askAs = (gateway: TlsGateway) => async (as: Issued) => {
  const { status, json } = await gateway.ask('/mcp/status', { as });
  return status === 200 ? 200 : `${String(status)} ${String(json['code'])}`;
};

/** Serves what `content` holds, and counts. */
class ListServer implements AsyncDisposable {
  content: Buffer = Buffer.alloc(0);
  status = 200;
  asked = 0;
  readonly #server: Server = createServer((_request, response) => {
    this.asked += 1;
    response.writeHead(this.status, { 'Content-Type': 'application/pkix-crl' }).end(this.content);
  });

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return (this.#server.address() as AddressInfo).port; // listening on TCP
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }
}

suite('A list at its distribution point', () => {
  test('is fetched once for all who wait for it, and refuses those on it; without one nothing is let in', async () => {
    const [authority, lists] = [TestAuthority.root(), stack.use(new ListServer())];
    const port = await lists.listen();
    const url = `http://127.0.0.1:${String(port)}/root.crl`;
    const [good, revoked] = [authority.issue({ more: [listsAt(url)] }), authority.issue({ subject: [['CN', 'revoked']], more: [listsAt(url)] })];
    lists.content = authority.list({ revoked: [{ serial: revoked.serial }] });
    await using gateway = await startGateway(authority, port, { fetch: true });
    const ask = askAs(gateway);
    assert.deepEqual(await Promise.all([ask(good), ask(good), ask(revoked), ask(good)]), [200, 200, '401 certificate.invalid', 200]);
    assert.equal(lists.asked, 1);
    assert.equal(await ask(authority.issue()), '503 certificate.unchecked', 'one that names no place');
    assert.equal(await ask(authority.issue({ more: [listsAt(`http://127.0.0.1:${String(await freePort())}/x`)] })), '503 certificate.unchecked', 'a place that is not allowed');
    assert.match(gateway.process.stderr(), /fetch\.allow names the host and port.*cannot be fetched/);
  });

  test('that is of somebody else, is broken or does not come lets nothing in, or all that is not revoked, as is said', async () => {
    const [authority, lists] = [TestAuthority.root(), stack.use(new ListServer())];
    const port = await lists.listen();
    await using strict = await startGateway(authority, port, { fetch: true });
    await using lenient = await startGateway(authority, port, { fetch: true, unknown: 'accept' });
    const broken: readonly (readonly [string, () => void])[] = [
      ['other', () => (lists.content = TestAuthority.root().list())],
      ['rubbish', () => (lists.content = Buffer.from('rubbish'))],
      ['past', () => (lists.content = authority.list({ fromMs: -7_200_000, untilMs: -3_600_000 }))],
      ['gone', () => (lists.status = 404)],
    ];
    for (const [name, breaks] of broken) {
      breaks();
      const as = authority.issue({ more: [listsAt(`http://127.0.0.1:${String(port)}/${name}`)] });
      assert.deepEqual([await askAs(strict)(as), await askAs(lenient)(as)], ['503 certificate.unchecked', 200], name);
    }
  });
});

/** OpenSSL's responder on an index of its own. */
const startResponder = async (authority: TestAuthority, entries: readonly { readonly as: Issued; readonly state: 'V' | 'R' }[], port: number) => {
  const folder = stack.use(await temporaryFolder('responder')).path;
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('ca.crt'), authority.cert);
  writeFileSync(file('ca.key'), authority.key);
  const hexOf = ({ serial }: Issued): string => serial.toString('hex').toUpperCase();
  writeFileSync(file('index.txt'), entries.map(({ as, state }) => `${state}\t391231235959Z\t${state === 'R' ? '250101000000Z' : ''}\t${hexOf(as)}\tunknown\t/CN=x\n`).join(''));
  const running = startProcess(['openssl', 'ocsp', '-index', file('index.txt'), '-port', String(port), '-rsigner', file('ca.crt'), '-rkey', file('ca.key'), '-CA', file('ca.crt'), '-nmin', '5']);
  await running.says(/ACCEPT/);
  return running;
};

suite('A responder', () => {
  test('is asked about each certificate once, and what it says counts; without an answer nothing is let in', async () => {
    const [authority, port] = [TestAuthority.root(), await freePort()];
    const more = [responderAt(`http://127.0.0.1:${String(port)}`)];
    const [good, revoked, unknown] = [authority.issue({ more }), authority.issue({ subject: [['CN', 'revoked']], more }), authority.issue({ subject: [['CN', 'unknown']], more })];
    await using gateway = await startGateway(authority, port, { ocsp: true });
    const ask = askAs(gateway);
    {
      await using _responder = await startResponder(authority, [{ as: good, state: 'V' }, { as: revoked, state: 'R' }], port);
      assert.deepEqual([await ask(good), await ask(revoked), await ask(unknown), await ask(good)], [200, '401 certificate.invalid', '503 certificate.unchecked', 200]);
      const record = await gateway.record('the refusal', ({ code }) => code === 'certificate.invalid');
      assert.match(String(record.certificate?.flaw), /is revoked by http:\/\/127\.0\.0\.1/);
    }
    assert.deepEqual([await ask(good), await ask(revoked), await ask(authority.issue({ more }))], [200, '401 certificate.invalid', '503 certificate.unchecked']);
  });

  test('that is not of the issuer is not believed', async () => {
    const [authority, port] = [TestAuthority.root(), await freePort()];
    const good = authority.issue({ more: [responderAt(`http://127.0.0.1:${String(port)}`)] });
    await using gateway = await startGateway(authority, port, { ocsp: true });
    await using _responder = await startResponder(TestAuthority.root(), [{ as: good, state: 'V' }], port);
    assert.equal(await askAs(gateway)(good), '503 certificate.unchecked');
  });
});

/** What OpenSSL's client gets stapled. */
const stapled = async ({ port }: TlsGateway): Promise<string> => {
  const { stdout } = await run('bash', ['-c', `openssl s_client -connect 127.0.0.1:${String(port)} -status </dev/null 2>/dev/null`]);
  return /Cert Status: (\w+)/.exec(stdout)?.[1] ?? (/OCSP response: no response sent/.test(stdout) ? 'none' : stdout);
};

suite('A listener that staples (RFC 6066 §8)', () => {
  const startStapling = (authority: TestAuthority, port: number, own: Issued, tls: JsonObject = { staple: true }) =>
    TlsGateway.start({ tls, more: { fetch: { allow: [`127.0.0.1:${String(port)}`] } }, prepare: async (_folder, write) => {
      write('server.crt', own.cert + authority.cert);
      write('server.key', own.key);
    } });
  const made = async () => {
    const [authority, port] = [TestAuthority.root(), await freePort()];
    return { authority, port, own: authority.forServer({ more: [responderAt(`http://127.0.0.1:${String(port)}`)] }) };
  };

  test('sends the verified answer of its responder along', async () => {
    const { authority, port, own } = await made();
    await using _responder = await startResponder(authority, [{ as: own, state: 'V' }], port);
    await using gateway = await startStapling(authority, port, own);
    await until('it has its answer', async () => ((await stapled(gateway)) === 'good' ? true : undefined), { withinMs: 15_000, signal: gateway.process.gone });
  });

  test('sends nothing that is not good, not of its issuer or not there, and no handshake waits for it', async () => {
    const [revoked, foreign, silent] = [await made(), await made(), await made()];
    await using _first = await startResponder(revoked.authority, [{ as: revoked.own, state: 'R' }], revoked.port);
    await using _second = await startResponder(TestAuthority.root(), [{ as: foreign.own, state: 'V' }], foreign.port);
    for (const [{ authority, port, own }, said] of [[revoked, /is revoked by its issuer/], [foreign, /cannot be fetched/], [silent, /cannot be fetched/]] as const) {
      await using gateway = await startStapling(authority, port, own);
      await until('it has tried', async () => (said.test(gateway.process.stderr()) ? true : undefined), { withinMs: 15_000, signal: gateway.process.gone });
      assert.equal(await stapled(gateway), 'none');
    }
  });

  test('says at the start what cannot be stapled, and what must be and is not; without a word nothing is asked', async () => {
    const { authority, port, own } = await made();
    await using quiet = await startStapling(authority, port, own, {});
    assert.equal(await stapled(quiet), 'none');
    assert.doesNotMatch(quiet.process.stderr(), /cannot be fetched/);
    await using nameless = await startStapling(authority, port, authority.forServer());
    assert.match(nameless.process.stderr(), /nothing can be stapled to the certificate: it names no responder/);
    const must = authority.forServer({ more: [extension('1.3.6.1.5.5.7.1.24', Buffer.from('3003020105', 'hex'))] });
    const unanswered = authority.forServer({ more: [responderAt(`http://127.0.0.1:${String(port)}`), extension('1.3.6.1.5.5.7.1.24', Buffer.from('3003020105', 'hex'))] });
    await using refused = await startStapling(authority, port, unanswered);
    await until('it is said', async () => (/clients refuse it so long/.test(refused.process.stderr()) ? true : undefined), { withinMs: 15_000, signal: refused.process.gone });
    await using unstapled = await startStapling(authority, port, must, {});
    assert.match(unstapled.process.stderr(), /must have an answer of its responder stapled/);
  });
});
