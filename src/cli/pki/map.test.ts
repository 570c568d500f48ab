import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { TestAuthority, type Contents } from '../../../test/world/test-pki.ts';
import { runCli } from '../cli.ts';

/** Who a certificate would be, before anybody shows it (R21, experience of persona (e)). */

const stack = new AsyncDisposableStack();
const [ours, theirs] = [TestAuthority.root('Ours'), TestAuthority.root('Theirs')];
let folder = '';
before(async () => {
  folder = stack.use(await temporaryFolder('pki-map')).path;
  const own = ours.forServer();
  for (const [name, content] of Object.entries({ 's.crt': own.cert, 'ours.crt': ours.cert, 'theirs.crt': theirs.cert })) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 's.key'), own.key, { mode: 0o600 });
  writeFileSync(join(folder, 'sallyport.yaml'), JSON.stringify({
    listen: { accept: ['mtls'], tls: { cert: 's.crt', key: 's.key', ca: 'ours.crt' } },
    certificates: { identities: [{ uri: 'spiffe://acme/ns/{ns}/sa/{sa}', as: 'service:{ns}/{sa}', roles: ['reader'] }, { cn: '{name}' }] },
    roles: { reader: ['crm:get_*'] },
    people: { gone: { disabled: true } },
    servers: { crm: { url: 'http://127.0.0.1:1/mcp' }, partner: { url: 'http://127.0.0.1:1/mcp', clientCa: 'theirs.crt' } },
  }));
});
after(() => stack.disposeAsync());

const map = async (pem: string, ...words: readonly string[]) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' }, stdin: Readable.from([Buffer.from(pem)]) };
  return { code: await runCli(['pki', 'map', '-', '-c', join(folder, 'sallyport.yaml'), ...words], terminal), ...said };
};
const issued = (contents: Contents): string => ours.issue(contents).cert;
const workload = { subject: [], names: [['uri', 'spiffe://acme/ns/trading/sa/bot']] } as const;

suite('sallyport pki map', () => {
  test('says by which entry it is whom, and what it may do', async () => {
    const { code, out } = await map(issued(workload));
    assert.equal(code, 0, out);
    for (const words of [/fits +certificates\.identities\.0 .*: service:trading\/bot/, /client +service:trading\/bot/, /roles +reader/, /may +crm:get_\* +\(role reader\)/, /servers +crm$/m, /not at +partner \(clientCa/]) assert.match(out, words);
  });

  test('says what is ambiguous, what fits nothing, who is disabled and whose issuer is not trusted, with code 7', async () => {
    const cases: readonly (readonly [pem: string, says: RegExp])[] = [
      [issued({ ...workload, subject: [['CN', 'bot']] }), /client +nobody: it names several: service:trading\/bot, bot/],
      [issued({ subject: [['O', 'Acme']] }), /client +nobody: it names nobody/],
      [issued({ subject: [['CN', 'gone']] }), /client +nobody: .*disabled/],
      [issued({ subject: [['CN', 'a']], untilMs: -1_000 }), /time +has expired/],
      [theirs.issue({ subject: [['CN', 'a']] }).cert, /issuer +.*not under tls\.ca/],
    ];
    for (const [pem, says] of cases) {
      const { code, out } = await map(pem);
      assert.equal(code, 7, out);
      assert.match(out, says);
    }
  });

  test('prints the entry that would name it, and none where one fits already or none could', async () => {
    const other = await map(issued({ subject: [], names: [['uri', 'spiffe://other/ns/a/sa/b']] }), '--add');
    assert.deepEqual([other.code, parse(other.out)], [0, { certificates: { identities: [{ uri: 'spiffe://other/ns/{ns}/sa/{sa}', as: 'service:{ns}/{sa}' }] } }]);
    assert.deepEqual(parse((await map(issued({ subject: [], names: [['dns', 'a.example']] }), '--add')).out), { certificates: { identities: [{ dns: 'a.example' }] } });
    for (const pem of [issued(workload), issued({ subject: [], names: [['dns', 'a.example'], ['dns', 'b.example']] })]) {
      const { code, out, err } = await map(pem, '--add');
      assert.deepEqual([code, out], [7, '']);
      assert.match(err, /next: /);
    }
  });

  test('says what is wrong with what it was given', async () => {
    for (const [text, says] of [['', /is empty/], ['nonsense', /no certificate in PEM/], [ours.cert, /that of an issuer/], [issued({ keys: 'rsa1024' }), /too weak/]] as const) {
      const { code, out, err } = await map(text);
      assert.notEqual(code, 0);
      assert.deepEqual([out, says.test(err), /next: /.test(err)], ['', true, true], err);
    }
  });
});
