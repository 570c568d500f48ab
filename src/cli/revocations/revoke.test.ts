import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { buildSqliteStore } from '../../adapters/store/sqlite/sqlite-store.ts';
import { realClock } from '../../adapters/world/world.ts';
import { runCli } from '../cli.ts';
import { openHome } from '../home.ts';

const stack = new AsyncDisposableStack();
let data = '';

before(async () => {
  data = stack.use(await temporaryFolder('revoke-command')).path;
  const { database } = openHome(data);
  const store = buildSqliteStore(database, realClock);
  store.denials.issuers.replace([{ name: 'corp', issuer: 'https://idp.example.com', maxLifetimeMs: 3_600_000 }]);
  store.close();
  database.close();
});
after(() => stack.disposeAsync());

const sallyport = async (words: string, input?: string) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' }, ...(input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) }) };
  return { code: await runCli([...words.split(' '), '--data', data], terminal), ...said };
};

const idIn = (text: string): string => /den_[0-9a-f]{18}/.exec(text)?.[0] ?? text;

suite('sallyport revoke', () => {
  test('refuses each kind, lists it, and takes it back', async () => {
    const ids: string[] = [];
    for (const words of ['revoke session s1 --issuer corp', 'revoke subject alice --issuer corp --reason left', 'revoke client app --issuer https://idp.example.com --always', 'revoke issuer corp', 'revoke token --id t1 --issuer corp']) {
      const { code, out, err } = await sallyport(words);
      assert.equal(code, 0, err);
      ids.push(idIn(out));
    }
    const { out } = await sallyport('revocations list');
    assert.deepEqual(ids.map((id) => out.includes(id)), ids.map(() => true));
    assert.match(out, /subject {2}alice of https:\/\/idp\.example\.com, issued until .* by os:.*: left/);
    for (const id of ids) assert.equal((await sallyport(`revocations lift ${id}`)).code, 0);
    assert.equal((await sallyport('revocations list')).out, '');
  });

  test('takes a token from stdin and shows it nowhere, not in the trail either', async () => {
    const token = 'opaque-CANARY-token-3141';
    const { code, out, err } = await sallyport('revoke token', `${token}\n`);
    assert.equal(code, 0);
    const trail = (await sallyport('audit --json')).out;
    assert.match(trail, /admin\/revoke\/token/);
    for (const text of [out, err, trail, (await sallyport('revocations list --json')).out]) assert.ok(!text.includes('CANARY'));
  });

  test('says what is wrong, with the next step to take', async () => {
    for (const [words, input] of [['revoke token', 'two words'], ['revoke token', '"opaque-token-3141"'], ['revoke token', 'Bearer opaque-token-3141'], ['revoke token', ''], ['revoke token --id x', ''], ['revoke subject alice', ''], ['revoke subject alice --issuer crop', ''], ['revocations lift den_1', ''], ['revocations lift den_000000000000000000', '']] as const) {
      const { code, err } = await sallyport(words, input);
      assert.notEqual(code, 0, words);
      assert.match(err, /next: /, words);
    }
  });
});
