import type { Log, LogFields } from '../../src/ports/world.ts';

export type LogEntry = { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string; readonly fields: LogFields };

/** A log that can be read back. */
export class CapturedLog implements Log {
  readonly entries: LogEntry[] = [];

  debug(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'debug', message, fields });
  }

  info(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'info', message, fields });
  }

  warn(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'warn', message, fields });
  }

  error(message: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'error', message, fields });
  }

  /** The messages of one level, in order. */
  said(level: LogEntry['level']): readonly string[] {
    return this.entries.filter((entry) => entry.level === level).map(({ message }) => message);
  }
}
