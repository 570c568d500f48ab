import type { DatabaseSync } from 'node:sqlite';

/** Transactions of one connection, and what is to be said once one is committed. */
export class Transactions {
  readonly #database: DatabaseSync;
  /** What waits for the commit; absent while no transaction is open. */
  #pending: Set<() => void> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Runs `work` as one change. Inside another transaction it is a part of that one. */
  run<Result>(work: () => Result): Result {
    if (this.#pending !== undefined) return work();
    this.#database.exec('BEGIN IMMEDIATE');
    const pending = new Set<() => void>();
    this.#pending = pending;
    try {
      const result = work();
      this.#database.exec('COMMIT');
      this.#pending = undefined;
      for (const tell of pending) tell();
      return result;
    } catch (error) {
      this.#pending = undefined;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Calls `tell` once after the commit, or now when no transaction is open. */
  afterwards(tell: () => void): void {
    if (this.#pending === undefined) tell();
    else this.#pending.add(tell);
  }
}
