import type { AnswerReader, Flow } from './connection.ts';
import type { AnswerHead } from './response-parser.ts';

/** Bytes held for a slow reader before the upstream is told to wait. */
const HIGH_WATER_BYTES = 256 * 1024;

const joined = (chunks: readonly Uint8Array[]): Buffer => {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? Buffer.from(only.buffer, only.byteOffset, only.byteLength) : Buffer.concat(chunks);
};

/**
 * Receives one answer: the head as a promise, the body as an async iterable with back-pressure that may be read once. Leaving
 * the iteration early gives the upstream exchange up.
 */
export class ResponseHandler implements AnswerReader, AsyncIterator<Uint8Array>, AsyncIterable<Uint8Array> {
  readonly head: Promise<AnswerHead>;
  #settleHead: { resolve: (head: AnswerHead) => void; reject: (error: Error) => void } | undefined;
  #flow: Flow | undefined;
  #paused = false;
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  /** Set while the whole body is awaited. */
  #look: (() => void) | undefined;

  constructor() {
    this.head = new Promise((resolve, reject) => {
      this.#settleHead = { resolve, reject };
    });
    // A caller who left before the head came must not turn its failure into an unhandled rejection.
    this.head.catch(() => undefined);
  }

  onStart(flow: Flow): void {
    this.#flow = flow;
    if (this.#failure !== undefined) flow.abort();
  }

  onHead(head: AnswerHead): void {
    this.#settleHead?.resolve(head);
  }

  onBody(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#look === undefined && this.#heldBytes > HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true;
      this.#flow?.pause();
    }
    this.#notify();
  }

  onEnd(): void {
    this.#ended = true;
    // A connection that goes on to another exchange must not stay paused, nor be steered from here any more.
    if (this.#paused) this.#flow?.resume();
    this.#flow = undefined;
    this.#notify();
  }

  onError(error: Error): void {
    this.#flow = undefined;
    this.#fail(error);
  }

  /**
   * Reads the body whole: one promise in place of one for each piece, and none for a small one that has come with its head.
   * @param maxBytes a longer body is given up with `tooLong`
   */
  whole(maxBytes: number, tooLong: () => Error): Buffer | Promise<Buffer> {
    if (this.#ended && this.#heldBytes <= maxBytes) return joined(this.#chunks);
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.#heldBytes > maxBytes) {
          const error = tooLong();
          // All of it may have come with the head, and there is nothing left to give up.
          this.abort(error);
          reject(error);
        } else if (this.#failure !== undefined) reject(this.#failure);
        else if (this.#ended) resolve(joined(this.#chunks));
      };
      // Nothing is held back while the whole is wanted: the bound is `maxBytes`.
      if (this.#paused) this.#flow?.resume();
      this.#look();
    });
  }

  /** Gives the request up; what was received stays readable, then the reader gets `reason`. */
  abort(reason: Error): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#fail(reason);
    this.#flow?.abort();
    this.#flow = undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) return this.#taken(chunk);
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.abort(new Error('the reader left'));
    return Promise.resolve({ done: true, value: undefined });
  }

  #taken(chunk: Uint8Array): IteratorResult<Uint8Array> {
    this.#heldBytes -= chunk.length;
    if (this.#paused && this.#heldBytes <= HIGH_WATER_BYTES / 2) {
      this.#paused = false;
      this.#flow?.resume();
    }
    return { done: false, value: chunk };
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settleHead?.reject(error);
    this.#notify();
  }

  #notify(): void {
    this.#look?.();
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
