import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { buildSqliteStore } from '../../adapters/store/sqlite/sqlite-store.ts';
import { realClock } from '../../adapters/world/world.ts';
import type { Alarm } from '../../model/alarm.ts';
import { runCli } from '../cli.ts';
import { openHome } from '../home.ts';

const stack = new AsyncDisposableStack();
let data = '';

const alarm = (id: string, subject: string): Alarm => ({
  id, name: 'usage.unusual', subject, step: 2, words: `${subject} does what is unusual`, evidence: [{ sign: 'volume crm:search', words: '10000 calls of crm:search today' }], cures: ['sallyport keys disable key_1', `sallyport alarms expect ${id}`], state: 'open', raisedAtMs: 0, lastAtMs: 0,
});
const [ONE, OTHER] = ['alm_000000000000000001', 'alm_000000000000000002'];

before(async () => {
  data = stack.use(await temporaryFolder('alarms-command')).path;
  const { database } = openHome(data);
  const store = buildSqliteStore(database, realClock);
  store.alarms.put(alarm(ONE, 'one'));
  store.alarms.put({ ...alarm(OTHER, 'other\u001b[31m'), untold: true });
  store.close();
  database.close();
});
after(() => stack.disposeAsync());

const sallyport = async (words: string) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
  return { code: await runCli([...words.split(' '), '--data', data], terminal), ...said };
};

suite('sallyport alarms', () => {
  test('lists the newest first, shows evidence and what to do, and prints nothing that a terminal obeys', async () => {
    const { out } = await sallyport('alarms list');
    assert.deepEqual(out.trim().split('\n').map((line) => line.slice(0, 22)), [OTHER, ONE]);
    assert.match(out, /^alm_000000000000000002 {2}noted {4}.*\nalm_000000000000000001 {2}open /);
    assert.doesNotMatch(out, /\u001b/);
    const shown = (await sallyport(`alarms show ${ONE}`)).out;
    assert.match(shown, /evidence {2}10000 calls of crm:search today/);
    assert.match(shown, /next {6}sallyport keys disable key_1\n/);
  });

  test('marks one as expected and one as resolved, each once and on record', async () => {
    assert.equal((await sallyport(`alarms expect ${ONE}`)).code, 0);
    assert.equal((await sallyport(`alarms resolve ${OTHER}`)).code, 0);
    assert.equal((await sallyport('alarms list')).out, '');
    assert.match((await sallyport('alarms list --all')).out, /resolved .*\n.*expected /);
    assert.match((await sallyport('audit --json')).out, /admin\/alarms\/expect/);
    const again = await sallyport(`alarms expect ${ONE}`);
    assert.notEqual(again.code, 0);
    assert.match(again.err, /is expected since/);
  });

  test('says what is wrong, with the next step to take', async () => {
    for (const words of ['alarms show alm_1', 'alarms show alm_00000000000000000f', 'alarms expect key_1', 'alarms resolve alm_00000000000000000f']) {
      const { code, err } = await sallyport(words);
      assert.notEqual(code, 0, words);
      assert.match(err, /next: /, words);
    }
  });
});
