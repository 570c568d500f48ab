import { createHash, type Hash } from 'node:crypto';
import type { Pruned, Pruning } from '../../../model/trail-record.ts';
import { Found, type Place } from './fault.ts';

/** What tombstones say together, which the pruning that made them has put down. */
interface Tombstones {
  readonly first: Place;
  readonly digest: Hash;
}

/** Which pruning a tombstone names; 0, which is none, for a text that was changed. */
const pruningNamedIn = (text: string): number => {
  try {
    return (JSON.parse(text) as Pruned).by; // whatever it is, the digest of that pruning has to agree
  } catch {
    return 0;
  }
};

/** What was forgotten: records are emptied by a pruning of the trail that says so, and by nobody else. */
export class Forgotten {
  readonly #tombstones = new Map<number, Tombstones>();
  readonly #prunings = new Map<number, Pruning>();
  count = 0;

  /** A tombstone, in the order of the trail. */
  add(text: string, at: Place): void {
    const by = pruningNamedIn(text);
    const tombstones = this.#tombstones.get(by) ?? { first: at, digest: createHash('sha256') };
    tombstones.digest.update(`${text}\n`);
    this.#tombstones.set(by, tombstones);
    this.count += 1;
  }

  /** A pruning, by its place in its chain. */
  pruned(seq: number, pruning: Pruning): void {
    this.#prunings.set(seq, pruning);
  }

  /** @throws Found at the first record that nobody says was forgotten, or that was said to be and is not there */
  check(): void {
    for (const [by, { first, digest }] of this.#tombstones) {
      if (this.#prunings.get(by)?.digest !== digest.digest('base64url')) throw new Found({ ...first, what: 'the record was emptied, and no pruning of the trail says so' });
    }
    for (const [seq, { counts }] of this.#prunings) {
      if (!this.#tombstones.has(seq) && Object.keys(counts).length > 0) throw new Found({ writer: 'retention', seq, what: 'the pruning names records that are not there' });
    }
  }
}
