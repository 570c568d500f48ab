import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { isJsonObject } from '../../src/model/json.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';
import { ask, readCurl, shellWords } from './command-line.ts';
import { fencedBlocks } from './markdown.ts';
import { root } from './sources.ts';

/** Every block of the README that somebody can type is labelled, and has a test of its label here. */
const COVERED = ['demo', 'call', 'own', 'file', 'serve', 'keys', 'tokens', 'rules', 'explain', 'audit'];

const SHELLS = new Set(['console', 'sh', 'bash', 'shell', '']);
const main = join(root, 'src/main.ts');
const filesystemServer = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
const blocks = fencedBlocks(readFileSync(join(root, 'README.md'), 'utf8'));

const block = (label: string): string => {
  const found = blocks.find((candidate) => candidate.label === label);
  assert.ok(found, `the README has no block "${label}"`);
  return found.text;
};

/** The words after `npx sallyport` of each command in a block. */
const commandsIn = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => /^(?:\$ )?npx sallyport /.test(line))
    .map((line) => shellWords(line.replace(/^(?:\$ )?npx sallyport /, ''), {}));

/** What differs from run to run, made the same: keys, ids, ports, times. */
const settled = (text: string): string =>
  text
    .replace(/sally_live_(?:[0-9A-Za-z]{49}|…)/g, 'sally_live_…')
    .replace(/\b(req|key)_[0-9a-z]+/g, '$1_…')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:…')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
    .replace(/^\d\d:\d\d:\d\d/gm, 'TIME')
    .replace(/\d+ ms/g, '… ms');

