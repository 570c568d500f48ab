import { randomBytes } from 'node:crypto';
import { FetchError, type Network } from '../../ports/network.ts';
import type { Clock, Log, Random, World } from '../../ports/world.ts';

/** The wall clock, the clock of durations, and timers. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  every(everyMs, work) {
    const timer = setInterval(work, everyMs).unref();
    return () => clearInterval(timer);
  },
  after(afterMs, work) {
    const timer = setTimeout(work, afterMs).unref();
    return () => clearTimeout(timer);
  },
};

/** Randomness of the operating system. */
export const realRandom: Random = { bytes: (length) => randomBytes(length) };

/** For programs that have no business outside: whatever asks is told so. */
const NO_NETWORK: Network = { send: () => Promise.reject(new FetchError('refused', 'this command opens no connections')) };

/** The real world: wall clock, operating system randomness, the given log, and no way out unless one is handed in. */
export const realWorld = (log: Log, network: Network = NO_NETWORK): World => ({ clock: realClock, random: realRandom, log, network });
