import type { OpenStreams } from '../../ports/streams.ts';

type End = (reason: string) => void;

/**
 * The streams that are open, by credential: bounded for each, and ended when the credential dies (K05, M06, D02).
 */
export class StreamRegister implements OpenStreams {
  readonly #perCredential: number;
  readonly #streams = new Map<string, Set<End>>();

  /** @param perCredential how many streams one credential may hold open */
  constructor(perCredential: number) {
    this.#perCredential = perCredential;
  }

  open(credentialId: string, end: End): (() => void) | undefined {
    const streams = this.#streams.get(credentialId) ?? new Set<End>();
    if (streams.size >= this.#perCredential) return undefined;
    streams.add(end);
    this.#streams.set(credentialId, streams);
    return () => {
      streams.delete(end);
      if (streams.size === 0 && this.#streams.get(credentialId) === streams) this.#streams.delete(credentialId);
    };
  }

  /** Ends the streams of every credential that `lives` no longer vouches for. */
  endDead(lives: (credentialId: string) => boolean, reason: string): void {
    for (const [credentialId, streams] of this.#streams) if (!lives(credentialId)) for (const end of streams) end(reason);
  }

  endAll(reason: string): void {
    this.endDead(() => false, reason);
  }

  get size(): number {
    let count = 0;
    for (const streams of this.#streams.values()) count += streams.size;
    return count;
  }
}