const folder = await temporaryFolder('readme');
const data = join(folder.path, 'data');
const demo = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', data]);
after(async () => {
  await demo[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The transcript after the lines of the start: nothing but what the gateway says. */
const transcript = block('demo').split('\n').filter((line) => line !== '' && !line.startsWith('$ '));

const start = async (): Promise<string> => {
  const [banner] = await demo.says(/^ {2}upstream[^]*?\n {2}connect .*\n/);
  return banner;
};

const facts = async (): Promise<{ readonly url: string; readonly key: string }> => {
  const banner = await start();
  return { url: /http:\S+/.exec(banner)?.[0] ?? '', key: /sally_live_\w{49}/.exec(banner)?.[0] ?? '' };
};

const run = async (words: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> => {
  await using running: RunningProcess = startProcess([process.execPath, main, ...words, '--data', data]);
  const { code } = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
};

/** The call of the README, to this gateway and with this key. */
const callOf = (url: string, key: string): Promise<{ readonly status: number; readonly text: string }> => {
  const asked = readCurl(shellWords(block('call'), { KEY: key }));
  return ask({ ...asked, url });
};

/** A running gateway hears of changes of another process a little later. */
const answers = (url: string, key: string, status: number): Promise<true> =>
  until(`the call is answered ${String(status)}`, async () => ((await callOf(url, key)).status === status ? true : undefined), { withinMs: 5_000 });

suite('The README', () => {
  test('has no command that is not run here, and nothing is run here that it has not', () => {
    const labels = blocks.map(({ label }) => label).filter((label) => label !== undefined);
    assert.deepEqual(labels.toSorted(), COVERED.toSorted());
    assert.deepEqual(blocks.filter(({ language, label }) => label === undefined && SHELLS.has(language)), []);
  });

  test('names the commands that npm knows', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.ok(isJsonObject(manifest) && isJsonObject(manifest['scripts']));
    assert.equal(manifest['scripts']['start'], 'node src/main.ts demo');
    assert.match(String(manifest['scripts']['test']), /--test\b/);
    const typed = block('demo').split('\n').filter((line) => line.startsWith('$ '));
    assert.deepEqual(typed, ['$ npm install && npm start', '$ npm install && npm test']);
  });
});

suite('The demo of the README', { timeout: 60_000 }, () => {
  test('prints what the README shows', async () => {
    assert.equal(settled(await start()).trimEnd(), settled(transcript.slice(0, -1).join('\n')));
  });

  test('is compared word by word: another number of tools would be seen', () => {
    const shown = transcript[0] ?? '';
    assert.notEqual(settled(shown.replace('6 tools', '7 tools')), settled(shown));
    assert.equal(settled(shown.replace('3210', '4321')), settled(shown));
  });

  test('prints a curl that answers with the caller', async () => {
    const banner = await start();
    const line = /^ {2}try +(curl .*)$/m.exec(banner)?.[1] ?? '';
    const { status, text } = await ask(readCurl(shellWords(line, {})));
    assert.equal(status, 200, text);
    assert.partialDeepStrictEqual(JSON.parse(text), { server: 'crm', userId: 'you', permissions: ['crm:*'] });
    const stranger = await ask({ ...readCurl(shellWords(line, {})), headers: {} });
    assert.equal(stranger.status, 401);
  });

  test('prints a curl that the real one understands', async (context) => {
    const execute = promisify(execFile);
    const line = /^ {2}try +(curl .*)$/m.exec(await start())?.[1] ?? '';
    const [program = '', ...words] = shellWords(line, {});
    if (!(await execute(program, ['--version']).then(() => true, () => false))) return context.skip('there is no curl on this machine');
    const { stdout } = await execute(program, words);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { server: 'crm', userId: 'you' });
  });

  test('shows the call of the README as the README shows it', async () => {
    const { url, key } = await facts();
    const { status, text } = await callOf(url, key);
    assert.equal(status, 200, text);
    assert.match(text, /Harbour Street Books/);
    const [line] = await demo.says(/^\d\d:\d\d:\d\d {2}you via curl {2}called delete_customer .*$/m);
    assert.equal(settled(line), settled(transcript.at(-1) ?? ''));
  });

  test('says the same as JSON to programs', async () => {
    await using own = await temporaryFolder('readme-json');
    await using running = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', own.path, '--json']);
    const [line] = await running.says(/^\{"event":"listening".*$/m);
    const started: unknown = JSON.parse(line);
    assert.partialDeepStrictEqual(started, { event: 'listening', key: { owner: 'you', permissions: ['crm:*'], days: 90 } });
    assert.match(line, /"secret":"sally_live_\w{49}"/);
  });
});

suite('The further commands of the README', { timeout: 60_000 }, () => {
  test('make, list and revoke a key', async () => {
    const { url } = await facts();
    const [create = [], list = [], revoke = []] = commandsIn(block('keys'));
    const made = await run(create);
    assert.match(made.stdout, /^sally_live_\w{49}\n$/, made.stderr);
    const key = made.stdout.trim();
    const listed = await run(list);
    assert.match(listed.stdout, new RegExp(`${key.slice(-4)} +active .*alice@company\\.com +Claude on the laptop +crm:get_\\* crm:list_\\*`));
    const id = /key_[0-9a-f]+/.exec(made.stderr)?.[0] ?? '';
    const revoked = await run(revoke.map((word) => (word.startsWith('key_') ? id : word)));
    assert.equal(revoked.code, 0, revoked.stderr);
    await answers(url, key, 401);
  });

  test('print the trail as the README shows it', async () => {
    const { url } = await facts();
    const [create = []] = commandsIn(block('keys'));
    const key = (await run(create)).stdout.trim();
    await answers(url, key, 403);
    const [audit = []] = commandsIn(block('audit'));
    const { stdout } = await run(audit);
    const shown = block('audit').split('\n').find((line) => /^\d/.test(line)) ?? '';
    assert.ok(settled(stdout).split('\n').includes(settled(shown)), stdout);
    const [explain = []] = commandsIn(block('explain'));
    const refused = /permission\.denied .*(req_[0-9a-z]+)$/m.exec(stdout)?.[1] ?? '';
    const explained = await run(explain.map((word) => (word.startsWith('req_') ? refused : word)));
    assert.match(explained.stdout, /missing +crm:delete_customer/, explained.stderr);
  });

  test('guard a server that is a command, and one that has a URL', async () => {
    await using own = await temporaryFolder('readme-own');
    await using upstream = startProcess([process.execPath, join(root, 'test/fixtures/everything/http.ts'), '--port', '0']);
    const [, url = ''] = await upstream.says(/\{"url":"([^"]+)"\}/);
    const [byCommand = [], byUrl = []] = commandsIn(block('own'));
    assert.deepEqual(byCommand.slice(0, 4), ['run', '--', 'npx', '-y']);
    const variants = [
      [...byCommand.slice(0, 2), process.execPath, filesystemServer, own.path],
      byUrl.map((word) => (word.startsWith('https://') ? url : word)),
    ];
    for (const [verb = '', ...words] of variants) {
      await using folderOfIts = await temporaryFolder('readme-run');
      await using running = startProcess([process.execPath, main, verb, '--port', '0', '--data', folderOfIts.path, ...words]);
      await running.says(/^ {2}listening {2}http:.*keys required · this machine only$/m);
    }
  });

  test('check the file and serve it', async () => {
    await using own = await temporaryFolder('readme-serve');
    await using upstream = startProcess([process.execPath, join(root, 'test/fixtures/everything/http.ts'), '--port', '0']);
    const [, url = ''] = await upstream.says(/\{"url":"([^"]+)"\}/);
    const [check = [], serve = []] = commandsIn(block('serve'));
    const file = join(own.path, 'sallyport.yaml');
    const options = { cwd: own.path, env: { CRM_AUTHORIZATION: 'Bearer upstream-secret' } };
    await writeFile(file, block('file'));
    await using checked = startProcess([process.execPath, main, ...check], options);
    assert.deepEqual(await checked.exited, { code: 0, signal: null }, checked.stderr());
    await writeFile(file, `${block('file')}  admin: []\n${block('rules')}`);
    await using withRules = startProcess([process.execPath, main, ...check], options);
    assert.deepEqual(await withRules.exited, { code: 0, signal: null }, withRules.stderr());
    await writeFile(file, `${block('file')}${block('tokens')}`);
    await using withTokens = startProcess([process.execPath, main, ...check], options);
    assert.deepEqual(await withTokens.exited, { code: 0, signal: null }, withTokens.stderr());
    await writeFile(file, `${block('file')}${block('tokens').replace('[reader]', '[nobody]')}`);
    await using withUnknownRole = startProcess([process.execPath, main, ...check], options);
    assert.notEqual((await withUnknownRole.exited).code, 0, 'a role that is not in the file');
    // The same file with servers that are here, and a port that is free.
    const here = block('file')
      .replace(/command: .*/, `command: ${JSON.stringify([process.execPath, filesystemServer, own.path])}`)
      .replace(/url: .*/, `url: ${url}`);
    await writeFile(file, `listen: { port: 0 }\n${here}`);
    await using running = startProcess([process.execPath, main, ...serve, '--data', join(own.path, 'data')], options);
    await running.says(/listening {2}\S+\/notes\/mcp [^]*listening {2}\S+\/crm\/mcp /);
  });
});

suite('The shell of these tests', () => {
  test('takes words apart as a shell does', () => {
    assert.deepEqual(shellWords(`curl -s "a $KEY" 'b $KEY' \\\n c\\ d 'e'"f"`, { KEY: 'k' }), ['curl', '-s', 'a k', 'b $KEY', 'c d', 'ef']);
  });

  test('refuses an option of curl that it would have to leave out', () => {
    assert.throws(() => readCurl(['curl', '-k', 'https://host']), /no -k/);
    assert.throws(() => readCurl(['wget', 'https://host']), /not curl/);
  });
});
