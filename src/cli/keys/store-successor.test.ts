import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { runCli } from '../cli.ts';
import { openHome } from '../home.ts';

/** The secret of a successor goes to a secret manager and nowhere else (D9, R37, R38). */

const stack = new AsyncDisposableStack();
let data = '';
let kept = '';
let program = '';

before(async () => {
  const { path } = stack.use(await temporaryFolder('store-successor'));
  [data, kept, program] = [join(path, 'data'), join(path, 'kept'), join(path, 'put-secret')];
  await Promise.all([mkdir(data), mkdir(kept)]);
  openHome(data).database.close();
  await writeFile(program, `#!/bin/sh\ntest "$1" != broken || { echo "permission denied" >&2; exit 3; }\ncat > "${kept}/$1"\necho done\n`);
  await chmod(program, 0o755);
});
after(() => stack.disposeAsync());

const sallyport = async (...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1', PATH: '/usr/bin:/bin' } };
  return { code: await runCli([...argv, '--data', data], terminal), ...said };
};

const make = async (name: string): Promise<string> => /key_[0-9a-f]+/.exec((await sallyport('keys', 'create', '--name', name, '--allow', 'crm:x')).err)?.[0] ?? '';
const stateOf = async (id: string): Promise<unknown> => JSON.parse((await sallyport('keys', 'show', id, '--json')).out).key.state;
const inPlace = (name: string): Promise<string> => readFile(join(kept, name), 'utf8');

suite('A key is rotated by a secret manager', () => {
  test('which gets the new secret, and nobody else does', async () => {
    const id = await make('crm');
    const { code, out, err } = await sallyport('keys', 'rotate', id, '--store', `exec:${program} {name}`);
    assert.deepEqual([code, out], [0, ''], err);
    assert.match(err, new RegExp(`takes over.* kept in exec:${program} crm\n`));
    assert.match(await inPlace('crm'), /^sally_live_\w{49}$/);
    assert.ok(!err.includes('sally_live'));
    const json = await sallyport('keys', 'rotate', await make('json'), '--store', `exec:${program} {name}`, '--json');
    assert.deepEqual([JSON.parse(json.out).stored, JSON.parse(json.out).secret], [`exec:${program} json`, undefined]);
    assert.ok(!json.out.includes(await inPlace('json')));
  });

  test('and when that does not keep it, the rotation is taken back', async () => {
    const id = await make('broken');
    const { code, out, err } = await sallyport('keys', 'rotate', id, '--store', `exec:${program} {name}`);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /could not be kept, and the rotation was taken back: .*permission denied.*\n {2}next: mend that/);
    assert.equal(await stateOf(id), 'active');
    assert.match((await sallyport('audit', '--limit', '2')).out, /keys rollback/);
  });

  test('several at once go each to its own place, and what is not kept is a refusal', async () => {
    for (const name of ['fleet-1', 'fleet-2']) await make(name);
    const { code, out, err } = await sallyport('keys', 'rotate-all', '--like', 'fleet-*', '--store', `exec:${program} {name}`, '--yes');
    assert.deepEqual([code, out], [0, ''], err);
    assert.match(err, /2 done, 0 refused/);
    assert.notEqual(await inPlace('fleet-1'), await inPlace('fleet-2'));
    const failed = await sallyport('keys', 'rotate-all', '--like', 'broken', '--store', `exec:${program} {name}`, '--yes');
    assert.equal(failed.code, 1);
    assert.match(failed.err, /refused: the new secret could not be kept.*\n0 done, 1 refused/);
  });

  test('but two never to one place, and none where its name would choose another', async () => {
    for (const name of ['twin', 'twin', '../../etc']) await make(name);
    const there = await readdir(kept);
    for (const [like, store, words] of [['twin', '{name}', /several keys would be kept in one place/], ['fleet-*', 'all', /several keys/], ['..*', '{name}', /other characters/]] as const) {
      const { code, err } = await sallyport('keys', 'rotate-all', '--like', like, '--store', `exec:${program} ${store}`, '--yes');
      assert.deepEqual([code, words.test(err)], [2, true], err);
    }
    assert.deepEqual(await readdir(kept), there);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['what is no reference', ['--store', 'kv/mcp'], /names no secret manager\n {2}next: write a reference/],
    ['a manager that takes a secret as an argument only', ['--store', 'op://Team/CRM/token'], /argument only/],
    ['a member of a JSON', ['--store', 'aws-sm:prod/crm#token'], /cannot be written alone/],
    ['a flag in place of a name', ['--store', 'pass:--help'], /write the name of the entry/],
    ['an overlap of nothing', ['--store', 'pass:mcp/crm', '--overlap', 'now'], /until the new one is kept\n {2}next: write --overlap 1h/],
  ];
  for (const [what, flags, words] of wrong) {
    test(`${what} is refused before anything is rotated`, async () => {
      const id = await make('wrong');
      const { code, err } = await sallyport('keys', 'rotate', id, ...flags);
      assert.deepEqual([code, words.test(err)], [2, true], err);
      assert.equal(await stateOf(id), 'active');
    });
  }
});
