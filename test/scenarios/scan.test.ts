import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { secretMaker } from '../world/made-secrets.ts';
import { seededRandom } from '../world/seeded-random.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { runCli } from '../../src/cli/cli.ts';
import { openHome } from '../../src/cli/home.ts';
import { formatApiKey } from '../../src/model/api-key.ts';
import { maskedSecret } from '../../src/scan/finding.ts';
import { isOrdinary, isPlaceholder } from '../../src/scan/placeholder.ts';

/** `sallyport scan` finds what leaks along the six paths, and nothing else (R77–R86). All secrets here are made as the test runs. */

const random = seededRandom('scan');
const ROOT = join(import.meta.dirname, '../..');

/** Characters as a provider makes them. */
const made = secretMaker('scan');

const ours = formatApiKey('live', random.bytes(32));

/** What is planted where: the path, the text around it, and the secret. */
const planted: Readonly<Record<string, { readonly path: string; readonly text: string; readonly secret: string }>> = Object.fromEntries(
  [
    ['our key in an error log', 'logs/error.log', ours, (secret: string) => `2026-11-21 ERROR request with ${secret} failed\n`],
    ['a key in the query of a logged URL', 'logs/access.log', made(32), (secret: string) => `GET /mcp?api_key=${secret} 200\n`],
    ['a bearer value in a log of CI', 'logs/ci.log', made(40), (secret: string) => `> curl -H "Authorization: Bearer ${secret}"\n`],
    ['a password in a header, which base64 does not hide', 'docs/basic.md', Buffer.from(`app:${made(16)}`).toString('base64'), (secret: string) => `curl -H 'Authorization: Basic ${secret}' https://example.com\n`],
    ['a key in shared docs', 'docs/setup.md', made(30), (secret: string) => `Replace with your key:\n\n    curl -H 'X-API-Key: ${secret}' https://mcp.example.com\n`],
    ['a password in .env', '.env', made(20), (secret: string) => `# local\nDB_PASSWORD=${secret}\nDEBUG=true\n`],
    ['a dump of the environment', 'environ.txt', made(24), (secret: string) => `HOME=/root\nSESSION_SECRET=${secret}\nPATH=/bin\n`],
    ['a backup of a configuration', 'config.yaml.bak', made(18), (secret: string) => `smtp:\n  password: ${secret}\n`],
    ['a cell of a notebook', 'analysis.ipynb', made(30), (secret: string) => JSON.stringify({ cells: [{ source: [`token = '${secret}'\n`] }] })],
    ['the output of a cell', 'output.ipynb', `ghp_${made(36)}`, (secret: string) => JSON.stringify({ cells: [{ outputs: [{ text: [`logged in with ${secret}`] }] }] })],
    ['a Kubernetes Secret', 'deploy/secret.yaml', Buffer.from(made(18)).toString('base64'), (secret: string) => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ${secret}\n`],
    ['a client configuration', 'claude_desktop_config.json', `github_pat_${made(22)}_${made(59)}`, (secret: string) => JSON.stringify({ mcpServers: { github: { command: 'x', env: { GITHUB_TOKEN: secret } } } }, null, 2)],
    ['the id of a key of AWS', 'src/upload.ts', `AKIA${made(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`, (secret: string) => `const id = '${secret}';\n`],
    ['a password in a URL', 'compose.yaml', made(12), (secret: string) => `services:\n  api:\n    environment:\n      - DATABASE=amqp://app:${secret}@db/app\n`],
    ['a private key', 'id_rsa', `-----BEGIN ${'RSA'} PRIVATE KEY-----\n${made(64)}\n${made(64)}\n-----END RSA PRIVATE KEY-----`, (secret: string) => `${secret}\n`],
    ['a private key in one line of a variable', 'deploy/key.env', `-----BEGIN ${'PRIVATE'} KEY-----\\n${made(64)}\\n-----END PRIVATE KEY-----`, (secret: string) => `SIGNING="${secret}"\n`],
    ['a file of PowerShell, which is UTF-16', 'login.ps1', `xoxb-${made(12, '0123456789')}-${made(12, '0123456789')}-${made(24)}`, (secret: string) => `$t = "${secret}"\r\n`],
  ].map(([name, path, secret, around]) => [name as string, { path: path as string, secret: secret as string, text: (around as (secret: string) => string)(secret as string) }]),
);

/** What has the look of a secret and is none. */
const HARMLESS: Readonly<Record<string, string>> = {
  'README.md': 'Set `API_KEY=your-api-key-here`, or `X-API-Key: <your key>`, `Authorization: Bearer ${TOKEN}`.\nThe sample AKIAIOSFODNN7EXAMPLE of the docs.\n',
  'src/code.ts': "const token = readToken(request);\nconst password = process.env.PASSWORD;\nconst apiKey = options['apiKey'] ?? '';\nconst secretName = 'projects/x/secrets/y';\nconst maxTokens = 128_000;\n",
  'docs/basic-example.md': `Authorization: Basic ${Buffer.from('user:pass').toString('base64')}\nAuthorization: Basic ${Buffer.from('Aladdin:open sesame').toString('base64')}\n`,
  'cut.d.ts': `/** For example, \`-----BEGIN ${'RSA'} PRIVATE KEY----- ${made(64)}\\n.\` */\n`,
  'code.js': `const SUBJECT_TOKEN = 'urn:example:params:oauth:token-type:x509';\nconst credential = '_callApiKey' in connection;\nconst token = ' https://www.example.com/api/v1/access_token';\nconst changeToken = '${made(8)}-46da-4fdb-b8d5-${made(12)}';\n`,
  'settings.yaml': 'password: ${DB_PASSWORD}\nclient_secret: env:CLIENT_SECRET\ntoken: changeme\napi_key: xxxxxxxxxxxxxxxxxxxx\nsecret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:x\n',
  'digest.txt': `sha256:${'ab12'.repeat(16)}\nintegrity sha512-${made(86)}==\ncommit 8c1f${made(36, '0123456789abcdef')}\n`,
  'cut.log': `${ours.slice(0, -1)}${ours.endsWith('0') ? '1' : '0'} is ours by its form and has another checksum\n`,
  'allowed.ts': `const example = '${`ghp_${made(36)}`}'; // sallyport-scan: allow\n`,
  'ignored/dump.env': `API_SECRET=${made(30)}\n`,
  '.sallyportignore': '# by design\nignored/**\n',
};

const stack = new AsyncDisposableStack();
let folder: string;
let committed: string;
let amended: string;

const put = (path: string, text: string | Buffer): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

const git = (...words: readonly string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { encoding: 'utf8', env: { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }, stdio: ['ignore', 'pipe', 'pipe'] });

before(async () => {
  // Room beside it, for what is not to be scanned.
  folder = join(stack.use(await temporaryFolder('scan')).path, 'planted');
  mkdirSync(folder);
  for (const { path, text } of Object.values(planted)) put(path, path.endsWith('.ps1') ? Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]) : text);
  for (const [path, text] of Object.entries(HARMLESS)) put(path, text);
  put('picture.png', Buffer.concat([Buffer.from([0]), Buffer.from(ours)]));
  symlinkSync('/etc', join(folder, 'outside'));
  [committed, amended] = [`glpat-${made(20)}`, `hf_${made(34, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')}`];
  git('init', '-q');
  const commit = (path: string, text: string, ...more: readonly string[]): void => {
    put(path, text);
    git('add', path);
    git('commit', '-qm', 'a change', ...more);
  };
  commit('config.py', `TOKEN = '${committed}'\n`);
  git('rm', '-q', 'config.py');
  git('commit', '-qm', 'remove the token');
  commit('later.py', `TOKEN = '${amended}'\n`);
  commit('later.py', 'TOKEN = None\n', '--amend');
});
after(() => stack.disposeAsync());

interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const sallyport = async (...words: readonly string[]): Promise<Said> => {
  const said = { out: '', err: '' };
  const code = await runCli(words, { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1', PATH: process.env['PATH'] } });
  return { ...said, code };
};

interface Told {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly commit?: string;
}

const toldBy = ({ out }: Said): readonly Told[] => out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Told); // what --json prints

suite('Everything that was planted is found, with its place (R77–R84)', () => {
  test('in files, and nothing that is harmless', async () => {
    const said = await sallyport('scan', folder, '--json');
    assert.equal(said.code, 7);
    const told = toldBy(said);
    for (const [name, { path, text, secret }] of Object.entries(planted)) {
      const line = text.slice(0, text.indexOf(secret)).split('\n').length;
      const found = told.filter((one) => one.path.endsWith(`/${path}`));
      assert.equal(found.length, 1, `${name}: ${JSON.stringify(found)}`);
      assert.equal(found[0]?.line, line, name);
    }
    assert.equal(told.length, Object.keys(planted).length, JSON.stringify(told.filter(({ path }) => Object.keys(HARMLESS).some((other) => path.endsWith(`/${other}`)))));
  });

  test('in the history: what was deleted, and what was amended away', async () => {
    const told = toldBy(await sallyport('scan', '--git', folder, '--json')).filter(({ commit }) => commit !== undefined);
    assert.deepEqual(told.map(({ path, rule }) => `${path} ${rule}`).toSorted(), ['config.py gitlab', 'later.py huggingface']);
    assert.match(git('show', `${told.find(({ path }) => path === 'config.py')?.commit ?? ''}:config.py`), /glpat-/);
  });

  test('in what is about to be committed, before it is', async () => {
    put('staged.py', `TOKEN = '${`glpat-${made(20)}`}'\n`);
    git('add', 'staged.py');
    assert.deepEqual(toldBy(await sallyport('scan', '--staged', folder, '--json')).map(({ path }) => path), ['staged.py']);
    git('rm', '-q', '-f', 'staged.py');
    const clean = await sallyport('scan', '--staged', folder);
    assert.deepEqual([clean.code, clean.out], [0, 'no secret found in 0 texts\n']);
  });

  test('in logs alone, when that is asked', async () => {
    const told = toldBy(await sallyport('scan', '--logs', folder, '--json'));
    assert.equal(told.length, 3);
    assert.ok(told.every(({ path }) => path.includes('/logs/')));
  });
});

suite('What is told', () => {
  test('names no secret: not in words, not as JSON, not as SARIF (R87)', async () => {
    const sarif = join(folder, '..', `${String(process.pid)}.sarif`);
    const [words, json] = [await sallyport('scan', folder, '--git', '--sarif', sarif), await sallyport('scan', folder, '--git', '--json')];
    const written = readFileSync(sarif, 'utf8');
    for (const { secret } of [...Object.values(planted), { secret: committed }, { secret: amended }]) {
      for (const text of [words.out, words.err, json.out, json.err, written]) assert.ok(!text.includes(secret) && !text.includes(secret.slice(4, -4)), secret);
    }
    const { version, runs } = JSON.parse(written) as { version: string; runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; locations: { physicalLocation: { region: { startLine: number } } }[] }[] }[] }; // SARIF 2.1.0 §3.13
    assert.equal(version, '2.1.0');
    assert.equal(runs[0]?.results.length, toldBy(json).length);
    const rules = new Set(runs[0]?.tool.driver.rules.map(({ id }) => id));
    for (const { ruleId, locations } of runs[0]?.results ?? []) assert.ok(rules.has(ruleId) && (locations[0]?.physicalLocation.region.startLine ?? 0) > 0);
  });

  test('ends in the next step, and says what was left out', async () => {
    const { out } = await sallyport('scan', join(folder, 'logs'));
    assert.match(out, /next: quarantine it at once/);
    assert.match(out, /3 findings of 3 secrets in 3 texts\n$/);
  });

  test('can be a key of ours that is quarantined at once', async () => {
    const data = join(folder, '..', 'scan-data');
    openHome(data).database.close();
    const [secret = ''] = /sally_live_\w+/.exec((await sallyport('keys', 'create', '--name', 'ci', '--owner', 'bob', '--allow', 'crm:*', '--data', data)).out) ?? [];
    const file = join(folder, '..', `${String(process.pid)}-leaked.txt`);
    writeFileSync(file, `${secret}\n`);
    const { out, code } = await sallyport('scan', file, '--quarantine', '--data', data);
    assert.equal(code, 7);
    assert.match(out, /1 key put in quarantine\n$/);
    assert.match((await sallyport('keys', 'list', '--data', data, '--json')).out, /"state":"quarantined"/);
  });
});

