import type { Network } from './network.ts';

/** Time. Wall clock for what people read and for expiry, monotonic for durations and limits (L06). */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds of a clock that never steps. */
  monotonicMs(): number;
  /** Runs `work` every `everyMs` until the returned function is called; never keeps the process alive by itself. */
  every(everyMs: number, work: () => void): () => void;
  /** Runs `work` once after `afterMs` unless the returned function is called first. */
  after(afterMs: number, work: () => void): () => void;
}

export interface Random {
  /** `length` cryptographically random bytes. */
  bytes(length: number): Uint8Array;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log; secrets in `fields` and `message` are masked by the adapter, not by the caller. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Everything a room may touch beyond its arguments. `build(options, needs)` names the members it takes. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly network: Network;
}
