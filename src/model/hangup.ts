/**
 * Tells that the caller has left, or that the gateway gives the request up. It is an AbortSignal only for those who ask for
 * one: most requests end without anybody having listened, and an EventTarget costs more than the whole of authorization.
 */
export class Hangup {
  #aborted = false;
  /** Nearly always there is one, and a Set costs more than the call it waits for. */
  #first: (() => void) | undefined;
  #others: Set<() => void> | undefined;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  /** The same as an AbortSignal, for what speaks the platform's language. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Calls `listener` once when it happens, at once when it has. @returns how to stop listening */
  listen(listener: () => void): () => void {
    if (this.#aborted) {
      listener();
      return () => undefined;
    }
    if (this.#first === undefined) {
      this.#first = listener;
      return () => {
        if (this.#first === listener) this.#first = undefined;
      };
    }
    this.#others ??= new Set();
    this.#others.add(listener);
    return () => this.#others?.delete(listener);
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort();
    this.#first?.();
    for (const listener of this.#others ?? []) listener();
    this.#first = this.#others = undefined;
  }
}
