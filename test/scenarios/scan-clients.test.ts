import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { parse } from 'smol-toml';
import { secretMaker } from '../world/made-secrets.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { runCli } from '../../src/cli/cli.ts';
import { foldersOf } from '../../src/cli/scan/clients.ts';
import { readCommentedJson, valueOf } from '../../src/scan/clients/commented-json.ts';
import { CLIENTS } from '../../src/scan/clients/list.ts';

/** `sallyport scan --clients` finds what stands in the configurations of MCP clients, and `--fix` takes it out (R77–R87, issue 7). */

const made = secretMaker('scan-clients');
const stack = new AsyncDisposableStack();
let base: string;
let homes = 0;
before(async () => {
  base = stack.use(await temporaryFolder('scan-clients')).path;
});
after(() => stack.disposeAsync());

/** The files of one person, on Linux. */
const homeWith = (files: Readonly<Record<string, string>>): string => {
  const home = join(base, `home-${String((homes += 1))}`);
  mkdirSync(join(home, 'project'), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text, { mode: 0o600 });
  }
  return home;
};

interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const scanned = async (home: string, words: readonly string[], typed?: string): Promise<Said> => {
  const said = { out: '', err: '' };
  const stdin = typed === undefined ? undefined : Object.assign(Readable.from([...typed].join('').split(/(?<=\n)/)), { isTTY: true as const });
  const code = await runCli(['scan', '--clients', join(home, 'project'), ...words], { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1', PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: join(home, '.config'), APPDATA: join(home, 'AppData', 'Roaming') }, ...(stdin === undefined ? {} : { stdin }) });
  return { ...said, code };
};

interface Told {
  readonly path: string;
  readonly place: string;
  readonly line: number;
  readonly rule: string;
}

const toldBy = ({ out }: Said): readonly Told[] => out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Told); // what --json prints

/** Where it is on the machine that runs the tests. */
const placeOf = (home: string, client: string): string => {
  const file = CLIENTS.find((one) => one.client === client);
  const [place = []] = file?.ofPerson(foldersOf({ HOME: home, XDG_CONFIG_HOME: join(home, '.config'), APPDATA: join(home, 'AppData', 'Roaming') })) ?? [];
  return join(...place).slice(home.length + 1);
};

const servers = (member: string, value: object): string => `{\n  // mine\n  "${member}": ${JSON.stringify(value, null, 2)},\n}\n`;

suite('Every client is looked at where it keeps its servers', () => {
  const person = { HOME: '/h', APPDATA: '/h/AppData/Roaming' };
  for (const [platform, expected] of Object.entries({
    darwin: ['/h/Library/Application Support/Claude/claude_desktop_config.json', '/h/Library/Application Support/Code/User/mcp.json', '/h/.config/zed/settings.json'],
    linux: ['/h/.config/Claude/claude_desktop_config.json', '/h/.config/Code/User/mcp.json', '/h/.config/zed/settings.json'],
    win32: ['/h/AppData/Roaming/Claude/claude_desktop_config.json', '/h/AppData/Roaming/Code/User/mcp.json', '/h/AppData/Roaming/Zed/settings.json'],
  })) {
    test(`on ${platform}`, () => {
      const places = CLIENTS.flatMap(({ ofPerson }) => ofPerson(foldersOf(person, platform)).map((parts) => join(...parts)));
      for (const place of [...expected, '/h/.claude.json', '/h/.cursor/mcp.json', '/h/.codex/config.toml', '/h/.codeium/windsurf/mcp_config.json']) assert.ok(places.includes(place), place);
    });
  }

  for (const [client, member] of [['Claude Desktop', 'mcpServers'], ['Claude Code', 'mcpServers'], ['Cursor', 'mcpServers'], ['VS Code', 'servers'], ['Gemini CLI', 'mcpServers'], ['Windsurf', 'mcpServers'], ['Zed', 'context_servers'], ['Cline', 'mcpServers']] as const) {
    test(`of ${client}, in variables, headers, arguments and URLs`, async () => {
      const [token, key, flag, query, spoken] = [`ghp_${made(36)}`, made(32), made(24), made(30), 'correct-horse'];
      const home = homeWith({});
      const path = placeOf(home, client);
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), servers(member, {
        github: { command: 'npx', args: ['-y', 'server', '--api-key', flag], env: { GITHUB_TOKEN: token, DB_PASSWORD: spoken, LOG_LEVEL: 'debug', API_TOKEN: '${env:API_TOKEN}', KEY_FILE: '/etc/key' } },
        remote: { url: `https://mcp.example.com/mcp?api_key=${query}`, headers: { 'X-API-Key': key, Authorization: 'Bearer ${input:token}', Accept: 'text/plain' } },
      }));
      const said = await scanned(home, ['--json']);
      assert.equal(said.code, 7);
      const top = (path_: string): string => `${member}.${path_}`;
      assert.deepEqual(toldBy(said).map(({ place }) => place).toSorted(), [top('github.args.3'), top('github.env.DB_PASSWORD'), top('github.env.GITHUB_TOKEN'), top('remote.headers.X-API-Key'), top('remote.url')].toSorted());
      for (const one of [token, key, flag, query, spoken]) assert.ok(!said.out.includes(one) && !said.err.includes(one));
      const text = readFileSync(join(home, path), 'utf8');
      assert.equal(toldBy(said).find(({ place }) => place.endsWith('GITHUB_TOKEN'))?.line, text.slice(0, text.indexOf(token)).split('\n').length);
    });
  }

  test('in a project, of servers of one project in ~/.claude.json, and once where the path is looked through anyway', async () => {
    const home = homeWith({
      'project/.mcp.json': JSON.stringify({ mcpServers: { a: { command: 'x', env: { A_TOKEN: `ghp_${made(36)}` } } } }),
      '.claude.json': JSON.stringify({ projects: { '/work': { mcpServers: { b: { command: 'x', env: { B_TOKEN: made(30) } } } } } }),
    });
    assert.deepEqual(toldBy(await scanned(home, ['--json'])).map(({ place }) => place), ['projects./work.mcpServers.b.env.B_TOKEN', 'mcpServers.a.env.A_TOKEN']);
  });

  test('nothing is found where there is nothing, or where it is allowed', async () => {
    const home = homeWith({ '.cursor/mcp.json': `{ "mcpServers": { "a": { "env": { "TOKEN": "${made(30)}" } } } } // sallyport-scan: allow` });
    const said = await scanned(home, []);
    assert.deepEqual([said.code, said.out], [0, 'no secret found in 1 text\n']);
  });

  test('a file that cannot be read is said, without what stands in it', async () => {
    const secret = made(30);
    const { err, code } = await scanned(homeWith({ '.cursor/mcp.json': `{ "token": "${secret}`, '.codex/config.toml': `x = ${secret}` }), []);
    assert.equal(code, 0);
    assert.match(err, /left out: .*mcp\.json is no JSON that can be read/);
    assert.match(err, /left out: .*config\.toml is no TOML that can be read/);
    assert.ok(!err.includes(secret));
  });
});

