import type { Clock } from '../../../ports/world.ts';

interface Deadline {
  readonly atMs: number;
  readonly expire: () => void;
}

const TICK_MS = 250;

/**
 * Deadlines of running calls, looked at four times a second: one timer for all of them in place of one timer each. A call may
 * thus take up to 250 ms longer than its bound, which is minutes. They rest in slots that are used again, not in a Map: a Map that
 * gains and loses an entry with each call keeps dead calls alive through its outgrown tables, which doubled the cost of a request.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots: (Deadline | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #stop: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stop = clock.every(TICK_MS, () => this.#tick());
  }

  /** Calls `expire` after `afterMs` unless cleared. @returns the slot, for `clear` */
  set(afterMs: number, expire: () => void): number {
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = { atMs: this.#clock.monotonicMs() + afterMs, expire };
    return slot;
  }

  /** Clears a deadline; each slot that was set is cleared exactly once, also after it has expired. */
  clear(slot: number): void {
    this.#slots[slot] = undefined;
    this.#free.push(slot);
  }

  close(): void {
    this.#stop();
  }

  #tick(): void {
    const now = this.#clock.monotonicMs();
    for (const [slot, deadline] of this.#slots.entries()) {
      if (deadline === undefined || deadline.atMs > now) continue;
      this.#slots[slot] = undefined;
      deadline.expire();
    }
  }
}
