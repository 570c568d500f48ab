import type { Dispatcher } from 'undici';

/** The head of an upstream's answer. */
export interface AnswerHead {
  readonly status: number;
  /** Lower-case names; a repeated header keeps all its values. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

type Headers = AnswerHead['headers'];

/** Bytes held for a slow reader before the upstream is told to wait. */
const HIGH_WATER_BYTES = 256 * 1024;

/**
 * Receives one answer from undici's dispatch (the cheapest way in; no web streams): the head as a promise, the body as an
 * async iterable with back-pressure that may be read once. Leaving the iteration early aborts the upstream request.
 */
export class ResponseHandler implements Dispatcher.DispatchHandler, AsyncIterator<Uint8Array>, AsyncIterable<Uint8Array> {
  readonly head: Promise<AnswerHead>;
  #settleHead: { resolve: (head: AnswerHead) => void; reject: (error: Error) => void } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Uint8Array[] = [];
  #heldBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor() {
    this.head = new Promise((resolve, reject) => {
      this.#settleHead = { resolve, reject };
    });
    // A caller who left before the head came must not turn its failure into an unhandled rejection.
    this.head.catch(() => undefined);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status >= 200) this.#settleHead?.resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HIGH_WATER_BYTES) controller.pause();
    this.#notify();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#notify();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
  }

  /** Gives the request up; what was received stays readable, then the reader gets `reason`. */
  abort(reason: Error): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#fail(reason);
    this.#controller?.abort(reason);
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
    if (this.#heldBytes <= HIGH_WATER_BYTES / 2 && this.#controller?.paused === true) this.#controller.resume();
    return { done: false, value: chunk };
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settleHead?.reject(error);
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