suite('--fix puts in the place of a secret what the client understands', () => {
  test('`${env:NAME}` and `${NAME}`, and touches nothing else', async () => {
    const [token, other] = [`ghp_${made(36)}`, made(32)];
    const text = `{\n  // of mine\n  "mcpServers": {\n    "git hub": { "command": "npx",   "env": {"GITHUB_TOKEN": "${token}"}, "headers": { "Authorization": "Bearer ${other}" }, },\n  },\n}\n`;
    const home = homeWith({ '.cursor/mcp.json': text, '.claude.json': text });
    chmodSync(join(home, '.cursor/mcp.json'), 0o640);
    const said = await scanned(home, ['--fix', '--yes']);
    assert.equal(said.code, 0, said.err);
    assert.equal(readFileSync(join(home, '.cursor/mcp.json'), 'utf8'), text.replace(token, '${env:GITHUB_TOKEN}').replace(other, '${env:GIT_HUB_TOKEN}'));
    assert.equal(readFileSync(join(home, '.claude.json'), 'utf8'), text.replace(token, '${GITHUB_TOKEN}').replace(other, '${GIT_HUB_TOKEN}'));
    assert.equal(statSync(join(home, '.cursor/mcp.json')).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(join(home, '.cursor')), ['mcp.json']);
    assert.match(said.out, /next: set GITHUB_TOKEN in the environment that Cursor is started from/);
    assert.equal((await scanned(home, [])).code, 0);
  });

  test('`${input:ID}` in VS Code, with what it asks', async () => {
    const [token, key] = [made(30), made(30)];
    const text = `{\n  "servers": {\n    "crm": { "url": "https://x/mcp", "headers": { "X-API-Key": "${key}" }, "env": { "T_TOKEN": "${token}" } } // c\n  }\n}\n`;
    const home = homeWith({ 'project/.vscode/mcp.json': text });
    assert.equal((await scanned(home, ['--fix', '--yes'])).code, 0);
    const written = readFileSync(join(home, 'project/.vscode/mcp.json'), 'utf8');
    const value = valueOf(readCommentedJson(written)) as { inputs: { id: string; password: boolean; type: string }[]; servers: { crm: { headers: unknown; env: unknown } } }; // as it was written above
    assert.deepEqual(value.servers.crm, { url: 'https://x/mcp', headers: { 'X-API-Key': '${input:crm-x-api-key}' }, env: { T_TOKEN: '${input:t-token}' } });
    assert.deepEqual(value.inputs.map(({ id, password, type }) => [id, password, type]).toSorted(), [['crm-x-api-key', true, 'promptString'], ['t-token', true, 'promptString']]);
    assert.match(written, /\/\/ c/);
  });

  test('env_vars, bearer_token_env_var and env_http_headers in Codex', async () => {
    const [first, second, third, fourth] = [made(30), made(30), made(30), made(30)];
    const home = homeWith({ '.codex/config.toml': `# mine\nmodel = "o" # the best\n\n[mcp_servers.one]\ncommand = "npx"\nenv = { A_TOKEN = "${first}", LOG = "debug" }\n\n[mcp_servers.two]\nurl = "https://x/mcp"\n[mcp_servers.two.http_headers]\nAuthorization = "Bearer ${second}" # asked for in May\nX-API-Key = '${third}'\n\n[mcp_servers."three"]\ncommand = "x"\nenv_vars = ["HOME"]\n[mcp_servers."three".env]\nB_TOKEN = "${fourth}"\n` });
    const said = await scanned(home, ['--fix', '--yes']);
    assert.equal(said.code, 0, said.out);
    const written = readFileSync(join(home, '.codex/config.toml'), 'utf8');
    assert.deepEqual(JSON.parse(JSON.stringify(parse(written))), {
      model: 'o',
      mcp_servers: {
        one: { command: 'npx', env_vars: ['A_TOKEN'], env: { LOG: 'debug' } },
        two: { url: 'https://x/mcp', bearer_token_env_var: 'TWO_TOKEN', env_http_headers: { 'X-API-Key': 'TWO_X_API_KEY' }, http_headers: {} },
        three: { command: 'x', env_vars: ['B_TOKEN', 'HOME'], env: {} },
      },
    });
    for (const kept of ['# mine', '# the best', '# asked for in May']) assert.ok(written.includes(kept), kept);
  });

  test('the bridge in Claude Desktop, which replaces no variables, where the bridge shows the key as the server wants it', async () => {
    const [key, token] = [made(40), made(40)];
    const home = homeWith({});
    const path = join(home, placeOf(home, 'Claude Desktop'));
    mkdirSync(dirname(path), { recursive: true });
    const remote = (header: string) => ({ command: 'npx', args: ['-y', 'mcp-remote@latest', 'https://mcp.example.com/mcp', '--header', header] });
    writeFileSync(path, JSON.stringify({ mcpServers: { crm: remote(`X-API-Key: ${key}`), other: remote(`Authorization: Bearer ${token}`), local: { command: 'x', env: { C_TOKEN: token } } } }, null, 2));
    const said = await scanned(home, ['--fix', '--yes']);
    assert.equal(said.code, 7);
    const value = JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: { crm: unknown; other: { args: string[] } } }; // as it was written above
    const file = join(home, '.config/sallyport/crm.key');
    assert.deepEqual(value.mcpServers.crm, { command: 'npx', args: ['-y', 'sallyport', 'bridge', 'https://mcp.example.com/mcp', '--key-from', `file:${file}`] });
    assert.equal(value.mcpServers.other.args.at(-1), `Authorization: Bearer ${token}`);
    assert.equal((said.out.match(/Claude Desktop replaces no variables/g) ?? []).length, 2);
    assert.ok(said.out.includes(`put the key alone into ${file}`) && !existsSync(file));
  });

  test('two secrets of one name get two names, and one secret gets one', async () => {
    const [one, two] = [made(30), made(30)];
    const server = (token: string) => ({ env: { TOKEN: token } });
    const home = homeWith({ '.cursor/mcp.json': JSON.stringify({ mcpServers: { a: server(one), b: server(two), c: server(one) } }) });
    await scanned(home, ['--fix', '--yes']);
    assert.deepEqual(JSON.parse(readFileSync(join(home, '.cursor/mcp.json'), 'utf8')), { mcpServers: { a: server('${env:TOKEN}'), b: server('${env:B_TOKEN}'), c: server('${env:TOKEN}') } });
  });

  test('what is not understood is left as it is, and said', async () => {
    const secret = made(30);
    const text = `[mcp_servers.one]\ncommand = "x"\nargs = ["--api-key", "${secret}"]\n`;
    const home = homeWith({ '.codex/config.toml': text });
    const said = await scanned(home, ['--fix', '--yes']);
    assert.equal(said.code, 7);
    assert.match(said.out, /by hand/);
    assert.equal(readFileSync(join(home, '.codex/config.toml'), 'utf8'), text);
  });
});

