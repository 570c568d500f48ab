import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { startProcess } from '../../../../../test/world/running-process.ts';
import { until } from '../../../../../test/world/until.ts';
import { Secret } from '../../../../model/secret.ts';
import { stdioSettings, type StdioOptions } from '../stdio-options.ts';
import { childrenOf, commandLineOf, environmentOf, groupOf, livingIn } from '../testdata/processes.ts';
import { testOptions } from '../testdata/rig.ts';
import { testNeeds } from '../testdata/test-world.ts';
import { ChildProcess } from './child-process.ts';

const CANARY = 'canary-7f3a';
/** More with STARTS=10000: the count of starts after which nothing may be left. */
const STARTS = Number(process.env['STARTS'] ?? 100);
const AT_ONCE = 4;

interface Run {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly log: ReturnType<typeof testNeeds>['log'];
  /** Resolves with the first line. */
  readonly first: Promise<string>;
  /** Resolves with how it ended, in words. */
  readonly ended: Promise<string>;
}

const run = (more: Partial<StdioOptions>): Run => {
  const lines: string[] = [];
  const first = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<string>();
  const needs = testNeeds();
  const child = new ChildProcess(stdioSettings(testOptions(more)), needs, {
    line: (line) => {
      lines.push(line.toString());
      first.resolve(line.toString());
    },
    overlong: () => first.resolve('overlong'),
    ended: (_end, words) => ended.resolve(words),
  });
  return { child, lines, log: needs.log, first: first.promise, ended: ended.promise };
};

const shell = (script: string, ...args: readonly string[]): Pick<StdioOptions, 'command' | 'args'> => ({ command: '/bin/sh', args: ['-c', script, 'sh', ...args] });

const isGone = (group: number): Promise<true> => until(`group ${group} is empty`, async () => (livingIn(group).length === 0 ? true : undefined), { withinMs: 8_000 });

const scratch = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-child-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
};

