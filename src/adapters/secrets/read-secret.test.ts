import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { Secret } from '../../model/secret.ts';
import type { SecretBackend } from '../../ports/secret-backend.ts';
import { secretBackends } from './list.ts';
import { readSecret, SecretUnread, storeSecret } from './read-secret.ts';

const backendOf = (scheme: string): SecretBackend => {
  const found = secretBackends.find((backend) => backend.scheme === scheme);
  assert.ok(found, scheme);
  return found;
};

/** A folder of programs for the PATH: real ones that are run, each in place of a manager's own that needs an account. */
class Programs {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
  }

  async add(name: string, script: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  env(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return { PATH: `${this.folder}:/usr/bin:/bin`, ...more };
  }
}

const withPrograms = (work: (programs: Programs) => Promise<void>) => async (): Promise<void> => {
  await using folder = await temporaryFolder('secrets');
  await work(new Programs(folder.path));
};

const whyNot = async (asked: Promise<Secret>): Promise<string> => {
  try {
    await asked;
  } catch (error) {
    assert.ok(error instanceof SecretUnread, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the secret was read' });
};

/** Prints its arguments, one to a line: what the program was asked. */
const ECHO = 'for word in "$@"; do echo "[$word]"; done';

suite('A secret manager is asked by its own program (D8, R38)', () => {
  const asked: readonly (readonly [scheme: string, program: string, reference: string, words: readonly string[]])[] = [
    ['vault', 'vault', 'kv/mcp/crm#token', ['kv', 'get', '-field=token', 'kv/mcp/crm']],
    ['op', 'op', '//Team/CRM/token', ['read', '--no-newline', 'op://Team/CRM/token']],
    ['aws-sm', 'aws', 'prod/crm', ['secretsmanager', 'get-secret-value', '--secret-id', 'prod/crm', '--query', 'SecretString', '--output', 'text']],
  ];
  for (const [scheme, program, reference, words] of asked) {
    test(`${scheme}: with each word by itself, and no shell in between`, withPrograms(async (programs) => {
      await programs.add(program, ECHO);
      const secret = await readSecret(backendOf(scheme), reference, programs.env());
      assert.deepEqual(secret.reveal().split('\n'), words.map((word) => `[${word}]`));
    }));
  }

  test('pass: of whose entry the first line counts', withPrograms(async (programs) => {
    await programs.add('pass', 'test "$*" = "show mcp/crm" && printf "hunter2\\nuser: crm\\n"');
    assert.equal((await readSecret(backendOf('pass'), 'mcp/crm', programs.env())).reveal(), 'hunter2');
  }));

  test('aws-sm: a member where the secret is JSON, and no other one', withPrograms(async (programs) => {
    await programs.add('aws', `echo '{"token":"t0p","nested":{"token":"x"},"number":1}'`);
    assert.equal((await readSecret(backendOf('aws-sm'), 'prod/crm#token', programs.env())).reveal(), 't0p');
    for (const member of ['none', 'nested', 'number', '__proto__', 'constructor']) assert.match(await whyNot(readSecret(backendOf('aws-sm'), `prod/crm#${member}`, programs.env())), /no such secret/, member);
  }));

  test('exec: any program by its whole path, with its words', withPrograms(async (programs) => {
    const path = await programs.add('get-secret', ECHO);
    assert.equal((await readSecret(backendOf('exec'), `${path} crm $(id) ;x`, programs.env())).reveal(), '[crm]\n[$(id)]\n[;x]');
  }));

  test('the line end that a program prints is none of the secret, other white space is', withPrograms(async (programs) => {
    const path = await programs.add('get-secret', 'printf " a b \\n\\n"');
    assert.equal((await readSecret(backendOf('exec'), path, programs.env())).reveal(), ' a b \n');
  }));
});

suite('A secret manager keeps what its own program is handed on stdin (D9)', () => {
  const asked: readonly (readonly [scheme: string, program: string, reference: string, words: readonly string[]])[] = [
    ['vault', 'vault', 'kv/mcp/crm#token', ['kv', 'patch', 'kv/mcp/crm', 'token=-']],
    ['aws-sm', 'aws', 'prod/crm', ['secretsmanager', 'put-secret-value', '--secret-id', 'prod/crm', '--secret-string', 'file:///dev/stdin']],
    ['pass', 'pass', 'mcp/crm', ['insert', '--multiline', '--force', 'mcp/crm']],
    ...(process.platform === 'darwin' ? [] : [['keychain', 'secret-tool', 'sallyport-crm', ['store', '--label=sallyport-crm', 'service', 'sallyport-crm']] as const]),
  ];
  for (const [scheme, program, reference, words] of asked) {
    test(`${scheme}: and no argument is the secret`, withPrograms(async (programs) => {
      await programs.add(program, `{ ${ECHO}; cat; } > "${programs.folder}/seen"`);
      await storeSecret(backendOf(scheme), reference, { secret: new Secret('t0p'), environment: programs.env() });
      assert.equal(await readFile(join(programs.folder, 'seen'), 'utf8'), `${words.map((word) => `[${word}]\n`).join('')}t0p`);
    }));
  }
});

suite('A program of a secret manager sees its own variables', () => {
  test('and none of the gateway\'s secrets, nor those of another manager', withPrograms(async (programs) => {
    await programs.add('vault', 'env');
    const env = programs.env({ HOME: '/nowhere', VAULT_TOKEN: 'v', VAULT_ADDR: 'https://vault.example', AWS_SECRET_ACCESS_KEY: 'a', OP_SERVICE_ACCOUNT_TOKEN: 'o', MCP_API_KEYS: '{}', CRM_TOKEN: 'c', NODE_OPTIONS: '--x', LD_PRELOAD: 'y' });
    const seen = (await readSecret(backendOf('vault'), 'a#b', env)).reveal().split('\n').map((line) => line.split('=')[0]);
    for (const name of ['PATH', 'HOME', 'VAULT_TOKEN', 'VAULT_ADDR']) assert.ok(seen.includes(name), name);
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'OP_SERVICE_ACCOUNT_TOKEN', 'MCP_API_KEYS', 'CRM_TOKEN', 'NODE_OPTIONS', 'LD_PRELOAD']) assert.ok(!seen.includes(name), name);
  }));
});

