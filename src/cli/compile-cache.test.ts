import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../test/world/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs a command that does little, with the given home. */
const runIn = (env: Record<string, string>): { readonly status: number | null; readonly stderr: string } => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, '--version'], { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' });
  return { status, stderr };
};
const quiet = { status: 0, stderr: '' };

suite('Compiled code is kept between starts', () => {
  test('in a folder below the user\'s own cache that nobody else may write to', async () => {
    await using temporary = await temporaryFolder('compile-cache');
    const home = temporary.path;
    assert.deepEqual(runIn({ HOME: home }), quiet);
    const folder = join(home, '.cache', 'sallyport');
    assert.ok(readdirSync(folder).length > 0);
    assert.equal(statSync(folder).mode & 0o077, 0);
  });

  test('below XDG_CACHE_HOME when it is set, and nowhere when Node is told so', async () => {
    await using temporary = await temporaryFolder('compile-cache');
    const home = temporary.path;
    runIn({ HOME: home, XDG_CACHE_HOME: join(home, 'kept') });
    assert.ok(readdirSync(join(home, 'kept', 'sallyport')).length > 0);
    assert.ok(!existsSync(join(home, '.cache')));
    runIn({ HOME: join(home, 'other'), NODE_DISABLE_COMPILE_CACHE: '1' });
    assert.ok(!existsSync(join(home, 'other')));
  });

  test('but not in a folder that others may write to: what is kept there is run', async () => {
    await using temporary = await temporaryFolder('compile-cache');
    const home = temporary.path;
    const folder = join(home, '.cache', 'sallyport');
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    assert.deepEqual(runIn({ HOME: home }), quiet);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('nor behind a link, which leads wherever its maker likes', async () => {
    await using temporary = await temporaryFolder('compile-cache');
    const home = temporary.path;
    mkdirSync(join(home, 'elsewhere'), { recursive: true });
    mkdirSync(join(home, '.cache'));
    symlinkSync(join(home, 'elsewhere'), join(home, '.cache', 'sallyport'));
    assert.deepEqual(runIn({ HOME: home }), quiet);
    assert.deepEqual(readdirSync(join(home, 'elsewhere')), []);
  });

  test('and a home that is none hinders no command', async () => {
    await using temporary = await temporaryFolder('compile-cache');
    const home = join(temporary.path, 'file');
    writeFileSync(home, '');
    assert.deepEqual(runIn({ HOME: home }), quiet);
  });
});
