import type { JsonValue } from '../../model/json.ts';

/** A run of 16 digits or an exponent: a number that a double might not hold, such as a 64-bit maximum in a schema. */
const DELICATE = /\d{16}|\d[eE]/;

interface ReviverContext {
  readonly source?: string;
}

/**
 * Parses an upstream's JSON so that `JSON.stringify` gives every number back as it was written (TC39 JSON.parse source
 * text access): narrowing a list must not round the numbers in the schemas that stay.
 * @throws SyntaxError
 */
export const parseLossless = (text: string): JsonValue => {
  if (!DELICATE.test(text)) return JSON.parse(text) as JsonValue; // JSON.parse is typed any; RFC 8259 gives exactly these.
  const keepSource = (_name: string, value: unknown, context?: ReviverContext): unknown =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source ? rawJson(context.source) : value;
  return JSON.parse(text, keepSource) as JsonValue;
};

const rawJson = (source: string): unknown => ('rawJSON' in JSON && typeof JSON.rawJSON === 'function' ? JSON.rawJSON(source) : Number(source));
