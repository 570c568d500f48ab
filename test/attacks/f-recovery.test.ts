import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Journal, segmentsIn } from '../../src/adapters/audit-sinks/journal.ts';
import { buildSqliteStore } from '../../src/adapters/store/sqlite/sqlite-store.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { answerTo } from '../world/canary-upstream.ts';
import { calling } from '../world/mcp-requests.ts';
import { MovedClock } from '../world/moved-clock.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import { startProcess } from '../world/running-process.ts';
import type { Command } from '../world/running-process.ts';
import { until } from '../world/until.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** Group V, more of it: what failed is said, harms nothing else, and mends itself when it can. */

const main = join(import.meta.dirname, '../../src/main.ts');
/** A command that may write files of so many blocks of 512 bytes only: a full disk without a disk. */
const limited = (blocks: number, command: readonly string[]): Command => ['/bin/sh', '-c', `trap "" XFSZ; ulimit -f ${String(blocks)}; exec "$@"`, 'sh', ...command];

suite('A journal that cannot go on', () => {
  const full = Buffer.from(`${'x'.repeat(1_000)}\n`.repeat(17_000));

  test('[F02] to its next file refuses what it is given, writes into nobody else\'s, and goes on when it can', async () => {
    await using folder = await temporaryFolder('journal');
    const directory = join(folder.path, 'journal');
    const journal = new Journal(directory);
    journal.append(full);
    renameSync(directory, `${directory}-away`);
    for (let times = 0; times < 3; times += 1) assert.throws(() => journal.append(Buffer.from('lost\n')), { code: 'ENOENT' });
    // The number of a descriptor that was closed would now be taken by the next file that is opened.
    const others = ['a', 'b', 'c'].map((name) => openSync(join(folder.path, name), 'a+'));
    assert.throws(() => journal.append(Buffer.from('lost\n')));
    for (const other of others) assert.equal(fstatSync(other).size, 0, 'a record stands in the file of somebody else');
    renameSync(`${directory}-away`, directory);
    journal.append(Buffer.from('kept\n'));
    journal.close();
    for (const other of others) closeSync(other);
    assert.deepEqual(segmentsIn(directory).map((name) => readFileSync(join(directory, name), 'utf8').split('\n').length - 1), [17_000, 1]);
  });
  test('[F02] control: one that can goes on in the next file', async () => {
    await using folder = await temporaryFolder('journal');
    const journal = new Journal(folder.path);
    journal.append(full);
    journal.append(Buffer.from('kept\n'));
    journal.close();
    assert.equal(segmentsIn(folder.path).length, 2);
  });
});

suite('A command on a full disk', () => {
  test('[F02] prints no secret of a key that was not stored, and harms none that was', async () => {
    await using folder = await temporaryFolder('full');
    const create = [process.execPath, main, 'keys', 'create', '--allow', 'x:*', '--data', folder.path] as const;
    openDatabase(join(folder.path, 'sallyport.db')).close();
    await using first = startProcess(create);
    assert.equal((await first.exited).code, 0, first.stderr());
    await using second = startProcess(limited(0, create));
    const { code } = await second.exited;
    assert.equal(code, 1);
    assert.equal(second.stdout(), '');
    assert.match(second.stderr(), /next: /);
    const database = openDatabase(join(folder.path, 'sallyport.db'));
    assert.equal(buildSqliteStore(database, new MovedClock()).apiKeys.page({ limit: 1_000 }).length, 1);
    database.close();
  });
});

suite('Two gateways on one data directory', () => {
  test('[F03] the second refuses, names the first, and the first goes on', async () => {
    await using world = await AttackWorld.start();
    await using second = startProcess([process.execPath, main, 'serve', '-c', world.configFile, '--data', world.directory]);
    assert.equal((await second.exited).code, 1);
    assert.match(second.stderr(), new RegExp(`another gateway \\(pid ${String(world.pid)}`));
    assert.match(second.stderr(), /next: /);
    await world.assertWell();
  });
  test('[F03] one that was killed leaves no lock behind', async () => {
    await using world = await AttackWorld.start();
    world.process.signal('SIGKILL');
    await world.process.exited;
    await using again = startProcess([process.execPath, main, 'serve', '-c', world.configFile, '--data', world.directory], { env: { ALPHA_TOKEN: 'x' } });
    await again.says(/listening/);
    await again.stop();
  });
  test('[F03] a directory that cannot be one is refused', async () => {
    await using folder = await temporaryFolder('odd');
    const path = join(folder.path, 'file');
    writeFileSync(path, '');
    mkdirSync(join(folder.path, 'odd', 'sallyport.db'), { recursive: true });
    for (const directory of [path, join(folder.path, 'odd')]) {
      await using gateway = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', directory]);
      assert.equal((await gateway.exited).code, 1);
      assert.match(gateway.stderr(), /cannot be used[\s\S]*next: /);
    }
    rmSync(join(folder.path, 'odd'), { recursive: true });
  });
});

suite('SIGTERM', () => {
  test('[F09] a call that is being answered as a stream is answered to its end', async () => {
    await using world = await AttackWorld.start();
    const goOn = Promise.withResolvers<void>();
    using _told = world.canary.when('get_other', (seen, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } })}\n\n`);
      void goOn.promise.then(() => response.end(`data: ${JSON.stringify(answerTo(seen))}\n\n`));
    });
    using call = new Dialogue(world.port);
    call.write(written(calling('get_other', { key: KEYS.full })));
    await call.when('the first event has come', () => call.text.includes('progress') || undefined);
    const { position } = world;
    world.process.signal('SIGTERM');
    const stopping = (): Promise<true | undefined> => fetch(`http://127.0.0.1:${String(world.port)}/readyz`).then((answer) => (answer.status === 200 ? undefined : true), () => true as const);
    await until('it takes no new calls', stopping, { withinMs: 5_000 });
    goOn.resolve();
    assert.match((await call.reply()).body, /chirp/);
    assert.equal((await world.process.exited).code, 0);
    assert.deepEqual(world.calls(position).map(({ call: what, decision, ended }) => [what, decision, ended]), [['tools/call', 'allow', undefined]]);
  });
  test('[F09] a connection that says nothing, and one that was left open behind its answer, hold nothing up', async () => {
    await using world = await AttackWorld.start();
    using silent = new Dialogue(world.port);
    await once(silent.socket, 'connect');
    using idle = new Dialogue(world.port);
    idle.write(written(calling('get_thing', { key: KEYS.full, without: ['connection'] })));
    await idle.reply();
    world.process.signal('SIGTERM');
    await Promise.all([silent.end(5_000), idle.end(5_000)]);
    assert.equal((await world.process.exited).code, 0);
  });
});
