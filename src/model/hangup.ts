/**
 * Tells that the caller has left, or that the gateway gives the request up. It is an AbortSignal only for those who ask for
 * one: most requests end without anybody having listened, and an EventTarget costs more than the whole of authorization.
 */
export class Hangup {
  #aborted = false;
  #listeners: Set<() => void> | undefined;
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
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort();
    for (const listener of this.#listeners ?? []) listener();
    this.#listeners = undefined;
  }
}
