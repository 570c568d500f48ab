import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../../../test/world/temporary-folder.ts';
import { runCli } from '../../cli.ts';

/** A small authority of one's own (R90), its files judged by OpenSSL. */

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let folder = '';
before(async () => {
  folder = stack.use(await temporaryFolder('authority')).path;
});
after(() => stack.disposeAsync());

const sallyport = async (...words: readonly string[]) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
  return { code: await runCli(['pki', ...words, '--dir', join(folder, 'ca')], terminal), ...said };
};
const good = async (...words: readonly string[]): Promise<string> => {
  const { code, out, err } = await sallyport(...words);
  assert.equal(code, 0, err);
  return out;
};
const at = (...names: readonly string[]): string => join(folder, ...names);
const verifies = (name: string): Promise<unknown> => run('openssl', ['verify', '-x509_strict', '-purpose', 'sslclient', '-crl_check', '-CAfile', at('ca', 'ca.crt'), '-CRLfile', at('ca', 'ca.crl'), at('certs', `${name}.crt`)]);

suite('sallyport pki', () => {
  test('makes an authority once, for its owner alone', async () => {
    assert.match(await good('init', 'My CA'), /next: tls\.ca/);
    for (const name of ['ca.key', 'ca.crt', 'ca.crl', 'index.json']) assert.equal(statSync(at('ca', name)).mode & 0o777, 0o600, name);
    const { code, err } = await sallyport('init', 'Other');
    assert.notEqual(code, 0);
    assert.match(err, /holds an authority already.*\n.*next: /);
  });

  test('issues certificates that OpenSSL finds good, for a day unless another time is said, with their keys', async () => {
    await good('issue', 'my-mcp-client', '--org', 'MyOrg', '--unit', 'Finance', '--uri', 'spiffe://acme/ns/a/sa/b', '--dns', 'a.example', 'b.example', '--out', at('certs'));
    await verifies('my-mcp-client');
    const certificate = new X509Certificate(readFileSync(at('certs', 'my-mcp-client.crt')));
    const hours = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 3_600_000;
    assert.deepEqual([certificate.subject, certificate.subjectAltName, Math.round(hours), statSync(at('certs', 'my-mcp-client.key')).mode & 0o777], ['CN=my-mcp-client\nO=MyOrg\nOU=Finance', 'DNS:a.example, DNS:b.example, URI:spiffe://acme/ns/a/sa/b', 24, 0o600]);
    const { stdout } = await run('openssl', ['pkey', '-in', at('certs', 'my-mcp-client.key'), '-pubout']);
    assert.equal(stdout, String(certificate.publicKey.export({ type: 'spki', format: 'pem' })));
  });

  test('renews one in its place with another key, and lists what is left of each', async () => {
    const former = readFileSync(at('certs', 'my-mcp-client.crt'), 'utf8');
    await good('renew', at('certs', 'my-mcp-client.crt'), '--for', '90d');
    const [old, renewed] = [new X509Certificate(former), new X509Certificate(readFileSync(at('certs', 'my-mcp-client.crt')))];
    assert.deepEqual([renewed.subject === old.subject, renewed.subjectAltName === old.subjectAltName, renewed.publicKey.equals(old.publicKey)], [true, true, false]);
    await verifies('my-mcp-client');
    assert.match(await good('list'), /0 days left.*\n.*89 days left.*client +my-mcp-client/);
  });

  test('revokes one, which OpenSSL then refuses, and no other', async () => {
    await good('issue', 'other', '--out', at('certs'));
    const renewed = new X509Certificate(readFileSync(at('certs', 'my-mcp-client.crt'))).fingerprint256.replaceAll(':', '').toLowerCase();
    const { err } = await sallyport('revoke', 'my-mcp-client');
    assert.match(err, /2 certificates are called so/);
    assert.match(await good('revoke', renewed.slice(0, 16)), /next: sallyport pki deny/);
    await assert.rejects(verifies('my-mcp-client'), /certificate revoked/);
    await verifies('other');
    assert.match(await good('list', '--json'), /"state":"revoked"/);
  });

  test('says what is wrong, with the next step', async () => {
    for (const words of [['issue', 'a/b'], ['issue', '../x'], ['issue', 'x', '--for', 'soon'], ['issue', 'x', '--for', '0h'], ['revoke', 'nobody'], ['renew', at('nowhere.crt')], ['renew', at('ca', 'ca.crt')], ['issue', 'x', '--org', 'a,b']]) {
      const { code, err } = await sallyport(...words, '--out', at('certs')).catch(() => ({ code: 1, err: '' }));
      assert.notEqual(code, 0, words.join(' '));
      if (!words.includes('revoke') && !words.includes('renew')) assert.match(err, /next: /);
    }
    const terminal = { stdout: { write: () => undefined }, stderr: { write: () => undefined }, env: {} };
    assert.notEqual(await runCli(['pki', 'list', '--dir', at('empty')], terminal), 0);
  });
});
