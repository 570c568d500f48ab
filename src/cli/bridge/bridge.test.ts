import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { runCli } from '../cli.ts';
import { EXIT } from '../exit.ts';

const URL_OF_NOBODY = 'https://127.0.0.1:1/mcp';

const run = async (words: readonly string[], { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env, stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]) };
  return { code: await runCli(['bridge', ...words], terminal), ...said };
};

suite('sallyport bridge refuses, before anything is sent,', () => {
  const wrong: readonly (readonly [what: string, words: readonly string[], says: RegExp])[] = [
    ['no URL', [], /missing required argument/],
    ['what is no URL', ['crm'], /crm is not a URL/],
    ['another scheme', ['ws://127.0.0.1/mcp'], /ws: is not a scheme/],
    ['plain http to another machine', ['http://mcp.company.com/mcp'], /http:\/\/ to another machine/],
    ['a name that only begins like this machine', ['http://127.0.0.1.evil.example/mcp'], /http:\/\/ to another machine/],
    ['a password in the URL', ['https://me:secret-word@mcp.company.com/mcp'], /list of processes/], // sallyport-scan: allow, it opens nothing
    ['a key in the URL', ['https://mcp.company.com/mcp?api_key=sally_live_abc'], /list of processes/],
    ['a key in place of where it is', [URL_OF_NOBODY, '--key-from', 'sally_live_abcdefgh'], /is not the key itself/],
    ['a variable that is not set', [URL_OF_NOBODY, '--key-from', 'env:NOT_SET'], /leads to no key/],
    ['a file that is not there', [URL_OF_NOBODY, '--key-from', 'file:/no/such/file'], /cannot be read/],
    ['a certificate without its key', [URL_OF_NOBODY, '--cert', 'CERT'], /needs its private key/],
    ['a key without its certificate', [URL_OF_NOBODY, '--key', 'KEY'], /needs its private key/],
    ['a certificate that is none', [URL_OF_NOBODY, '--cert', 'KEY', '--key', 'KEY'], /the certificate is not PEM/],
    ['an authority that is not there', [URL_OF_NOBODY, '--ca', '/no/such/ca.pem'], /file of --ca cannot be read/],
  ];
  for (const [what, words, says] of wrong) {
    test(what, async () => {
      await using folder = await temporaryFolder('bridge');
      const paths: Readonly<Record<string, string>> = { CERT: join(folder.path, 'cert.pem'), KEY: join(folder.path, 'key.pem') };
      for (const path of Object.values(paths)) writeFileSync(path, 'not PEM\n', { mode: 0o600 });
      const { code, out, err } = await run(words.map((word) => paths[word] ?? word));
      assert.equal(code, EXIT.usage);
      assert.match(err, says);
      assert.match(err, /next: .+/);
      assert.equal(out, '');
      assert.doesNotMatch(err, /secret-word|sally_live_abc/);
    });
  }

  test('a key with a blank in it, and does not show it', async () => {
    const { code, err } = await run([URL_OF_NOBODY, '--key-from', 'env:KEY'], { env: { KEY: 'sally live' } });
    assert.equal(code, EXIT.usage);
    assert.doesNotMatch(err, /sally live/);
  });
});

suite('sallyport bridge', () => {
  test('ends with stdin, and has said where it goes on stderr alone', async () => {
    const { code, out, err } = await run([URL_OF_NOBODY]);
    assert.deepEqual([code, out], [EXIT.ok, '']);
    assert.equal(err, `sallyport bridge: to ${URL_OF_NOBODY}\n`);
    assert.equal((await run([URL_OF_NOBODY, '--quiet'])).err, '');
  });

  test('takes a key from a file, its line end aside', async () => {
    await using folder = await temporaryFolder('bridge');
    const path = join(folder.path, 'key');
    writeFileSync(path, 'sally_live_x\n');
    chmodSync(path, 0o600);
    assert.equal((await run([URL_OF_NOBODY, '--key-from', `file:${path}`])).code, EXIT.ok);
  });
});
