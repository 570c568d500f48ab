import type { Clock, Log, LogFields } from '../../../../ports/world.ts';

const LINES_PER_WINDOW = 100;
const WINDOW_MS = 1_000;

export interface BoundedLogNeeds {
  readonly clock: Clock;
  readonly log: Log;
}

/** A log for what a child causes: a flood is counted instead of written (I02). */
export class BoundedLog {
  readonly #needs: BoundedLogNeeds;
  readonly #fields: LogFields;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #inWindow = 0;
  #dropped = 0;

  constructor(needs: BoundedLogNeeds, fields: LogFields) {
    this.#needs = needs;
    this.#fields = fields;
  }

  write(level: 'info' | 'warn', message: string, fields: LogFields = {}): void {
    const nowMs = this.#needs.clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.flush();
      this.#windowStartMs = nowMs;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    if (this.#inWindow > LINES_PER_WINDOW) this.#dropped += 1;
    else this.#needs.log[level](message, { ...this.#fields, ...fields });
  }

  /** Says how much was left out. */
  flush(): void {
    if (this.#dropped === 0) return;
    this.#needs.log.warn('the server causes more log lines than the log takes; some were left out', { ...this.#fields, lines: this.#dropped });
    this.#dropped = 0;
  }
}