suite('What is shown of a secret', () => {
  test('is a third of it at most, whatever it begins with', () => {
    for (const text of [ours, `glpat-${made(20)}`, `ghp_${made(36)}`, 'correct-horse-battery-staple', 'a-b-c-d-e-f-g-h-i-j', `my-long-words-${made(4)}`]) {
      const shown = maskedSecret(text);
      assert.ok(shown.length - 1 <= text.length / 3, shown);
      assert.ok(text.startsWith(shown.split('…')[0] ?? '-') && text.endsWith(shown.split('…')[1] ?? '-'), shown);
    }
    assert.equal(maskedSecret(made(15)), '…');
    assert.match(maskedSecret(ours), /^sally_live_\w{4}…\w{4}$/);
  });
});

suite('What is made by chance', () => {
  test('is a secret in all but one of a hundred cases, also where it has few figures or none', () => {
    const missed = Array.from({ length: 5_000 }, () => made(20)).filter((text) => isOrdinary(text) || isPlaceholder(text));
    assert.ok(missed.length < 50, `${String(missed.length)} of 5000: ${missed.slice(0, 5).join(' ')}`);
  });

  test('is told from words that a person has put together', () => {
    for (const words of ['correct-horse-battery', 'userAccessTokenProvider', 'mySecretPassword1', 'getAPIKeyFromEnvironment']) assert.ok(isOrdinary(words), words);
  });
});

