import type { Clock } from '../../../../../ports/world.ts';
import type { EventStream } from '../event-stream.ts';

/** How long an answer can still be fetched by a client that lost its connection. */
const KEPT_MS = 120_000;
const MOST_KEPT = 4_096;
const MOST_KEPT_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly bytes: number;
  readonly untilMs: number;
  readonly forget: () => void;
}

/** The ended streams of all sessions, bounded together: whoever ends many pushes out the oldest, whosever it is. */
export class EndedStreams {
  readonly #clock: Clock;
  readonly #kept = new Map<EventStream, Kept>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param forget takes the stream out of its session */
  keep(stream: EventStream, forget: () => void): void {
    const bytes = stream.keptBytes;
    this.#bytes += bytes;
    this.#kept.set(stream, { bytes, untilMs: this.#clock.monotonicMs() + KEPT_MS, forget });
    for (const [oldest, kept] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT && this.#bytes <= MOST_KEPT_BYTES) break;
      this.#drop(oldest, kept);
    }
  }

  /** Lets go of what nobody has come back for. */
  sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [stream, kept] of this.#kept) {
      if (kept.untilMs > nowMs) break;
      this.#drop(stream, kept);
    }
  }

  #drop(stream: EventStream, { bytes, forget }: Kept): void {
    this.#kept.delete(stream);
    this.#bytes -= bytes;
    forget();
  }
}
