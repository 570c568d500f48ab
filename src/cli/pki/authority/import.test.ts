import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../../../test/world/temporary-folder.ts';
import { authority, keyUse, TestAuthority } from '../../../../test/world/test-pki.ts';
import { runCli } from '../../cli.ts';

/** The authority that a team has already, made by OpenSSL and taken up here (R90). */

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let folder = '';
before(async () => {
  folder = stack.use(await temporaryFolder('import')).path;
});
after(() => stack.disposeAsync());

const at = (...names: readonly string[]): string => join(folder, ...names);
const pki = async (...words: readonly string[]) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
  return { code: await runCli(['pki', ...words], terminal), ...said };
};
const openssl = (...words: readonly string[]): Promise<unknown> => run('openssl', [...words], { cwd: folder });

suite('sallyport pki import', () => {
  for (const [kind, key] of [['rsa', ['rsa:2048']], ['p384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']], ['ed25519', ['ed25519']]] as const) {
    test(`issues with an authority of OpenSSL with a key of ${kind}, and OpenSSL finds that good`, async () => {
      await openssl('req', '-x509', '-newkey', ...key, '-nodes', '-days', '30', '-subj', `/CN=Team ${kind}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', `${kind}.key`, '-out', `${kind}.crt`);
      const { code, err } = await pki('import', at(`${kind}.crt`), '--key', at(`${kind}.key`), '--dir', at(kind));
      assert.equal(code, 0, err);
      assert.equal(statSync(at(kind, 'ca.key')).mode & 0o777, 0o600);
      assert.equal((await pki('issue', 'client', '--dir', at(kind), '--out', at(`${kind}-out`))).code, 0);
      await openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-crl_check', '-CAfile', at(kind, 'ca.crt'), '-CRLfile', at(kind, 'ca.crl'), at(`${kind}-out`, 'client.crt'));
      assert.equal((await pki('revoke', 'client', '--dir', at(kind))).code, 0);
      await assert.rejects(openssl('verify', '-crl_check', '-CAfile', at(kind, 'ca.crt'), '-CRLfile', at(kind, 'ca.crl'), at(`${kind}-out`, 'client.crt')));
    });
  }

  test('keeps an authority without its key as one whose clients are taken, and lists it', async () => {
    const partner = TestAuthority.root('Partner');
    writeFileSync(at('partner.crt'), partner.cert);
    const { code, out } = await pki('import', at('partner.crt'), '--dir', at('kept'));
    assert.equal(code, 0);
    assert.match(out, /next: tls: \{ ca: .*anchors\/partner\.crt, observe: true \}/);
    assert.equal(readFileSync(at('kept', 'anchors', 'partner.crt'), 'utf8').replaceAll(/\s/g, ''), partner.cert.replaceAll(/\s/g, ''));
    assert.match((await pki('list', '--dir', at('kept'))).out, /days left +anchor +partner/);
    assert.equal((await pki('import', at('partner.crt'), '--dir', at('kept'))).code, 0, 'the same one again');
    writeFileSync(at('partner.crt'), TestAuthority.root('Another').cert);
    assert.match((await pki('import', at('partner.crt'), '--dir', at('kept'))).err, /is of another authority/);
  });

  test('refuses what could not issue, with the next step, and writes nothing', async () => {
    const [root, other] = [TestAuthority.root('Root'), TestAuthority.root('Other')];
    const middle = root.under('Middle');
    const files: Readonly<Record<string, string>> = {
      'leaf.crt': root.issue().cert,
      'late.crt': TestAuthority.root('Late', { untilMs: -1_000 }).cert,
      'mute.crt': TestAuthority.root('Mute', { extensions: [authority(true), keyUse(0x80)] }).cert,
      'weak.crt': TestAuthority.root('Weak', { keys: 'rsa1024' }).cert,
      'alone.crt': middle.cert, 'mixed.crt': middle.cert + other.cert, 'root.crt': root.cert, 'other.key': other.key, 'nothing.crt': '',
      'unlisted.crt': TestAuthority.root('Unlisted', { extensions: [authority(true), keyUse(0x04)], keys: other }).cert,
      'store.p12': '\u0030\u0082',
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content, 'latin1');
    const wrong: readonly (readonly [words: readonly string[], says: RegExp])[] = [
      [['leaf.crt'], /no certificate authority/], [['late.crt'], /has expired/], [['mute.crt'], /no certificate authority .*keyCertSign/], [['weak.crt'], /too weak/], [['alone.crt'], /own issuer is not there/],
      [['mixed.crt'], /wrong order/], [['nothing.crt'], /is empty/], [['nowhere.crt'], /cannot be read/], [['store.p12'], /PKCS#12[^]*openssl pkcs12/],
      [['root.crt', '--key', at('other.key')], /does not belong/], [['root.crt', '--key', at('root.crt')], /holds a certificate/], [['root.crt', '--key', at('nowhere.key')], /cannot be read/],
      [['unlisted.crt', '--key', at('other.key')], /no cRLSign/], [['root.crt', '--name', '../x'], /no name/],
    ];
    for (const [[file = '', ...words], says] of wrong) {
      const { code, out, err } = await pki('import', at(file), ...words, '--dir', at('refused'));
      assert.deepEqual([code === 0, out, existsSync(at('refused'))], [false, '', false], file);
      assert.match(err, says);
      assert.match(err, /next: /);
      assert.doesNotMatch(err, /BEGIN/);
    }
  });
});
