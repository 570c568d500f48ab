import type { DatabaseSync } from 'node:sqlite';
import { buildSqliteQuotas } from '../../../adapters/store/sqlite/sqlite-quotas.ts';
import type { Base } from '../../../planes/base.ts';
import type { QuotaStore } from '../../../ports/quota-store.ts';

/** How often counts of quotas are written: so much is at stake when the process is killed. */
const SAVE_MS = 1_000;

/** Keeps the counts of quotas over restarts. */
export class QuotaUpkeep {
  readonly #base: Pick<Base, 'buckets' | 'world'>;
  readonly #quotas: QuotaStore;

  constructor(base: Pick<Base, 'buckets' | 'world'>, database: DatabaseSync) {
    this.#base = base;
    this.#quotas = buildSqliteQuotas(database);
    base.buckets.resume(this.#quotas, base.world.clock);
  }

  /** Writes now and then. @returns what ends that */
  begin(): () => void {
    return this.#base.world.clock.every(SAVE_MS, () => this.#save(false));
  }

  /** Writes a last time, and exactly. */
  close(): void {
    this.#save(true);
  }

  #save(exactly: boolean): void {
    try {
      this.#base.buckets.save(this.#quotas, exactly);
    } catch (error) {
      this.#base.world.log.error('the counts of quotas cannot be written; they are tried again in a second', { error });
    }
  }
}