suite('A child process', { concurrency: false }, () => {
  test('I01: arguments reach the command as they are, whatever a shell would make of them', async (t) => {
    const folder = scratch(t);
    const hostile = ['$(touch owned)', '`touch owned`', '; touch owned', '&& touch owned', '| touch owned', '> owned', '*', '"', "'", '\\', '\n', '%PATH%', ''];
    const { child, lines, first, ended } = run({ command: process.execPath, args: ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', ...hostile], cwd: folder });
    await first;
    await ended;
    await child.stop();
    assert.deepEqual(JSON.parse(lines[0] ?? ''), hostile);
    assert.equal((await import('node:fs')).existsSync(join(folder, 'owned')), false);
  });

  test('I01, I05: the child has the allow-listed environment and its own, and its guardian has neither', async () => {
    const { child, first } = run({
      ...shell('echo $$; cat'),
      env: { TOKEN: new Secret(CANARY) },
      inheritEnv: { PATH: process.env['PATH'], NODE_OPTIONS: '--require /tmp/evil.js', LD_PRELOAD: '/tmp/evil.so', MCP_API_KEYS: 'gateway-canary' },
    });
    const pid = Number(await first);
    const own = environmentOf(pid);
    const guardian = groupOf(pid);
    assert.notEqual(guardian, pid);
    const guarded = environmentOf(guardian) + commandLineOf(guardian);
    await child.stop();
    assert.deepEqual(own.split('\0').map((entry) => entry.split('=')[0]).filter((name) => name !== '' && name !== 'PWD' && name !== '_' && name !== 'OLDPWD' && name !== 'SHLVL').sort(), ['PATH', 'TOKEN']);
    assert(own.includes(`TOKEN=${CANARY}`));
    assert(!guarded.includes(CANARY) && !guarded.includes('NODE_OPTIONS') && !guarded.includes('/bin/sh'));
  });

  test('the working folder is the configured one', async (t) => {
    const folder = scratch(t);
    const { child, first } = run({ ...shell('pwd; cat'), cwd: folder });
    assert.equal(await first, folder);
    await child.stop();
  });

  test('a command that does not exist, is not executable, or has no folder to run in is told with its cure', async (t) => {
    const file = join(scratch(t), 'plain.txt');
    writeFileSync(file, 'no program');
    assert.match(await run({ command: 'no-such-command-4711', args: [] }).ended, /no-such-command-4711.*ENOENT.*full path/);
    assert.match(await run({ command: file, args: [] }).ended, /EACCES.*chmod/);
    assert.match(await run({ ...shell('true'), cwd: '/no/such/folder' }).ended, /\/no\/such\/folder.*ENOENT.*"cwd"/);
  });

  test('a command that exits at start is told with its code and its last words, secrets masked', async () => {
    const words = await run({ ...shell('echo "bad key $TOKEN" >&2; exit 3'), env: { TOKEN: new Secret(CANARY) } }).ended;
    assert.match(words, /exited with code 3.*bad key \[secret\]/);
    assert(!words.includes(CANARY));
  });

  test('a command ended by a signal is told as that', async () => {
    assert.match(await run(shell('kill -SEGV $$')).ended, /was ended by SIGSEGV/);
  });

  test('I02: stderr goes to the log with secrets masked', async () => {
    const { log, ended } = run({ ...shell('echo "token=$TOKEN" >&2; echo plain >&2'), env: { TOKEN: new Secret(CANARY) } });
    await ended;
    assert.deepEqual(log.entries.map(({ message }) => message), ['token=[secret]', 'plain']);
  });

  test('I02: a line beyond the cap ends the child, a line within it does not', async () => {
    const long = run({ command: process.execPath, args: ['-e', "process.stdout.write('x'.repeat(2_000_000)); setInterval(() => 0, 1e3)"], maxLineBytes: 1_000_000 });
    assert.equal(await long.first, 'overlong');
    await long.ended;
    const short = run({ command: process.execPath, args: ['-e', "process.stdout.write('x'.repeat(900_000) + '\\n'); process.stdin.resume()"], maxLineBytes: 1_000_000 });
    assert.equal((await short.first).length, 900_000);
    await short.child.stop();
  });

  test('what the child wrote before it exited is still read', async () => {
    const { lines, ended } = run({ command: process.execPath, args: ['-e', "for (let n = 0; n < 5000; n += 1) console.log(n)"] });
    await ended;
    assert.equal(lines.length, 5_000);
  });

  test('stop: a child that leaves when its stdin ends is not signalled', async () => {
    const { child, first, ended } = run(shell('trap "echo signalled" TERM; echo up; cat; echo bye; exit 0'));
    await first;
    await child.stop();
    assert.match(await ended, /exited with code 0/);
  });

  test('stop: a group that ignores the end of stdin and SIGTERM is killed, helpers and all', async () => {
    const { child, first } = run(shell('trap "" TERM HUP; (trap "" TERM; while :; do sleep 1; done) & echo $$; while :; do sleep 1; done'));
    const group = groupOf(Number(await first));
    assert(livingIn(group).length >= 2);
    await child.stop();
    await isGone(group);
  });

  test('what a child leaves behind in its group ends with it', async () => {
    const { child, first, ended } = run(shell('(while :; do sleep 1; done) >/dev/null 2>&1 & echo $$; read -r go; exit 0'));
    const group = groupOf(Number(await first));
    assert(livingIn(group).length >= 3, 'guardian, command and helper');
    child.writeLine('go');
    await ended;
    await isGone(group);
  });

  test('when the guardian is killed the group is killed with it', async () => {
    const { first, ended } = run(shell('trap "" TERM HUP; echo $$; while :; do sleep 1; done'));
    const group = groupOf(Number(await first));
    process.kill(group, 'SIGKILL');
    await ended;
    await isGone(group);
  });

  test('no orphan is left when the gateway is killed, not even a child that ignores stdin and SIGTERM', async () => {
    const host = startProcess([process.execPath, join(import.meta.dirname, '../testdata/host.ts'), 'ignore-end', 'grandchild']);
    const [, text = ''] = await host.says(/group (\d+)/);
    const group = Number(text);
    const [hostPid] = childrenOf(process.pid).flatMap(({ pid }) => (commandLineOf(pid).includes('host.ts') ? [pid] : []));
    assert(hostPid !== undefined && livingIn(group).length >= 2);
    process.kill(hostPid, 'SIGKILL');
    await host.exited;
    await isGone(group);
  });

  test(`no zombie and no child is left after ${STARTS} starts`, { timeout: 60_000 + STARTS * 1_000 }, async () => {
    const before = childrenOf(process.pid).length;
    const once = async (n: number): Promise<void> => {
      const { child, ended } = run(n % 2 === 0 ? shell('exit 0') : shell('cat'));
      if (n % 2 === 1) await child.kill();
      await ended;
    };
    for (let n = 0; n < STARTS; n += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => once(n + at)));
    assert.deepEqual(childrenOf(process.pid).length, before);
  });
});
