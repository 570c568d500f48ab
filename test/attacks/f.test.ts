import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { openHome } from '../../src/cli/home.ts';
import { readTrail } from '../../src/cli/read-trail.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { calling, legacy } from '../world/mcp-requests.ts';
import { Dialogue, written } from '../world/raw-http.ts';
import { startProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** Group V: faults of storage and process never lose or invent what was acknowledged. */

const root = join(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');

test('[F01] [G06] kill -9 under load loses no acknowledged key, revocation or record, and every write had its intent', async () => {
  const torture = spawn(process.execPath, [join(root, 'scripts/torture.ts'), '--rounds', '5', '--restart-within', '30000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  torture.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(torture, 'close');
  assert.equal(code, 0, text);
  assert.match(text, /5 kills, nothing acknowledged was lost: [1-9]/);
});

suite('A full disk', () => {
  test('[F02] nothing is served that cannot be written down, and it says so with 503', async () => {
    // The shell's file size limit stands for a full disk: every write past it fails (EFBIG), reads go on.
    const wrap = (command: readonly string[]): [string, ...string[]] => ['/bin/sh', '-c', 'trap "" XFSZ; ulimit -f 400; exec "$@"', 'sh', ...command];
    await using world = await AttackWorld.start({ wrap });
    const long = 'x'.repeat(250);
    const values = Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`n${String(number)}`, long]));
    let refused = 0;
    let served = 0;
    const acknowledged = new Set<string>();
    const intended = new Set<string>();
    for (let number = 0; number < 200 && refused < 5; number += 1) {
      const heard = world.canary.requests.length;
      const reply = await world.send(calling('delete_thing', { key: KEYS.full, id: number }, values));
      if (reply.status === 200) {
        served += 1;
        acknowledged.add(reply.headers.get('x-request-id')?.[0] ?? '');
        continue;
      }
      refused += 1;
      assert.equal(reply.status, 503, reply.text);
      assert.match(reply.body, /audit\.unavailable/);
      // Where the intent could be written and the end could not, the write went on; where not, it did not.
      if (world.canary.requests.length > heard) intended.add(reply.headers.get('x-request-id')?.[0] ?? '');
    }
    assert.ok(served > 0 && refused > 0, `${String(served)} served, ${String(refused)} refused`);
    assert.equal(world.process.gone.aborted, false);
    await world.stop();
    const recorded = recordsIn(world.directory);
    for (const id of acknowledged) assert.ok(recorded.has(`call ${id}`), `${id} was acknowledged and is not written`);
    for (const id of [...acknowledged, ...intended]) assert.ok(recorded.has(`intent ${id}`), `${id} went on without its intent`);
  });
});

/** Type and id of every record, in the journal and in the table. */
const recordsIn = (directory: string): ReadonlySet<string> => {
  const home = openHome(directory);
  try {
    const records = readTrail(home).last(100_000);
    return new Set(records.map(({ event }) => `${event.type} ${event.id}`));
  } finally {
    home.database.close();
  }
};

suite('A store that is not what it was is never made anew in silence', () => {
  /** A data directory with a key in it, made by the product itself; the path of its database. */
  const prepared = async (folder: string): Promise<string> => {
    const path = join(folder, 'sallyport.db');
    openDatabase(path).close();
    await using make = startProcess([process.execPath, main, 'keys', 'create', '--allow', 'x:*', '--data', folder]);
    assert.equal((await make.exited).code, 0, make.stderr());
    return path;
  };
  const faults: Readonly<Record<string, { readonly spoil: (path: string) => void; readonly says: RegExp }>> = {
    'cut in half': { spoil: (path) => truncateSync(path, statSync(path).size / 2), says: /damaged|cannot be opened/ },
    'empty but for its header': { spoil: (path) => truncateSync(path, 100), says: /damaged|cannot be opened/ },
    'with a zeroed page': {
      spoil(path) {
        const bytes = readFileSync(path);
        const size = bytes.readUInt16BE(16); // of a page, in the file's header
        writeFileSync(path, Buffer.concat([bytes.subarray(0, size), Buffer.alloc(size), bytes.subarray(2 * size)]));
      },
      says: /damaged|cannot be opened/,
    },
    'of another program': {
      spoil(path) {
        for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
        const other = new DatabaseSync(path);
        other.exec('CREATE TABLE notes (text TEXT)');
        other.close();
      },
      says: /another program/,
    },
    'of a newer version': {
      spoil(path) {
        const database = new DatabaseSync(path);
        database.exec('PRAGMA user_version = 99');
        database.close();
      },
      says: /schema version 99/,
    },
    'that is no database': { spoil: (path) => writeFileSync(path, 'not a database at all, just text '.repeat(200)), says: /cannot be opened|damaged/ },
    'without its hash key': { spoil: (path) => rmSync(join(path, '../hash.key')), says: /hash\.key is missing/ },
    'with a damaged hash key': { spoil: (path) => writeFileSync(join(path, '../hash.key'), 'short'), says: /hash\.key is damaged/ },
  };
  for (const [name, { spoil, says }] of Object.entries(faults)) {
    test(`[F03] a database ${name}`, async () => {
      await using folder = await temporaryFolder('store');
      const path = await prepared(folder.path);
      spoil(path);
      const before = readFileSync(path);
      await using gateway = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', folder.path]);
      assert.equal((await gateway.exited).code, 1);
      assert.match(gateway.stderr(), says);
      assert.match(gateway.stderr(), /next: /);
      assert.deepEqual(readFileSync(path), before, 'the file was touched');
    });
  }
  test('[F03] control: the directory as it was starts', async () => {
    await using folder = await temporaryFolder('store');
    await prepared(folder.path);
    await using gateway = startProcess([process.execPath, main, 'demo', '--port', '0', '--data', folder.path]);
    await gateway.says(/listening/);
  });
});

suite('SIGTERM', () => {
  test('[F09] calls in flight finish, streams end cleanly, new connections are refused, and the trail is whole', async () => {
    await using world = await AttackWorld.start();
    let answer: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      world.canary.when('get_other', (_seen, response) => {
        answer = () => void response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{"late":true}}');
        resolve();
      });
    });
    using slow = new Dialogue(world.port);
    slow.write(written(calling('get_other', { key: KEYS.full })));
    using stream = new Dialogue(world.port);
    stream.write(written({ method: 'GET', target: '/alpha/mcp', headers: [['Host', '127.0.0.1'], ['X-API-Key', KEYS.full], ['Accept', 'text/event-stream']] }));
    await Promise.all([arrived, stream.head()]);
    const { position } = world;
    world.process.signal('SIGTERM');
    const ended = await stream.reply();
    assert.equal(ended.status, 200);
    answer();
    const reply = await slow.reply();
    assert.equal(reply.status, 200);
    assert.match(reply.body, /"late":true/);
    const { code } = await world.process.exited;
    assert.equal(code, 0);
    const records = world.calls(position);
    assert.deepEqual(records.map(({ call, decision, ended: how }) => [call, decision, how]).sort(), [['http/stream', 'allow', 'stopping'], ['tools/call', 'allow', undefined]]);
  });
  test('[F09] control: without it both go on', async () => {
    await using world = await AttackWorld.start();
    using stream = new Dialogue(world.port);
    stream.write(written({ method: 'GET', target: '/alpha/mcp', headers: [['Host', '127.0.0.1'], ['X-API-Key', KEYS.full], ['Accept', 'text/event-stream']] }));
    await stream.head();
    await world.passes(legacy('tools/call', { name: 'get_thing', arguments: {} }, { key: KEYS.full }));
    assert.equal(stream.ended, false);
  });
});
