import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { findConfig } from '../../src/cli/find-config.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** Conventions of the command line (clients.md §3b) that need no gateway. */

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const cli = async (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> => {
  const said = { out: '', err: '' };
  const code = await runCli(words, { stdout: { write: (text) => void (said.out += text) }, stderr: { write: (text) => void (said.err += text) }, env });
  return { code, ...said };
};

const CONFIG = `servers:
  crm:
    url: "https://crm.example/mcp?token=sk-live-0123456789abcdef0123"
    headers: { Authorization: "Bearer hunter2-hunter2", X-Tenant: "env:TENANT" }
listen: { port: 4000 }
`;

suite('sallyport config show', () => {
  test('prints each setting with the line it stands in, or that it is the default', async () => {
    await using folder = await temporaryFolder('config');
    const path = join(folder.path, 'sallyport.yaml');
    writeFileSync(path, CONFIG);
    const { code, out } = await cli(['config', 'show', '--origin', '-c', path]);
    assert.equal(code, 0);
    assert.ok(out.includes(`listen.port: 4000   # ${path}:5\n`), out);
    assert.ok(out.includes('listen.host: "127.0.0.1"   # default\n'), out);
  });

  test('shows a reference to a secret, and never what may be one', async () => {
    await using folder = await temporaryFolder('config');
    const path = join(folder.path, 'sallyport.yaml');
    writeFileSync(path, CONFIG);
    for (const flags of [[], ['--json'], ['--json', '--origin']]) {
      const { out } = await cli(['config', 'show', '-c', path, ...flags]);
      assert.ok(out.includes('env:TENANT'));
      assert.doesNotMatch(out, /hunter2|0123456789abcdef/);
    }
  });

  test('refuses what a start would refuse', async () => {
    await using folder = await temporaryFolder('config');
    const path = join(folder.path, 'bad.yaml');
    writeFileSync(path, 'servrs: {}\n');
    const { code, out, err } = await cli(['config', 'show', '-c', path]);
    assert.deepEqual([code, out], [6, '']);
    assert.match(err, /servrs.*did you mean servers/);
  });
});

suite('The configuration that is meant', () => {
  test('is the named one, or else the user\'s when there is none here', async () => {
    await using folder = await temporaryFolder('config');
    mkdirSync(join(folder.path, 'sallyport'));
    const users = join(folder.path, 'sallyport', 'sallyport.yaml');
    writeFileSync(users, CONFIG);
    const env = { XDG_CONFIG_HOME: folder.path };
    assert.equal(findConfig('other.yaml', env), 'other.yaml');
    assert.equal(findConfig(undefined, env), users);
    assert.equal(findConfig(undefined, { XDG_CONFIG_HOME: join(folder.path, 'none') }), 'sallyport.yaml');
  });
});

suite('sallyport completion', () => {
  const complete = (script: string, words: readonly string[]): readonly string[] => {
    const ask = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}; _sallyport; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split('\n');
  };

  test('completes commands, sub-commands and options in bash', async () => {
    const { code, out } = await cli(['completion', 'bash']);
    assert.equal(code, 0);
    assert.ok(complete(out, ['sallyport', 'sta']).includes('status'));
    assert.ok(complete(out, ['sallyport', 'keys', '']).includes('create'));
    assert.deepEqual(complete(out, ['sallyport', 'keys', 'create', '--own']), ['--owner']);
    assert.deepEqual(complete(out, ['sallyport', 'nonsense', '']), ['']);
  });

  test('is there for every shell that is named, and refused for another', async () => {
    for (const shell of ['zsh', 'fish', 'pwsh']) assert.match((await cli(['completion', shell])).out, /keys create/);
    const { code, err } = await cli(['completion', 'tcsh']);
    assert.equal(code, 2);
    assert.match(err, /bash\|zsh\|fish\|pwsh/);
  });
});
