import { dirname, join } from 'node:path';
import { AuditSigner } from '../../src/adapters/audit-sinks/chain/signer.ts';
import { buildSqliteTrailReader } from '../../src/adapters/audit-sinks/sqlite-trail-reader.ts';
import { DenialList } from '../../src/adapters/store/denial-list.ts';
import { openDatabase } from '../../src/adapters/store/sqlite/open-database.ts';
import { buildSqliteStore } from '../../src/adapters/store/sqlite/sqlite-store.ts';
import { adminNeeds } from '../../src/planes/admin-needs.ts';
import type { AdminNeeds } from '../../src/admin/needs.ts';
import type { Store } from '../../src/ports/store.ts';
import { KeyHasher } from '../../src/stages/authenticate/key-index.ts';
import { MovedClock } from './moved-clock.ts';
import { seededRandom } from './seeded-random.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A data directory with its keys, a clock that is moved by hand, and all that operations need. */
export class KeyRoom implements AsyncDisposable {
  readonly clock = new MovedClock();
  readonly hasher = new KeyHasher(Buffer.alloc(32, 7));
  readonly store: Store;
  readonly needs: AdminNeeds;
  /** What a gateway on this directory remembers of what is denied. */
  readonly denials: DenialList;
  readonly path: string;
  readonly #owned: AsyncDisposableStack;

  private constructor(path: string, owned: AsyncDisposableStack) {
    this.path = path;
    const database = openDatabase(path);
    this.store = buildSqliteStore(database, this.clock);
    this.denials = new DenialList(this.store.denials, this.clock);
    this.store.denials.onChange(() => this.denials.refresh());
    this.needs = adminNeeds({ store: this.store, hasher: this.hasher, trail: buildSqliteTrailReader({ database, directory: dirname(path), signer: new AuditSigner(Buffer.alloc(32, 1)) }), world: { clock: this.clock, random: seededRandom('key room') } });
    this.#owned = owned;
    owned.defer(() => {
      this.store.close();
      database.close();
    });
  }

  static async open(): Promise<KeyRoom> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(await temporaryFolder('keys'));
    return new KeyRoom(join(folder.path, 'sallyport.db'), owned.move());
  }

  /** Another gateway on the same directory, as after a restart. */
  reopened(): KeyRoom {
    return new KeyRoom(this.path, new AsyncDisposableStack());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
