import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { runCli } from './cli.ts';

/** Which way in fits is said by the threat, with the reason (D1, R128). */

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const sallyport = async (words: string, typed?: readonly string[]): Promise<Ran> => {
  const said = { out: '', err: '' };
  const stdin = typed === undefined ? {} : { stdin: Object.assign(Readable.from(typed.map((line) => Buffer.from(`${line}\n`))), { isTTY: true }) };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' }, ...stdin };
  return { code: await runCli(words.split(' '), terminal), ...said };
};

suite('sallyport advise recommends', () => {
  const rows: readonly (readonly [string, string, string, string, string, RegExp])[] = [
    ['a key for server to server (R35, R36)', 'service', 'shared', 'no', 'bearable', /^an API key\n.*never leaves your machines/],
    ['a key for one person without a directory (R23)', 'person', 'shared', 'no', 'bearable', /^an API key\n.*without redirects/],
    ['tokens where a directory knows the people', 'person', 'shared', 'yes', 'bearable', /^access tokens.*\n.*comes and goes/],
    ['tokens where each user has data of his own', 'service', 'per-user', 'yes', 'bearable', /^access tokens.*\n.*tell the users behind it apart/],
    ['tokens for an app in the hands of others (D5)', 'app', 'shared', 'yes', 'bearable', /^access tokens.*\n.*read a key in it/],
    ['tokens where a lost key would cost too much', 'person', 'shared', 'yes', 'catastrophic', /^access tokens.*\n.*until somebody notices/],
    ['certificates where losses cannot be borne (R88)', 'service', 'per-user', 'yes', 'catastrophic', /^client certificates.*\n.*nobody without a certificate may even connect\n +next +sallyport init --profile regulated/],
  ];
  for (const [name, caller, data, directory, loss, expected] of rows) {
    test(name, async () => {
      const { code, out } = await sallyport(`advise --caller ${caller} --data ${data} --directory ${directory} --loss ${loss}`);
      assert.equal(code, 0);
      assert.match(out, expected);
      assert.match(out, /\n {2}next +\S/);
    });
  }

  test('no tokens to who has no provider without saying so, and says nothing of it to who has one', async () => {
    const words = 'advise --caller app --data shared --loss bearable --directory';
    assert.match((await sallyport(`${words} no`)).out, /but +people need an account somewhere: .*sallyport init --profile team/);
    assert.doesNotMatch((await sallyport(`${words} yes`)).out, /but /);
  });

  test('as JSON, too', async () => {
    const { out } = await sallyport('advise --caller service --data shared --directory no --loss bearable --json');
    assert.equal(JSON.parse(out).wayIn, 'key');
  });
});

suite('What was not answered', () => {
  test('is asked at a terminal, and only that', async () => {
    const { code, out, err } = await sallyport('advise --caller service --loss bearable', ['shared', 'no']);
    assert.equal(code, 0);
    assert.match(out, /^an API key/);
    assert.deepEqual([/Whose data/.test(err), /identity provider/.test(err), /Who calls/.test(err)], [true, true, false]);
  });

  test('is a usage error where nobody can be asked, with every flag in the next step', async () => {
    const { code, out, err } = await sallyport('advise --caller service');
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /next: sallyport advise --caller person\|service\|app --data/);
  });

  const faults = ['advise --caller robot', 'advise --caller service --data shared --directory maybe --loss bearable', 'advise --loss __proto__'];
  for (const words of faults) test(`nor are other answers taken: ${words}`, async () => assert.equal((await sallyport(words)).code, 2));

  test('nor an end of input in place of an answer', async () => assert.equal((await sallyport('advise', ['service'])).code, 2));
});
