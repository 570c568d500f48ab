import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { expiringWords, isSoon } from '../../model/expiring.ts';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { newKeys, TestAuthority } from '../../../test/world/test-pki.ts';
import { ConfigError } from '../config-error.ts';
import { validateConfig } from '../parse-config.ts';
import { readTls, tlsPaths, withTlsPaths } from './read-tls.ts';

const DAY_MS = 86_400_000;
const stack = new AsyncDisposableStack();
let folder = '';
const root = TestAuthority.root();
const middle = root.under('Middle');
const own = middle.forServer();
const old = root.forServer({ fromMs: -2 * DAY_MS, untilMs: -DAY_MS });

const write = (name: string, content: string | Buffer, mode = 0o600): string => {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
  return name;
};

before(async () => {
  folder = stack.use(await temporaryFolder('read-tls')).path;
  write('own.crt', own.cert + middle.cert);
  write('own.key', own.key);
  write('root.crt', root.cert);
});
after(() => stack.disposeAsync());

const configOf = (tls: object) => withTlsPaths(validateConfig({ listen: { tls }, servers: { crm: { url: 'http://127.0.0.1:1/mcp' } } }, 'test'), folder);
const read = (tls: object, nowMs = Date.now()) => readTls(configOf({ cert: 'own.crt', key: 'own.key', ...tls }), nowMs)[0];
const refused = (tls: object, words: RegExp, nowMs?: number): void => assert.throws(() => read(tls, nowMs), (error) => error instanceof ConfigError && words.test(error.message) && error.message.includes('listen.tls: ') && !error.message.includes('PRIVATE'));

suite('Certificate and key of a listener (R20)', () => {
  test('are read with their issuers, and the mode follows from the settings of the founding document (R22)', () => {
    assert.deepEqual([read({})?.mode, read({})?.ca, read({})?.endings.map((one) => expiringWords(one, Date.now()))], ['none', [], ['the certificate of listen.tls expires in 29 days: renew it; the new file is taken up while the gateway runs']]);
    const modes = [{}, { rejectUnauthorized: true }, { rejectUnauthorized: false }, { observe: true }, { requestCert: false }, { requestCert: true }].map((more) => read({ ca: 'root.crt', ...more })?.mode);
    assert.deepEqual(modes, ['require', 'require', 'request', 'observe', 'none', 'require']);
    assert.deepEqual(tlsPaths(configOf({ cert: 'own.crt', key: 'file:own.key', ca: ['root.crt'] })), ['own.crt', 'own.key', 'root.crt'].map((name) => join(folder, name)));
  });

  test('that cannot be used are refused with the file, the reason and what to do', () => {
    const der = own.raw;
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ cert: 'none.crt' }, /cert: .*none\.crt cannot be read \(ENOENT\): check the path/],
      [{ key: 'none.key' }, /key: .*none\.key cannot be read \(ENOENT\)/],
      [{ cert: write('empty.crt', '') }, /empty\.crt is empty/],
      [{ cert: write('der.crt', der) }, /is DER and not PEM: convert it with "openssl x509/],
      [{ cert: 'own.key' }, /cert: .*holds a private key: name it under key/],
      [{ key: 'own.crt' }, /key: .*holds a certificate: name it under cert/],
      [{ cert: write('words.crt', 'hello') }, /holds no certificate in PEM/],
      [{ cert: write('cut.crt', own.cert.replace(/.{40}\n-----END/, '\n-----END')) }, /cannot be read, the 1\. in the file/],
      [{ key: write('cut.key', own.key.replace(/.{40}\n-----END/, '\n-----END')) }, /holds a private key that cannot be read/],
      [{ key: write('locked.key', String(own.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }))) }, /is encrypted.*openssl pkey/],
      [{ key: write('other.key', root.forServer().key) }, /cert: .*does not belong to the private key/],
      [{ cert: write('turned.crt', middle.cert + own.cert) }, /wrong order: write the one that the key belongs to first/],
      [{ cert: write('gap.crt', own.cert + root.cert) }, /wrong order: the 2\. has not issued the one before it/],
      [{ cert: write('old.crt', old.cert), key: write('old.key', old.key) }, /has expired at .*: renew it/],
      [{ ca: 'none.crt' }, /ca: .*cannot be read/],
      [{ ca: 'own.key' }, /ca: .*private key, which does not belong on this machine/],
      [{ ca: write('leaf.crt', own.cert) }, /ca: .*no certificate authority/],
      [{ ca: write('past.crt', TestAuthority.root('Past', { fromMs: -2 * DAY_MS, untilMs: -DAY_MS }).cert) }, /ca: .*has expired/],
    ];
    for (const [tls, words] of wrong) refused(tls, words);
    refused({}, /is not good before .*check the clock/, Date.now() - 40 * DAY_MS);
  });

  test('of a key with fewer than 2048 bits are refused', () => {
    const keys = newKeys('rsa1024');
    refused({ cert: write('weak.crt', root.forServer({ keys }).cert), key: write('weak.key', String(keys.privateKey.export({ type: 'pkcs8', format: 'pem' }))) }, /fewer than 2048 bits/);
  });

  test('that others can read, and what ends soon, is warned of', () => {
    write('open.key', own.key, 0o640);
    assert.match(read({ key: 'open.key' })?.warnings[0] ?? '', /chmod 600/);
    const mixed = write('mixed.crt', root.cert + TestAuthority.root('Past', { fromMs: -2 * DAY_MS, untilMs: -DAY_MS }).cert);
    assert.ok(read({ ca: mixed })?.warnings.some((warning) => /holds 1 expired of 2/.test(warning)));
    const long = root.forServer({ untilMs: 300 * DAY_MS });
    assert.deepEqual(read({ cert: write('long.crt', long.cert), key: write('long.key', long.key) })?.endings.map((one) => isSoon(one, Date.now())), [false]);
  });

  test('are named without contradiction, or refused', () => {
    for (const tls of [{ requestCert: true }, { observe: true }, { rejectUnauthorized: true }, { ca: 'root.crt', observe: true, rejectUnauthorized: true }, { ca: 'root.crt', requestCert: false, observe: true }, { caa: 'root.crt' }, { cert: '' }]) {
      assert.throws(() => configOf({ cert: 'own.crt', key: 'own.key', ...tls }), ConfigError, JSON.stringify(tls));
    }
    assert.throws(() => validateConfig({ publicUrl: 'http://mcp.example.com', listen: { tls: { cert: 'a', key: 'b' } }, servers: { crm: { url: 'http://127.0.0.1:1/mcp' } } }, 'test'), /publicUrl: is http, and the listener speaks TLS/);
  });
});
