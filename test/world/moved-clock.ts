import type { Clock } from '../../src/ports/world.ts';

type Timer = { dueMs: number; readonly everyMs: number | undefined; readonly work: () => void };

/** Time that stands still until a test moves it. The wall clock can be stepped alone, as an operator or NTP does (L06). */
export class MovedClock implements Clock {
  readonly #timers = new Set<Timer>();
  #monotonicMs = 5_000;
  #wallMs = Date.UTC(2026, 6, 28, 10, 0, 0);

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  every(everyMs: number, work: () => void): () => void {
    return this.#add({ dueMs: this.#monotonicMs + everyMs, everyMs, work });
  }

  after(afterMs: number, work: () => void): () => void {
    return this.#add({ dueMs: this.#monotonicMs + afterMs, everyMs: undefined, work });
  }

  /** Lets time pass on both clocks and runs what falls due on the way, in order. */
  move(ms: number): void {
    const end = this.#monotonicMs + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#pass(next.dueMs - this.#monotonicMs);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.everyMs;
      next.work();
    }
    this.#pass(end - this.#monotonicMs);
  }

  /** Lets time pass as a machine does that sleeps: whatever has fallen due runs once, however often it would have. For days, in which `move` would run a tick a million times. */
  sleep(ms: number): void {
    this.#pass(ms);
    for (const timer of [...this.#timers].filter(({ dueMs }) => dueMs <= this.#monotonicMs).sort((left, right) => left.dueMs - right.dueMs)) {
      if (timer.everyMs === undefined) this.#timers.delete(timer);
      else timer.dueMs = this.#monotonicMs + timer.everyMs;
      timer.work();
    }
  }

  /** Steps the wall clock, which changes no duration. */
  step(ms: number): void {
    this.#wallMs += ms;
  }

  /** How many timers are set: one that nobody cancelled shows here. */
  get pending(): number {
    return this.#timers.size;
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter(({ dueMs }) => dueMs <= end).sort((left, right) => left.dueMs - right.dueMs)[0];
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
}
