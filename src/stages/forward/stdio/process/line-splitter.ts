const NEWLINE = 0x0a;

export interface LineHandlers {
  /** One line without its newline. */
  line(line: Buffer): void;
  /** A line grew beyond the cap; nothing more is read after this. */
  overlong(): void;
}

/** Cuts a byte stream into lines of bounded length; holds at most one incomplete line (I02, D07). */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #handlers: LineHandlers;
  #parts: Buffer[] = [];
  #length = 0;
  #ended = false;

  constructor(maxBytes: number, handlers: LineHandlers) {
    this.#maxBytes = maxBytes;
    this.#handlers = handlers;
  }

  push(chunk: Buffer): void {
    let start = 0;
    while (!this.#ended) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      if (!this.#ended) this.#handlers.line(this.#take());
    }
    if (!this.#ended) this.#keep(chunk.subarray(start));
  }

  /** What is left when the stream ends without a newline. */
  rest(): Buffer {
    return this.#take();
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#maxBytes) {
      this.#ended = true;
      this.#parts = [];
      this.#handlers.overlong();
    } else if (part.length > 0) this.#parts.push(part);
  }

  #take(): Buffer {
    const [only, ...more] = this.#parts;
    const line = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}
