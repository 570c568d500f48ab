import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSqliteStore } from '../src/adapters/store/sqlite/sqlite-store.ts';
import { realWorld } from '../src/adapters/world/world.ts';
import { makeKey } from '../src/admin/keys/make-key.ts';
import { openHome } from '../src/cli/home.ts';
import { freePort } from '../test/world/ports.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';
import { startQuiet, stop } from './subject.ts';

/**
 * Whether a caller can tell by the clock why a key of our form was refused: `node bench/refusals.ts`. Over HTTP to a gateway in a process of its own, an
 * unknown, a revoked and an expired key in random turns; Welch's t of each pair, where |t| below 4.5 says that nothing can be told (attacks.md K03).
 * `BENCH_SAMPLES` is how often each is tried.
 */

const SAMPLES = setting('BENCH_SAMPLES', 40_000);
/** The slowest are the machine's own doing, and would drown what is looked for. */
const KEPT = 0.9;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Three keys with a good checksum, none of which opens anything. */
const keysIn = (data: string): Readonly<Record<string, string>> => {
  const home = openHome(data);
  const world = realWorld(silent);
  const store = buildSqliteStore(home.database, world.clock);
  const make = () => makeKey({ name: 'timed', owner: 'alice', environment: 'live', roles: [], permissions: ['crm:get_*'] }, { hasher: home.hasher, world });
  const [unknown, revoked, expired] = [make(), make(), make()];
  store.apiKeys.insert(revoked.key);
  store.apiKeys.revoke(revoked.key.id, world.clock.nowMs());
  store.apiKeys.insert({ ...expired.key, expiresAtMs: world.clock.nowMs() - 3_600_000 });
  store.close();
  home.database.close();
  return { unknown: unknown.secret.reveal(), revoked: revoked.secret.reveal(), expired: expired.secret.reveal() };
};

const requestWith = (key: string): Buffer => Buffer.from(`GET /mcp/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${key}\r\n\r\n`);

/** Sends one request and waits for the whole answer. @returns microseconds */
const timed = async (socket: Socket, request: Buffer): Promise<number> => {
  const began = process.hrtime.bigint();
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer]; // a refusal comes in one piece
  const took = Number(process.hrtime.bigint() - began) / 1_000;
  if (!answer.subarray(0, 12).equals(Buffer.from('HTTP/1.1 401'))) throw new Error(`not refused: ${answer.toString().slice(0, 100)}`);
  return took;
};

interface Figures {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}

const figuresOf = (all: readonly number[]): Figures => {
  const kept = all.toSorted((one, other) => one - other).slice(0, Math.floor(all.length * KEPT));
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  return { mean, variance: kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1), count: kept.length };
};

const welch = (one: Figures, other: Figures): number => (one.mean - other.mean) / Math.sqrt(one.variance / one.count + other.variance / other.count);

const main = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-refusals-'));
  const [data, config, port] = [join(folder, 'data'), join(folder, 'sallyport.yaml'), await freePort()];
  const requests = Object.entries(keysIn(data)).map(([name, key]) => ({ name, request: requestWith(key), times: [] as number[] }));
  const rate = '{ perSecond: 1000000, burst: 10000000 }';
  writeFileSync(config, `servers: { crm: { url: "http://127.0.0.1:1/mcp" } }\nlisten: { port: ${String(port)} }\nmetrics: { enabled: false }\nlog: { level: silent }\nlimits: { address: ${rate}, invalidCredentials: ${rate} }\n`);
  const gateway = await startQuiet({ name: 'gateway', port }, [fileURLToPath(new URL('../src/main.ts', import.meta.url)), 'serve', '-c', config, '--data', data, '--quiet'], { core: 1 });
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  try {
    await once(socket, 'connect');
    for (const { request } of requests) for (let at = 0; at < 2_000; at += 1) await timed(socket, request);
    for (let at = 0; at < SAMPLES * requests.length; at += 1) {
      const open = requests.filter(({ times }) => times.length < SAMPLES);
      const one = open[Math.floor(Math.random() * open.length)];
      if (one !== undefined) one.times.push(await timed(socket, one.request));
    }
    const figures = requests.map(({ name, times }) => ({ name, ...figuresOf(times) }));
    const pairs = figures.flatMap((one, at) => figures.slice(at + 1).map((other) => ({ name: `${one.name} and ${other.name}`, t: welch(one, other), means: [one.mean, other.mean] })));
    report({
      title: 'What a refusal tells by its time', columns: ['keys', 'mean µs', 'mean µs', 't'],
      rows: pairs.map(({ name, t, means }) => [name, ...means.map((mean) => mean.toFixed(1)), t.toFixed(2)]), note: `${String(SAMPLES)} of each, the slowest tenth left out; Welch's t.`,
    });
    for (const { name, t } of pairs) judge(`|t| of the times of a refusal, ${name} keys`, Math.abs(t), { most: 4.5 });
  } finally {
    socket.destroy();
    await stop(gateway);
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
