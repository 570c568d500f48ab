import { randomBytes } from 'node:crypto';
import type { Clock, Log, World } from '../../ports/world.ts';

const clock: Clock = {
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

/** The real world: wall clock, operating system randomness, and the given log. */
export const realWorld = (log: Log): World => ({ clock, random: { bytes: (length) => randomBytes(length) }, log });
