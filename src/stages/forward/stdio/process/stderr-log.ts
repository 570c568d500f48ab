import type { BoundedLog } from './bounded-log.ts';
import type { Mask } from './mask.ts';

/** Longer lines are cut: a log line is for reading. */
const LINE_CHARACTERS = 2_000;
const LINES_KEPT = 20;
const NEWLINE = '\n';

/**
 * A child's stderr as log lines: masked, cut, and bounded in number. It is log, not error (IO-2).
 * The last lines are kept for the message of a failed start.
 */
export class StderrLog {
  readonly #log: BoundedLog;
  readonly #mask: Mask;
  readonly #decoder = new TextDecoder();
  #partial = '';
  #skipping = false;
  #tail: string[] = [];

  constructor(log: BoundedLog, mask: Mask) {
    this.#log = log;
    this.#mask = mask;
  }

  push(chunk: Buffer): void {
    const pieces = (this.#partial + this.#decoder.decode(chunk, { stream: true })).split(NEWLINE);
    this.#partial = pieces.pop() ?? '';
    for (const piece of pieces) this.#line(piece);
    // Kept long enough that a secret at the cut is still seen whole, and no longer.
    if (this.#partial.length <= LINE_CHARACTERS + this.#mask.longest) return;
    this.#line(this.#partial);
    this.#partial = '';
    this.#skipping = true;
  }

  /** The stream has ended. */
  end(): void {
    if (this.#partial !== '') this.#line(this.#partial);
    this.#partial = '';
    this.#log.flush();
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
    const line = this.#mask.excerpt(raw, LINE_CHARACTERS);
    if (line === '') return;
    this.#tail = [...this.#tail.slice(1 - LINES_KEPT), line];
    this.#log.write('info', line, { stream: 'stderr' });
  }
}
