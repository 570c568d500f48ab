import type { Clock, Log } from '../../../../ports/world.ts';
import type { Mask } from './mask.ts';

/** Longer lines are cut: a log line is for reading. */
const LINE_CHARACTERS = 2_000;
const LINES_KEPT = 20;
/** A flood beyond this is counted instead of written (I02). */
const LINES_PER_WINDOW = 100;
const WINDOW_MS = 1_000;
const NEWLINE = '\n';

export interface StderrNeeds {
  readonly clock: Clock;
  readonly log: Log;
  readonly mask: Mask;
  readonly server: string;
}

/**
 * A child's stderr as log lines: masked, cut, and bounded in number. It is log, not error (IO-2).
 * The last lines are kept for the message of a failed start.
 */
export class StderrLog {
  readonly #needs: StderrNeeds;
  readonly #decoder = new TextDecoder();
  #partial = '';
  #skipping = false;
  #tail: string[] = [];
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #inWindow = 0;
  #dropped = 0;

  constructor(needs: StderrNeeds) {
    this.#needs = needs;
  }

  push(chunk: Buffer): void {
    const pieces = (this.#partial + this.#decoder.decode(chunk, { stream: true })).split(NEWLINE);
    this.#partial = pieces.pop() ?? '';
    for (const piece of pieces) this.#line(piece);
    // Kept long enough that a secret at the cut is still seen whole, and no longer.
    if (this.#partial.length <= LINE_CHARACTERS + this.#needs.mask.longest) return;
    this.#line(this.#partial);
    this.#partial = '';
    this.#skipping = true;
  }

  /** The stream has ended. */
  end(): void {
    if (this.#partial !== '') this.#line(this.#partial);
    this.#partial = '';
    this.#reportDropped();
  }

  /** The last lines, masked. */
  tail(): readonly string[] {
    return this.#tail;
  }

  #line(raw: string): void {
    // The rest of a line whose beginning was already written.
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const line = this.#needs.mask.apply(raw.trimEnd()).slice(0, LINE_CHARACTERS);
    if (line === '') return;
    this.#tail = [...this.#tail.slice(1 - LINES_KEPT), line];
    if (this.#hasRoom()) this.#needs.log.info(`${this.#needs.server}: ${line}`, { server: this.#needs.server, stream: 'stderr' });
    else this.#dropped += 1;
  }

  #hasRoom(): boolean {
    const nowMs = this.#needs.clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#reportDropped();
      this.#windowStartMs = nowMs;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    return this.#inWindow <= LINES_PER_WINDOW;
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const { log, server } = this.#needs;
    log.warn(`${server} writes to stderr faster than the log takes it; ${this.#dropped} lines were left out`, { server, lines: this.#dropped });
    this.#dropped = 0;
  }
}
