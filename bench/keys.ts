import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSqliteTrailReader } from '../src/adapters/audit-sinks/sqlite-trail-reader.ts';
import { makeKey } from '../src/admin/keys/make-key.ts';
import { buildSqliteStore } from '../src/adapters/store/sqlite/sqlite-store.ts';
import { realWorld } from '../src/adapters/world/world.ts';
import type { AdminNeeds } from '../src/admin/needs.ts';
import { journalIn, openHome } from '../src/cli/home.ts';
import { adminNeeds } from '../src/planes/admin-needs.ts';
import { parsePermission } from '../src/model/permission/permission.ts';
import type { Authenticator } from '../src/ports/authenticator.ts';
import { buildApiKey } from '../src/stages/authenticate/api-key.ts';
import { buildStoredKeys } from '../src/stages/authenticate/index-keys.ts';
import { KeyIndex } from '../src/stages/authenticate/key-index.ts';
import { aShielded } from '../test/world/exchanges.ts';
import { inTurns, keyLine, ratioOf, requestFor, startGateway, warm, type Case } from './cases.ts';
import { judge, report } from './report.ts';
import { setting } from './settings.ts';
import { start, stop, type Subject } from './subject.ts';

/**
 * What checking a key costs with 10, 10^5 and 10^6 keys in the store: `node bench/keys.ts`; `BENCH_KEYS` names other counts. `again`: a key that was used before; `first`: one
 * that was not, which is hashed and read by its hash; `unknown` and `bad checksum`: refusals; `open`: opening the store until the first key
 * is accepted. Then the same over HTTP: a gateway over the least and one over the most of them, by turns.
 */

const COUNTS = (process.env['BENCH_KEYS'] ?? '10,100000,1000000').split(',').map(Number);
if (!COUNTS.every((count) => Number.isInteger(count) && count > 0)) throw new Error('BENCH_KEYS wants counts, such as 10,1000000');
const SAMPLE = 10;
const ROUNDS = 5;
const TURNS = setting('BENCH_ROUNDS', 8);
const SECONDS = setting('BENCH_SECONDS', 0.7);

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const world = realWorld(silent);

/** Microseconds of one call: the best of a few rounds, because only disturbances make it slower. */
const measure = (calls: number, work: (at: number) => void): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    for (let at = 0; at < calls; at += 1) work(at);
    best = Math.min(best, ((performance.now() - begun) * 1000) / calls);
  }
  return best;
};

/** Fills a store; the secrets of a few of its keys are kept. */
const fill = (data: string, count: number): readonly string[] => {
  const { database, directory, hasher, signer } = openHome(data);
  // A scratch file that nobody waits for: without a log of changes, and with room for all that is touched again and again.
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000000');
  const store = buildSqliteStore(database, world.clock);
  const needs: AdminNeeds = adminNeeds({ store, hasher, trail: buildSqliteTrailReader({ database, directory: journalIn(directory), signer }), world });
  const secrets: string[] = [];
  store.transaction(() => {
    for (let at = 0; at < count; at += 1) {
      const { key, secret } = makeKey({ name: `key ${String(at)}`, owner: `owner${String(at % 1000)}@company.com`, environment: 'live', roles: [], permissions: ['bench:*'] }, needs);
      store.apiKeys.insert(key);
      if (at % Math.ceil(count / SAMPLE) === 0) secrets.push(secret.reveal());
    }
  });
  store.close();
  database.close();
  return secrets;
};

const shielded = aShielded();

const accepts = (way: Authenticator, value: string): boolean => {
  const proof = way.authenticate(shielded, { place: 'header', value });
  return !(proof instanceof Promise) && proof.kind === 'proven';
};

const expect = (holds: boolean): void => {
  if (!holds) throw new Error('a key was judged wrongly');
};

interface Found {
  readonly count: number;
  readonly row: readonly string[];
  /** The folder of its data, and one of its keys. */
  readonly folder: string;
  readonly secret: string;
}

const run = (parent: string, count: number): Found => {
  const folder = join(parent, String(count));
  const secrets = fill(join(folder, 'data'), count);
  const of = (at: number): string => secrets[at % secrets.length] ?? '';
  const opened = performance.now();
  const { database, hasher } = openHome(join(folder, 'data'));
  const store = buildSqliteStore(database, world.clock);
  const index = new KeyIndex();
  index.replace([], buildStoredKeys(store.apiKeys, { roles: new Map(), people: new Map(), readPermission: parsePermission }));
  const way = buildApiKey({ index, hasher, clock: world.clock });
  expect(accepts(way, of(0)));
  const openMs = performance.now() - opened;
  const unknown = makeKey({ name: 'x', owner: 'x', environment: 'live', roles: [], permissions: [] }, { hasher, world }).secret.reveal();
  const damaged = `${of(0).slice(0, -1)}${of(0).endsWith('0') ? '1' : '0'}`;
  const first = measure(2_000, (at) => {
    index.forget();
    expect(accepts(way, of(at)));
  });
  const again = measure(200_000, (at) => expect(accepts(way, of(at))));
  const refused = measure(2_000, () => expect(!accepts(way, unknown)));
  const bad = measure(50_000, () => expect(!accepts(way, damaged)));
  store.close();
  database.close();
  return { count, folder, secret: of(0), row: [String(count), again.toFixed(2), first.toFixed(1), refused.toFixed(1), bad.toFixed(1), openMs.toFixed(0)] };
};

/** What a request costs beside the most keys, beside the least. */
const overHttp = async (found: readonly Found[]): Promise<void> => {
  const [few, many] = [found[0], found.at(-1)];
  if (few === undefined || many === undefined || few === many) return;
  const subjects: Subject[] = [];
  try {
    const upstream = await start('upstream', [fileURLToPath(new URL('upstream.ts', import.meta.url))], { core: 0 });
    subjects.push(upstream);
    const cases: Case[] = [];
    for (const { count, folder, secret } of [few, many]) {
      const subject = await startGateway(upstream, folder);
      subjects.push(subject);
      cases.push({ name: String(count), subject, request: requestFor('echo', { credential: keyLine(secret) }) });
    }
    for (const one of cases) await warm(one);
    const runs = await inTurns(cases, { rounds: TURNS, seconds: SECONDS });
    judge(`a request among ${String(many.count)} keys beside one among ${String(few.count)}`, ratioOf(runs.get(String(many.count)) ?? [], runs.get(String(few.count)) ?? []), { most: 1.05 });
  } finally {
    for (const subject of subjects.toReversed()) await stop(subject);
  }
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
try {
  const found = COUNTS.map((count) => run(folder, count));
  report({
    title: 'Checking a key by itself, µs', columns: ['keys in the store', 'used before', 'first use', 'unknown', 'bad checksum', 'opening the store, ms'],
    rows: found.map(({ row }) => row), note: `The best of ${String(ROUNDS)} rounds in one process.`,
  });
  await overHttp(found);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