suite('--fix changes nothing that nobody has agreed to', () => {
  const files = (): { readonly home: string; readonly path: string; readonly text: string } => {
    const text = JSON.stringify({ mcpServers: { a: { env: { TOKEN: made(30) } } } });
    const home = homeWith({ '.cursor/mcp.json': text });
    return { home, path: join(home, '.cursor/mcp.json'), text };
  };

  test('a person is asked, and yes is yes', async () => {
    const { home, path } = files();
    const said = await scanned(home, ['--fix'], 'y\n');
    assert.equal(said.code, 0);
    assert.match(said.err, /take the secret out of .*mcp\.json\? .*\[y\/N\]: $/);
    assert.match(readFileSync(path, 'utf8'), /\$\{env:TOKEN\}/);
  });

  test('a file that its client has written meanwhile is left alone', async () => {
    const { home, path } = files();
    const typed = (function* (): Generator<string> {
      writeFileSync(path, '{"mcpServers":{}}');
      yield 'y\n';
    })();
    const said = { err: '' };
    const stdin = Object.assign(Readable.from(typed), { isTTY: true as const });
    const code = await runCli(['scan', '--clients', join(home, 'project'), '--fix'], { stdin, stdout: { write: () => undefined }, stderr: { write: (text: string) => void (said.err += text) }, env: { HOME: home } });
    assert.equal(code, 1);
    assert.match(said.err, /has changed since it was read/);
    assert.equal(readFileSync(path, 'utf8'), '{"mcpServers":{}}');
  });

  test('a file that cannot be written is as it was, named with what to do; the others are gone on with, and nothing of a draft stays', async () => {
    const text = JSON.stringify({ mcpServers: { a: { env: { TOKEN: made(30) } } } });
    const home = homeWith({ '.cursor/mcp.json': text, '.gemini/settings.json': text });
    // Where the draft would be somebody else's folder is: no one may write there, an administrator either.
    const draft = join(home, `.cursor/mcp.json.${String(process.pid)}.new`);
    mkdirSync(draft);
    const said = await scanned(home, ['--fix', '--yes']);
    assert.equal(said.code, 1);
    assert.match(said.err, /\.cursor\/mcp\.json cannot be written \(\w+\)\n.*next: check the permissions of the file and its folder/);
    assert.equal(readFileSync(join(home, '.cursor/mcp.json'), 'utf8'), text);
    assert.match(readFileSync(join(home, '.gemini/settings.json'), 'utf8'), /"TOKEN":"\$\{TOKEN\}"/); // sallyport-scan: allow, it opens nothing
    assert.match(said.out, /settings\.json \(mcpServers\.a\.env\.TOKEN\)\n +next: set TOKEN/);
    assert.deepEqual(readdirSync(join(home, '.gemini')), ['settings.json']);
  });

  test('in a folder that may not be written a file is as it was', { skip: process.getuid?.() === 0 ? 'an administrator may write everywhere' : false }, async () => {
    const { home, path, text } = files();
    chmodSync(dirname(path), 0o555);
    const said = await scanned(home, ['--fix', '--yes']);
    chmodSync(dirname(path), 0o755);
    assert.deepEqual([said.code, readFileSync(path, 'utf8')], [1, text]);
    assert.match(said.err, /cannot be written \(EACCES\)/);
  });

  for (const [name, typed] of [['no', 'n\n'], ['an empty line', '\n'], ['the end of what is typed', '']] as const) {
    test(`${name} is no`, async () => {
      const { home, path, text } = files();
      const said = await scanned(home, ['--fix'], typed);
      assert.equal(said.code, 7);
      assert.equal(readFileSync(path, 'utf8'), text);
    });
  }

  test('--dry-run says what would be, and does not', async () => {
    const { home, path, text } = files();
    const said = await scanned(home, ['--fix', '--dry-run']);
    assert.equal(said.code, 7);
    assert.match(said.out, /can be .*mcp\.json \(mcpServers\.a\.env\.TOKEN\)\n +next: set TOKEN/);
    assert.equal(readFileSync(path, 'utf8'), text);
  });

  test('where nobody can be asked, that is said', async () => {
    const { home, path, text } = files();
    const said = await scanned(home, ['--fix']);
    assert.equal(said.code, 2);
    assert.match(said.err, /nobody can be asked .*\n.*--dry-run, then add --yes/);
    assert.equal(readFileSync(path, 'utf8'), text);
  });

  for (const [words, message] of [[['.', '--fix'], /add --clients/], [['.', '--yes'], /belong to --fix/], [['.', '--dry-run'], /belong to --fix/], [['--clients', '--fix', '--yes', '--dry-run'], /leave one of them out/], [['--clients', '--staged', '.'], /leave --git, --logs and --clients out/], [['--clients', '--git'], /name files or folders/]] as const) {
    test(`${words.join(' ')} is a wrong form`, async () => {
      const said = { err: '' };
      const code = await runCli(['scan', ...words], { stdout: { write: () => undefined }, stderr: { write: (text: string) => void (said.err += text) }, env: { HOME: join(base, 'nobody') } });
      assert.equal(code, 2);
      assert.match(said.err, message);
    });
  }
});
