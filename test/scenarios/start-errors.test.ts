import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** What a person reads when a start fails: what happened, where, and the next step; never a stack (clients.md §3b). */

const main = join(import.meta.dirname, '../../src/main.ts');
const CRM = [process.execPath, join(import.meta.dirname, '../../src/example/crm-server.ts')];

interface Failure {
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: RegExp;
}

const startFails = async (failure: Failure): Promise<void> => {
  await using folder = await temporaryFolder('start');
  const data = failure.words[0] === 'check' ? [] : ['--data', join(folder.path, 'data')];
  const at = failure.words.indexOf('--');
  const words = at < 0 ? [...failure.words, ...data] : [...failure.words.slice(0, at), ...data, ...failure.words.slice(at)];
  await using running = startProcess([process.execPath, main, ...words], { cwd: folder.path, ...(failure.env === undefined ? {} : { env: failure.env }) });
  const { code } = await running.exited;
  assert.equal(code, failure.code, running.stderr());
  assert.match(running.stderr(), failure.says);
  assert.match(running.stderr(), /^ {2}next: \S/m);
  assert.doesNotMatch(running.stderr(), /\n {4}at /);
};

suite('A start that fails says why and what to do', () => {
  const failures: Readonly<Record<string, Failure>> = {
    'a command that does not exist': { words: ['run', '--port', '0', '--', 'no-such-command-anywhere'], code: 4, says: /no-such-command-anywhere.*ENOENT.*install it/s },
    'a command that ends at once': { words: ['run', '--port', '0', '--', process.execPath, '-e', 'console.error("no licence"); process.exit(3)'], code: 4, says: /exited with code 3.*no licence/s },
    'a URL where nobody listens': { words: ['run', '--port', '0', 'http://127.0.0.1:1/mcp'], code: 4, says: /cannot be reached/ },
    'a missing configuration': { words: ['serve', '-c', 'nowhere.yaml'], code: 6, says: /nowhere\.yaml cannot be read \(ENOENT\)/ },
    'a public bind without a flag': { words: ['run', '--host', '0.0.0.0', '--', ...CRM], code: 6, says: /can be reached by other machines/ },
    'a public bind without a public URL': { words: ['run', '--host', '0.0.0.0', '--public', '--', ...CRM], code: 6, says: /--public-url/ },
    'a command without dashes': { words: ['run', 'node', 'server.js'], code: 2, says: /run -- node server\.js/ },
    'a port that is none': { words: ['run', '--port', '70000', '--', ...CRM], code: 2, says: /--port 70000 is not a port/ },
    'an unknown option': { words: ['run', '--prot', '1', '--', ...CRM], code: 2, says: /unknown option '--prot'/ },
    'keys that are no JSON': { words: ['demo', '--port', '0'], env: { MCP_API_KEYS: '{\n "a-secret-key": {"name": "x",}}' }, code: 6, says: /MCP_API_KEYS:2:31/ },
    'a secret that is not there': { words: ['check', 'with-secret.yaml'], code: 6, says: /cannot be read/ },
  };
  for (const [name, failure] of Object.entries(failures)) test(name, () => startFails(failure));

  test('a malformed MCP_API_KEYS is never quoted [R87]', async () => {
    await using folder = await temporaryFolder('start');
    await using running = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', folder.path], { env: { MCP_API_KEYS: '{"my-secret-key-1234567890": {"nam": "x", "userId": "u", "permissions": ["*"]}}' } });
    const { code } = await running.exited;
    assert.equal(code, 6);
    assert.match(running.stderr(), /nam is not a member of a key entry; did you mean name\?/);
    assert.doesNotMatch(running.stderr(), /my-secret-key/);
  });

  test('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await startFails({ words: ['run', '--port', String(port), '--', ...CRM], code: 1, says: new RegExp(`EADDRINUSE.*another program listens on port ${String(port)}: choose another with --port`, 's') });
    } finally {
      other.close();
    }
  });

  test('two gateways on one data directory [F03]', async () => {
    await using folder = await temporaryFolder('start');
    const port = await freePort();
    await using first = startProcess([process.execPath, main, 'demo', '--port', String(port), '--data', folder.path]);
    await first.says(/listening/);
    await using second = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', folder.path]);
    const { code } = await second.exited;
    assert.equal(code, 1);
    assert.match(second.stderr(), new RegExp(`another gateway \\(pid ${String(first.pid)}`));
  });
});

suite('check validates without starting', () => {
  test('a good file is good, and a wide key earns a warning [R25]', async () => {
    await using folder = await temporaryFolder('check');
    const file = join(folder.path, 'sallyport.yaml');
    await writeFile(file, 'servers:\n  crm: { url: "https://crm.example/mcp" }\n');
    await chmod(file, 0o600);
    await using running = startProcess([process.execPath, main, 'check', file], { env: { MCP_API_KEYS: '{"connector-key":{"name":"ChatGPT Connector","userId":"connector-user","role":"user","permissions":["*"]}}' } });
    assert.equal((await running.exited).code, 0);
    assert.match(running.stdout(), /is good: 1 server,/);
    assert.match(running.stderr(), /"ChatGPT Connector" may do everything/);
    assert.match(running.stderr(), /short enough to be guessed/);
  });

  test('a pinned key set without a key that may be used is refused, as a start refuses it', async () => {
    await using folder = await temporaryFolder('check');
    const file = join(folder.path, 'sallyport.yaml');
    const withKeys = (keys: string): Promise<void> => writeFile(file, `publicUrl: https://mcp.example\nservers:\n  crm: { url: "https://crm.example/mcp" }\nissuers:\n  corp: { issuer: "https://login.example", keys: { keys: [${keys}] } }\n`);
    await withKeys('{ kty: oct, k: AAAA }');
    await using refused = startProcess([process.execPath, main, 'check', file]);
    assert.equal((await refused.exited).code, 6);
    assert.match(refused.stderr(), /issuers\.corp\.keys: has no key that may be used/);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await withKeys(JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }));
    await using good = startProcess([process.execPath, main, 'check', file]);
    assert.equal((await good.exited).code, 0, good.stderr());
  });

  test('a file with faults names line, column and meaning of each', async () => {
    await using folder = await temporaryFolder('check');
    const file = join(folder.path, 'sallyport.yaml');
    await writeFile(file, 'servers:\n  crm: { comand: [node] }\nlisten:\n  prot: 1\n');
    await using running = startProcess([process.execPath, main, 'check', file]);
    assert.equal((await running.exited).code, 6);
    assert.match(running.stderr(), /sallyport\.yaml:2:10 {2}servers\.crm\.comand: is not a setting; did you mean command\?/);
    assert.match(running.stderr(), /sallyport\.yaml:4:3 {2}listen\.prot: is not a setting; did you mean port\?/);
  });
});
