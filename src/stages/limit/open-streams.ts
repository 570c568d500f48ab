import type { OpenStreams, StreamHolder } from '../../ports/streams.ts';

type End = (reason: string) => void;

interface Held {
  readonly holder: StreamHolder;
  readonly end: End;
  readonly answers: boolean;
}

const isIdle = ({ answers }: Held): boolean => !answers;

/**
 * The streams that are open, by credential: ended when the credential dies (K05, M06), and bounded for each where they were
 * asked for as streams (D02). One that carries the answer of a call ends with the call.
 */
export class StreamRegister implements OpenStreams {
  readonly #perCredential: number;
  readonly #streams = new Map<string, Set<Held>>();

  /** @param perCredential how many streams one credential may hold open */
  constructor(perCredential: number) {
    this.#perCredential = perCredential;
  }

  /** Whether the credential holds as many streams as it may. */
  isFull(credentialId: string): boolean {
    const streams = this.#streams.get(credentialId);
    return streams !== undefined && streams.size >= this.#perCredential && [...streams].filter(isIdle).length >= this.#perCredential;
  }

  open(holder: StreamHolder, end: End, answers = false): (() => void) | undefined {
    const { credentialId } = holder;
    if (!answers && this.isFull(credentialId)) return undefined;
    const streams = this.#streams.get(credentialId) ?? new Set<Held>();
    const held = { holder, end, answers };
    streams.add(held);
    this.#streams.set(credentialId, streams);
    return () => {
      streams.delete(held);
      if (streams.size === 0 && this.#streams.get(credentialId) === streams) this.#streams.delete(credentialId);
    };
  }

  /** Ends the streams of every holder that `lives` no longer vouches for: tokens of one credential may die one by one. */
  endDead(lives: (holder: StreamHolder) => boolean, reason: string): void {
    for (const streams of this.#streams.values()) {
      let last: { readonly holder: StreamHolder; readonly lives: boolean } | undefined;
      for (const { holder, end } of streams) {
        if (last?.holder !== holder) last = { holder, lives: lives(holder) };
        if (!last.lives) end(reason);
      }
    }
  }

  /** Ends those that carry no answer: running calls may finish (F09). */
  endIdle(reason: string): void {
    for (const streams of this.#streams.values()) for (const held of streams) if (isIdle(held)) held.end(reason);
  }

  get size(): number {
    let count = 0;
    for (const streams of this.#streams.values()) count += streams.size;
    return count;
  }
}
