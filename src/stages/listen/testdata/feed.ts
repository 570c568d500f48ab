import type { Reply } from '../../../model/exchange.ts';

/** A stream that a test feeds by hand. */
export class Feed implements AsyncIterator<Uint8Array>, AsyncIterable<Uint8Array> {
  left = false;
  readonly #chunks: (Buffer | undefined)[] = [];
  #wake: (() => void) | undefined;

  say(...chunks: readonly (Buffer | string | undefined)[]): this {
    this.#chunks.push(...chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
    this.#wake?.();
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#chunks.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const value = this.#chunks.shift();
    return value === undefined ? { done: true, value: undefined } : { done: false, value };
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.left = true;
    return Promise.resolve({ done: true, value: undefined });
  }
}

export const streaming = (stream: Feed): Reply => ({ kind: 'stream', status: 200, headers: { 'Content-Type': 'text/event-stream' }, stream });
