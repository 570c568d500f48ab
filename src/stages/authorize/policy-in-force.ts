/** How long a request that arrived under the former policy may still be judged by it (Q07). */
const GRACE_MS = 1_000;

/** Which version of the policy is in force, and since when. */
export class PolicyInForce {
  #version = '';
  #sinceMs = 0;

  /** Puts a policy in force; one that says the same goes on. */
  put(version: string, monotonicMs: number): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#sinceMs = monotonicMs;
  }

  /** Whether another version has been in force for more than a moment. */
  hasReplaced(version: string, monotonicMs: number): boolean {
    return version !== this.#version && monotonicMs - this.#sinceMs > GRACE_MS;
  }
}
