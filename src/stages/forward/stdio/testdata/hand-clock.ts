import type { Clock } from '../../../../ports/world.ts';

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly work: () => void;
}

/** A clock that moves when told to, and runs what became due on the way, in order. */
export class HandClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = 1_000;

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  every(everyMs: number, work: () => void): () => void {
    return this.#add({ dueMs: this.#nowMs + everyMs, everyMs, work });
  }

  after(afterMs: number, work: () => void): () => void {
    return this.#add({ dueMs: this.#nowMs + afterMs, everyMs: undefined, work });
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.work();
    }
    this.#nowMs = untilMs;
  }

  /** How many timers are set: a leak shows here. */
  get pending(): number {
    return this.#timers.size;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
}
