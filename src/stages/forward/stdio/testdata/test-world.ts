import { createHash } from 'node:crypto';
import type { Clock, Log, LogFields, Random } from '../../../../ports/world.ts';

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Real time, for tests in which real children take part. */
const realClock: Clock = {
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

/** A log that can be read back. */
export const capturedLog = (): Log & { readonly entries: LogEntry[]; text(): string } => {
  const entries: LogEntry[] = [];
  const write = (level: LogEntry['level']) => (message: string, fields: LogFields = {}) => void entries.push({ level, message, fields });
  return { entries, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), text: () => JSON.stringify(entries) };
};

/** Bytes that look random and are the same in each run. */
export const seededRandom = (): Random => {
  let count = 0;
  return {
    bytes: (length) => {
      count += 1;
      return createHash('shake256', { outputLength: length }).update(String(count)).digest();
    },
  };
};

/** The needs of the room with a log to read; a real clock unless one is given. */
export const testNeeds = (clock: Clock = realClock) => ({ clock, random: seededRandom(), log: capturedLog() });
