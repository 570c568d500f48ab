import { mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AuditSigner } from '../src/adapters/audit-sinks/chain/signer.ts';
import { buildSqliteTrailReader } from '../src/adapters/audit-sinks/sqlite-trail-reader.ts';
import { makeKey } from '../src/admin/keys/make-key.ts';
import { openDatabase } from '../src/adapters/store/sqlite/open-database.ts';
import { buildSqliteStore } from '../src/adapters/store/sqlite/sqlite-store.ts';
import { realWorld } from '../src/adapters/world/world.ts';
import type { AdminNeeds } from '../src/admin/needs.ts';
import { adminNeeds } from '../src/planes/admin-needs.ts';
import { parsePermission } from '../src/model/permission/permission.ts';
import type { Authenticator } from '../src/ports/authenticator.ts';
import { buildApiKey } from '../src/stages/authenticate/api-key.ts';
import { buildStoredKeys } from '../src/stages/authenticate/index-keys.ts';
import { KeyHasher, KeyIndex } from '../src/stages/authenticate/key-index.ts';
import { aShielded } from '../test/world/exchanges.ts';

/**
 * What checking a key costs with 10, 10^5 and 10^6 keys in the store: `node bench/keys.ts`; `BENCH_KEYS` names other counts. `again`: a key that was used before; `first`: one
 * that was not, which is hashed and read by its hash; `unknown` and `bad checksum`: refusals; `open`: opening the store until the first key
 * is accepted.
 */

const COUNTS = (process.env['BENCH_KEYS'] ?? '10,100000,1000000').split(',').map(Number);
const SAMPLE = 10;
const ROUNDS = 5;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const world = realWorld(silent);
const hasher = new KeyHasher(randomBytes(32));

/** Microseconds of one call: the best of a few rounds, because only disturbances make it slower. */
const measure = (calls: number, work: (at: number) => void): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    for (let at = 0; at < calls; at += 1) work(at);
    best = Math.min(best, ((performance.now() - start) * 1000) / calls);
  }
  return best;
};

/** Fills a store; the secrets of a few of its keys are kept. */
const fill = (path: string, count: number): readonly string[] => {
  const database = openDatabase(path);
  // A scratch file that nobody waits for: without a log of changes, and with room for all that is touched again and again.
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000000');
  const store = buildSqliteStore(database, world.clock);
  const needs: AdminNeeds = adminNeeds({ store, hasher, trail: buildSqliteTrailReader({ database, directory: dirname(path), signer: new AuditSigner(randomBytes(32)) }), world });
  const secrets: string[] = [];
  store.transaction(() => {
    for (let at = 0; at < count; at += 1) {
      const { key, secret } = makeKey({ name: `key ${String(at)}`, owner: `owner${String(at % 1000)}@company.com`, environment: 'live', roles: [], permissions: ['crm:get_*'] }, needs);
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

const run = (folder: string, count: number): string => {
  const path = join(folder, `${String(count)}.db`);
  const secrets = fill(path, count);
  const of = (at: number): string => secrets[at % secrets.length] ?? '';
  const opened = performance.now();
  const database = openDatabase(path);
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
  return `${String(count).padStart(9)} keys  again ${again.toFixed(2)} µs  first ${first.toFixed(1)} µs  unknown ${refused.toFixed(1)} µs  bad checksum ${bad.toFixed(1)} µs  open ${openMs.toFixed(0)} ms`;
};

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
try {
  for (const count of COUNTS) console.log(run(folder, count));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