suite('A reference that cannot be read is told with its cure, and with nothing of a secret', () => {
  const wrong: readonly (readonly [scheme: string, references: readonly string[]])[] = [
    ['vault', ['', 'kv/mcp', '#token', 'kv/mcp#', '--help#x', 'kv/mcp#-x', 'a\nb#c', 'a;b#c', 'kv#a#b']],
    ['op', ['', 'Team/CRM', '-x', '//a\u0000b', '//a`b`']],
    ['aws-sm', ['', '--profile', '#x', 'a#', 'a$b']],
    ['pass', ['', '-c', 'a\tb']],
    ['keychain', ['', '-s', 'a\nb']],
    ['exec', ['', 'get-secret', './get-secret', '../x', '-x']],
  ];
  for (const [scheme, references] of wrong) {
    test(`${scheme}: of another form, and no program is run`, withPrograms(async (programs) => {
      const backend = backendOf(scheme);
      for (const program of ['vault', 'op', 'aws', 'pass', 'secret-tool', 'security', 'get-secret']) await programs.add(program, 'echo ran');
      for (const reference of references) assert.match(await whyNot(readSecret(backend, reference, programs.env())), /^write .*such as /, JSON.stringify(reference));
    }));
  }

  test('no such program', withPrograms(async (programs) => {
    assert.match(await whyNot(readSecret(backendOf('vault'), 'a#b', { PATH: programs.folder })), /^vault is not there: install it/);
    assert.match(await whyNot(readSecret(backendOf('exec'), join(programs.folder, 'none'), programs.env())), /none is not there/);
  }));

  test('a file that may not be run', withPrograms(async (programs) => {
    const path = await programs.add('get-secret', 'echo x');
    await chmod(path, 0o644);
    assert.match(await whyNot(readSecret(backendOf('exec'), path, programs.env())), /may not be run: check its permissions/);
  }));

  test('a program that fails: what it says on stderr, masked, and nothing of stdout', withPrograms(async (programs) => {
    await programs.add('vault', 'echo hidden-on-stdout; echo "permission denied for https://u:hunter2@vault.example" >&2; exit 2'); // sallyport-scan: allow, it opens nothing
    const message = await whyNot(readSecret(backendOf('vault'), 'a#b', programs.env()));
    assert.match(message, /vault ended with code 2 \(permission denied/);
    assert.doesNotMatch(message, /hidden-on-stdout|hunter2/);
  }));

  test('a program that finds nothing, or prints without end', withPrograms(async (programs) => {
    const empty = await programs.add('empty', 'echo');
    assert.match(await whyNot(readSecret(backendOf('exec'), empty, programs.env())), /no such secret/);
    const endless = await programs.add('endless', 'while :; do echo 0123456789012345678901234567890123456789; done');
    assert.match(await whyNot(readSecret(backendOf('exec'), endless, programs.env())), /printed more than 65536 bytes/);
  }));

  test('a program that asks gets no answer, and does not wait for one', withPrograms(async (programs) => {
    const asking = await programs.add('asking', 'printf "Password: " >&2; read -r line || exit 3; echo "$line"');
    assert.match(await whyNot(readSecret(backendOf('exec'), asking, programs.env())), /ended with code 3 \(Password:\)/);
  }));
});