suite('Wrong forms', () => {
  test('each says what to do', async () => {
    const wrong = async (words: readonly string[], code: number, message: RegExp): Promise<void> => {
      const said = await sallyport('scan', ...words);
      assert.equal(said.code, code, said.err);
      assert.match(said.err, message);
    };
    mkdirSync(join(folder, '..', 'no-repository'), { recursive: true });
    await wrong([], 2, /needs something to look through/);
    await wrong([join(folder, 'none')], 2, /is not there/);
    await wrong(['--staged', '--git', folder], 2, /leave --git, --logs and --clients out/);
    await wrong(['--git', join(folder, '..', 'no-repository')], 1, /git cannot say/);
    await wrong([join(folder, 'logs'), '--sarif', join(folder, 'none', 'x.sarif')], 1, /cannot be written/);
  });

  test('git that is not installed is said', async () => {
    const said = { out: '', err: '' };
    const code = await runCli(['scan', '--git', folder], { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1', PATH: '/nowhere' } });
    assert.equal(code, 1);
    assert.match(said.err, /git is not installed/);
  });
});

suite('The project itself', () => {
  test('holds no secret, and no text leaves anything in the memory behind', async () => {
    performance.clearMarks();
    const { out, code } = await sallyport('scan', ROOT, '--json');
    assert.equal(out, '');
    assert.equal(code, 0);
    assert.equal(performance.getEntriesByType('mark').length, 0);
  });
});
