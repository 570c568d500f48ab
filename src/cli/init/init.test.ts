import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { readConfigFile } from '../read-config.ts';
import { runCli } from '../cli.ts';
import { EXIT } from '../exit.ts';

/** A first configuration from at most four answers (R128), and the steps to a gateway that works (R59, D1). */

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = async (words: readonly string[], { typed, env = {} }: { readonly typed?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Ran> => {
  const said = { out: '', err: '' };
  const stdin = typed === undefined ? {} : { stdin: Object.assign(Readable.from(typed.map((line) => Buffer.from(`${line}\n`))), { isTTY: true }) };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1', ...env }, ...stdin };
  return { code: await runCli(['init', ...words], terminal), ...said };
};

const inFolder = async (work: (file: string, folder: string) => Promise<void>): Promise<void> => {
  await using folder = await temporaryFolder('init');
  await work(join(folder.path, 'sallyport.yaml'), folder.path);
};

const questionsIn = (err: string): number => [...err.matchAll(/\?[^?]*?: /g)].length;

suite('sallyport init writes', () => {
  test('a file for one person from two answers, which is good as it stands', () =>
    inFolder(async (file) => {
      const { code, out, err } = await run(['-c', file], { typed: ['npx -y @modelcontextprotocol/server-filesystem "/srv/my notes"', 'solo'] });
      assert.equal(code, EXIT.ok, err);
      assert.match(err, /^What is guarded\? .*: Who calls\? .*: $/);
      const config = readConfigFile(file, {});
      assert.equal(config.profile, 'solo');
      assert.deepEqual(config.servers['filesystem']?.command, ['npx', '-y', '@modelcontextprotocol/server-filesystem', '/srv/my notes']);
      assert.match(out, /1 ✓ the file is good\n {2}2 ✓ .*\n {2}3 → the gateway runs.*\n.*\n {6}sallyport serve -c /);
    }));

  test('a file for a team from four, with the callback to register and the variable to set', () =>
    inFolder(async (file) => {
      const { code, out, err } = await run(['-c', file], { typed: ['https://crm.internal/mcp', 'team', 'https://mcp.acme.com', 'github'] });
      assert.equal(code, EXIT.ok, err);
      assert.equal(questionsIn(err), 4);
      const { authority, publicUrl, signIn, listeners, servers } = readConfigFile(file, {});
      assert.deepEqual([authority.enabled, publicUrl, signIn['github']?.allow.emailDomains, signIn['github']?.clientSecret], [true, 'https://mcp.acme.com', ['acme.com'], 'env:MCP_OAUTH_GITHUB_CLIENT_SECRET']);
      assert.deepEqual([listeners[0]?.accept, servers['crm']?.url], [['api-key'], 'https://crm.internal/mcp']);
      assert.match(out, /2 → the provider knows the gateway\n.*https:\/\/mcp\.acme\.com\/auth\/oauth\/callback\n.*signIn\.github\.clientId/);
      assert.ok([...out.matchAll(/^ {2}\d /gm)].length <= 5);
    }));

  test('a file for automation from four, which takes certificates and nothing else', () =>
    inFolder(async (file) => {
      const { code, out, err } = await run(['-c', file], { typed: ['node server.js', 'regulated', 'https://mcp.acme.com', 'certs/clients.crt'] });
      assert.equal(code, EXIT.ok, err);
      assert.equal(questionsIn(err), 4);
      assert.deepEqual(readConfigFile(file, {}).listen.accept, ['mtls']);
      // The certificates are not there, and that is said before anything else is looked at.
      assert.match(out, /1 ✓ .*\n {2}2 → certificates and keys are there and fit\n.*server\.crt/);
    }));

  test('what flags say, and asks for nothing then', () =>
    inFolder(async (file) => {
      const env = { MCP_OAUTH_COMPANY_CLIENT_ID: 'gateway-at-acme' };
      const { code, err } = await run(['-c', file, '--profile', 'team', '--server', 'https://crm.internal/mcp', '--name', 'crm', '--public-url', 'https://mcp.acme.com/', '--sign-in', 'https://id.acme.com/realms/acme'], { env });
      assert.deepEqual([code, err], [EXIT.ok, '']);
      const { signIn, publicUrl } = readConfigFile(file, {});
      assert.deepEqual([signIn['company']?.kind, signIn['company']?.issuer, signIn['company']?.clientId, publicUrl], ['oidc', 'https://id.acme.com/realms/acme', 'gateway-at-acme', 'https://mcp.acme.com']);
    }));

  test('names, words and paths as they are, whatever YAML makes of them', () =>
    inFolder(async (file) => {
      const words = ['node', '-e', 'console.log({a: [1, "#x"]}) # y', '!tag', '*', 'yes', "it's"];
      const { code, err } = await run(['-c', file, '--profile', 'solo', '--name', 'crm', '--', ...words]);
      assert.equal(code, EXIT.ok, err);
      assert.deepEqual(readConfigFile(file, {}).servers['crm']?.command, words);
    }));
});

suite('sallyport init refuses, and writes nothing:', () => {
  const wrong: readonly (readonly [what: string, words: readonly string[], says: RegExp])[] = [
    ['nothing that was answered, where nobody can be asked', [], /not answered: What is guarded\?/],
    ['a profile that is none', ['--profile', 'enterprise', '--', 'node', 'x.js'], /none of solo, team and regulated/],
    ['two servers', ['--profile', 'solo', '--server', 'https://x.example/mcp', '--', 'node', 'x.js'], /two servers/],
    ['a server of another scheme', ['--profile', 'solo', '--server', 'ftp://x.example'], /neither an http URL nor a command/],
    ['a public URL by plain http', ['--profile', 'team', '--public-url', 'http://mcp.acme.com', '--sign-in', 'github', '--', 'node', 'x.js'], /no https URL/],
    ['a public URL with a path', ['--profile', 'team', '--public-url', 'https://acme.com/mcp', '--sign-in', 'github', '--', 'node', 'x.js'], /more than an origin/],
    ['a provider that is none', ['--profile', 'team', '--public-url', 'https://mcp.acme.com', '--sign-in', 'gitlab', '--', 'node', 'x.js'], /neither github, google nor/],
  ];
  for (const [what, words, says] of wrong) {
    test(what, () =>
      inFolder(async (file) => {
        const { code, out, err } = await run(['-c', file, ...words]);
        assert.deepEqual([code, out, existsSync(file)], [EXIT.usage, '', false]);
        assert.match(err, says);
        assert.match(err, /next: \S/);
      }));
  }

  test('over a file that is there, which stays as it is', () =>
    inFolder(async (file) => {
      writeFileSync(file, 'servers: { crm: { url: "https://x.example/mcp" } }\n');
      const { code, err } = await run(['-c', file, '--profile', 'solo', '--', 'node', 'x.js']);
      assert.equal(code, EXIT.usage);
      assert.match(err, /nothing is written over it/);
      assert.equal(readFileSync(file, 'utf8'), 'servers: { crm: { url: "https://x.example/mcp" } }\n');
    }));
});

suite('sallyport init, where there is a file,', () => {
  test('says the first step that is open, and exits with 7', () =>
    inFolder(async (file, folder) => {
      writeFileSync(file, 'servers: { crm: { url: "https://x.example/mcp", headers: { Authorization: "env:NOT_SET_HERE" } } }\n');
      const data = join(folder, 'data');
      const without = await run(['-c', file, '--data', data, '--json']);
      assert.equal(without.code, EXIT.findings);
      const { steps, written } = JSON.parse(without.out) as { written: boolean; steps: { title: string; state: string; todo: string[] }[] };
      assert.equal(written, false);
      assert.deepEqual(steps.map(({ state }) => state), ['done', 'next', 'later', 'later']);
      assert.match(steps[1]?.todo.join() ?? '', /NOT_SET_HERE/);
      const withIt = await run(['-c', file, '--data', data], { env: { NOT_SET_HERE: 'x' } });
      assert.match(withIt.out, /2 ✓ .*\n {2}3 → the gateway runs/);
    }));

  test('that is not good says where, as check does', () =>
    inFolder(async (file) => {
      writeFileSync(file, 'servers: { crm: { uri: "https://x.example/mcp" } }\n');
      const { code, err } = await run(['-c', file]);
      assert.equal(code, EXIT.config);
      assert.match(err, /sallyport\.yaml:1:\d+ .*uri/);
    }));
});
