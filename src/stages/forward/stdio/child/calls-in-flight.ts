import type { JsonValue } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';
import type { RpcOutcome } from '../rpc/message.ts';
import type { CallOrigin } from './origin.ts';

/** A child may go on with what was cancelled, and speak of it; for so long nobody else is taken for its cause. */
const GHOST_MS = 60_000;
const MOST_GHOSTS = 1_024;

/** One request the child has not answered yet. */
export interface CallInFlight {
  /** Our id, unique over the life of the child: two callers' equal ids never meet (TR-14, M02). */
  readonly id: number;
  readonly method: string;
  /** Absent for what runs as long as the child does and is caused by nobody in particular. */
  readonly origin: CallOrigin | undefined;
  /** What the caller calls its progress; the child is told our id instead. */
  readonly progressToken: JsonValue | undefined;
  readonly settle: (outcome: RpcOutcome) => void;
  readonly fail: (error: Error) => void;
  /** Sets the call's clock anew. */
  touch(): void;
  readonly stopClock: () => void;
}

/** Who is waiting for the child, and whether there is only one of them. */
export class CallsInFlight {
  readonly #clock: Clock;
  readonly #calls = new Map<number, CallInFlight>();
  readonly #callers = new Map<string, number>();
  /** Calls given up here that the child may still be working on, each with how to let go of it. */
  readonly #ghosts = new Map<number, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#calls.size;
  }

  add(call: CallInFlight): void {
    this.#calls.set(call.id, call);
    if (call.origin !== undefined) this.#callers.set(call.origin.caller, (this.#callers.get(call.origin.caller) ?? 0) + 1);
  }

  get(id: unknown): CallInFlight | undefined {
    return typeof id === 'number' ? this.#calls.get(id) : undefined;
  }

  /** Takes an answered call out, once. */
  take(id: unknown): CallInFlight | undefined {
    const call = this.#remove(id);
    if (call?.origin !== undefined) this.#leave(call.origin.caller);
    return call;
  }

  /** Takes a call out that the child has not answered and may go on with. */
  abandon(id: unknown): CallInFlight | undefined {
    const call = this.#remove(id);
    if (call === undefined) return undefined;
    const cancel = this.#clock.after(GHOST_MS, () => this.layGhost(call.id));
    this.#ghosts.set(call.id, () => {
      cancel();
      if (call.origin !== undefined) this.#leave(call.origin.caller);
    });
    for (const oldest of this.#ghosts.keys()) if (this.#ghosts.size > MOST_GHOSTS) this.layGhost(oldest);
    return call;
  }

  /** The child has answered after all; false when the id was never given up. */
  layGhost(id: unknown): boolean {
    if (typeof id !== 'number') return false;
    this.#ghosts.get(id)?.();
    return this.#ghosts.delete(id);
  }

  takeAll(): CallInFlight[] {
    for (const id of this.#ghosts.keys()) this.layGhost(id);
    return [...this.#calls.keys()].flatMap((id) => this.take(id) ?? []);
  }

  isWaiting(caller: string): boolean {
    return this.#callers.has(caller);
  }

  /**
   * The latest call of the only caller who has any in flight, which is the only case in which it is certain who caused
   * what the child says without naming a request. With two callers the answer is nobody: they must never meet.
   */
  attribute(isFit: (origin: CallOrigin) => boolean): CallOrigin | undefined {
    if (this.#callers.size !== 1) return undefined;
    return [...this.#calls.values()].findLast(({ origin }) => origin !== undefined && isFit(origin))?.origin;
  }

  #remove(id: unknown): CallInFlight | undefined {
    const call = this.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(call.id);
    call.stopClock();
    return call;
  }

  #leave(caller: string): void {
    const left = (this.#callers.get(caller) ?? 1) - 1;
    if (left === 0) this.#callers.delete(caller);
    else this.#callers.set(caller, left);
  }
}
