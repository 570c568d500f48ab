import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { buildSqliteStore } from '../../src/adapters/store/sqlite/sqlite-store.ts';
import { realClock } from '../../src/adapters/world/world.ts';
import { runCli } from '../../src/cli/cli.ts';
import { beginBaseline, dayOf, learn, moveTo } from '../../src/watch/baseline.ts';
import { ExampleGateway, root } from '../world/example-gateway.ts';

/** Callers who are held to what is usual of them, by a gateway with a file that asks for it (issue 7, "automatic throttle"). */

const KEY = 'test-key-of-the-nightly-job';
const KEYS = { [KEY]: { name: 'nightly', userId: 'CRM sync', permissions: ['crm:*'] } };
const TOOL = 'crm:get_customer';
const HOUR_MS = 3_600_000;
const DAYS = 20;
/** In the middle of an hour, so that none ends meanwhile. */
const NOW = '2030-01-02T12:30:00.000Z';

const config = (throttle: boolean): string => `servers: { crm: { command: [${process.execPath}, ${join(root, 'src/example/crm-server.ts')}] } }\nalarms: { throttle: ${String(throttle)} }\nlog: { level: silent }\n`;

/** What twenty days of five calls an hour have taught. */
const teach = (gateway: ExampleGateway): void => {
  gateway.setClock(NOW);
  const nowMs = Date.parse(NOW);
  const baseline = beginBaseline(nowMs - DAYS * 24 * HOUR_MS);
  for (let atMs = nowMs - DAYS * 24 * HOUR_MS; atMs < nowMs - 24 * HOUR_MS; atMs += HOUR_MS) {
    moveTo(baseline, atMs, ({ today, hour, peak }) => ({ day: today, hour: Math.max(hour, peak) }));
    learn(baseline, { calls: 5, networks: new Set(['127.0.0.0/24']), tools: new Map([[TOOL, { calls: 5, names: new Map(), shapes: new Set() }]]) }, { atMs, oddHour: false });
  }
  const database = openDatabase(join(gateway.dataFolder, 'sallyport.db'));
  const store = buildSqliteStore(database, realClock);
  store.baselines.write([{ holder: 'CRM sync\nnightly', day: dayOf(nowMs), record: JSON.stringify(baseline) }]);
  store.close();
  database.close();
};

/** The statuses of so many calls, and the last answer that was no success. */
const statusesOf = async (gateway: ExampleGateway, calls: number): Promise<{ readonly went: number; readonly refused: number; readonly text: string }> => {
  let [went, refused, text] = [0, 0, ''];
  for (let at = 0; at < calls; at += 1) {
    const answer = await gateway.call(KEY, 'get_customer', { id: 'cust_789' });
    if (answer.status === 429) [refused, text] = [refused + 1, answer.text];
    else went += 1;
  }
  return { went, refused, text };
};

suite('A gateway that holds callers to what is usual', () => {
  test('refuses what is beyond it, with one record for each call, and goes on with other tools', async () => {
    await using gateway = await ExampleGateway.start(config(true), KEYS);
    teach(gateway);
    const { went, refused, text } = await statusesOf(gateway, 106);
    // A hundred within an hour are nobody's alarm; the first calls may pass before what is usual of the caller is at hand.
    assert.ok(went >= 100 && refused > 0 && went + refused === 106, `${String(went)} went, ${String(refused)} did not`);
    assert.match(text, /limit\.unusual|more of crm:get_customer than was ever usual/);
    assert.equal((await gateway.call(KEY, 'search_customers', { query: 'a' })).status, 200);
    await gateway.stop();
    let out = '';
    await runCli(['audit', 'code:limit.unusual', '--json', '--data', gateway.dataFolder], { stdout: { write: (more: string) => void (out += more) }, stderr: { write: () => undefined }, env: { NO_COLOR: '1' } });
    assert.equal(out.trim().split('\n').length, refused);
    out = '';
    await runCli(['alarms', 'list', '--data', gateway.dataFolder], { stdout: { write: (more: string) => void (out += more) }, stderr: { write: () => undefined }, env: { NO_COLOR: '1' } });
    assert.match(out, /usage\.unusual .*100 calls of crm:get_customer within an hour, more than which was never usual/);
  });

  test('lets the same pass where nobody has asked for that', async () => {
    await using gateway = await ExampleGateway.start(config(false), KEYS);
    teach(gateway);
    assert.equal((await statusesOf(gateway, 106)).went, 106);
  });
});
