import { mostVerbose } from '../rpc/log-level.ts';
import type { OpenChild } from './child-run.ts';

const TIMEOUT_MS = 30_000;

/**
 * How much a legacy child is asked to log: as much as the most curious of its callers wants, each of whom then gets what
 * it asked for. A modern child is told with each request instead.
 */
export class LogLevels {
  readonly #wanted = new Map<object, string>();
  #child: OpenChild | undefined;
  #applied: string | undefined;

  /** A new run of the child knows nothing of what the former one was told. */
  opened(child: OpenChild): void {
    this.#child = child;
    this.#applied = undefined;
    this.#apply();
  }

  /** @param caller a session, or one modern call */
  want(caller: object, level: string): void {
    this.#wanted.set(caller, level);
    this.#apply();
  }

  drop(caller: object): void {
    if (this.#wanted.delete(caller)) this.#apply();
  }

  #apply(): void {
    const level = mostVerbose(this.#wanted.values());
    if (level === undefined || level === this.#applied || this.#child === undefined) return;
    const { connection, facts } = this.#child;
    if (facts.era !== 'legacy' || facts.capabilities['logging'] === undefined) return;
    this.#applied = level;
    try {
      // Without an origin: it says nothing of anybody, and must not make it uncertain whose log messages follow.
      connection.call({ method: 'logging/setLevel', params: { level }, origin: undefined, timeoutMs: TIMEOUT_MS });
    } catch {
      // The child is gone or overloaded; its next run is told again.
    }
  }
}
