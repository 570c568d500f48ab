import type { Clock } from '../../../../ports/world.ts';

/** Progress may keep a call alive, but not for ever (MCP cancellation, "Timeouts": a maximum always). */
const LONGEST_CALL_MS = 60 * 60_000;

export interface CallClockOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** True while a human is being asked: that time is not the server's. */
  isPaused(): boolean;
  expire(): void;
}

export interface CallClock {
  /** A sign of life: the time starts again. */
  touch(): void;
  stop(): void;
}

/** Bounds one call: `timeoutMs` of silence, and an hour in all. */
export const startCallClock = ({ clock, timeoutMs, isPaused, expire }: CallClockOptions): CallClock => {
  if (!Number.isFinite(timeoutMs)) return { touch: () => undefined, stop: () => undefined };
  const startMs = clock.monotonicMs();
  let cancel: () => void = () => undefined;
  const arm = (): void => {
    cancel();
    cancel = clock.after(timeoutMs, () => {
      if (isPaused() && clock.monotonicMs() - startMs < LONGEST_CALL_MS) arm();
      else expire();
    });
  };
  arm();
  return {
    touch: () => {
      if (clock.monotonicMs() - startMs < LONGEST_CALL_MS) arm();
    },
    stop: () => cancel(),
  };
};
