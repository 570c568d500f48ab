import pino from 'pino';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { printable, redactJson, redactText } from '../../model/redaction.ts';
import type { Log, LogFields } from '../../ports/world.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Words for a person instead of JSON for a program. */
  readonly pretty: boolean;
  readonly write: (line: string) => void;
}

const BOUNDS = { maxText: 2_000, maxDepth: 6, maxMembers: 64 } as const;

/** An error as data: its own words and its causes' code, never a stack with values in it. */
const describeError = (error: unknown): JsonValue => {
  if (!(error instanceof Error)) return error === undefined ? null : 'a non-error was thrown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const [, at] = (error.stack ?? '').split('\n');
  return { name: error.name, message: error.message, ...(code === undefined ? {} : { code }), ...(at === undefined ? {} : { at: at.trim() }) };
};

const clean = (fields: LogFields): Record<string, JsonValue> => {
  const plain = JSON.parse(JSON.stringify(fields, (_name, value: unknown) => (value instanceof Error ? describeError(value) : value))) as JsonValue; // a JSON text gives a JSON value
  const redacted = redactJson(plain, BOUNDS);
  return isJsonObject(redacted) ? { ...redacted } : {};
};

const COLOURS = { debug: 90, info: 36, warn: 33, error: 31 } as const;

const prettyLine = (level: keyof typeof COLOURS, message: string, fields: LogFields): string => {
  const detail = Object.keys(fields).length === 0 ? '' : ` ${printable(JSON.stringify(clean(fields)))}`;
  return `\u001b[${String(COLOURS[level])}m${level.padEnd(5)}\u001b[0m ${printable(redactText(message))}${detail}\n`;
};

const RANKS = { debug: 20, info: 30, warn: 40, error: 50, silent: 99 } as const;

const buildPretty = (options: LogOptions): Log => {
  const at = (level: keyof typeof COLOURS) => (message: string, fields: LogFields = {}): void => {
    if (RANKS[level] >= RANKS[options.level]) options.write(prettyLine(level, message, fields));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** One JSON object per line (RFC 3339 UTC time, level, msg), or one pretty line on a terminal; secrets masked either way. */
export const buildLog = (options: LogOptions): Log => {
  if (options.pretty) return buildPretty(options);
  const logger = pino(
    { level: options.level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level: (label) => ({ level: label }) } },
    { write: options.write },
  );
  const at = (level: keyof typeof COLOURS) => (message: string, fields: LogFields = {}): void => logger[level](clean(fields), redactText(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
