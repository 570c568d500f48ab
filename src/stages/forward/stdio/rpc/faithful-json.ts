import type { JsonObject } from '../../../../model/json.ts';

/** A number that a double cannot hold, or an exponent that may overflow one: rare enough to pay for only when seen. */
const RISKY_NUMBER = /\d{16}|\d[eE]\+?\d{3}/;

// Node 24 has the "JSON.parse source text access" proposal; TypeScript's library does not describe it yet.
type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
interface FaithfulJson {
  parse(text: string, reviver: SourceReviver): unknown;
  rawJSON(text: string): unknown;
}
// The cast adds the two signatures above to an object that has them at run time.
const faithful = JSON as unknown as FaithfulJson;

const keepDigits: SourceReviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source && RISKY_NUMBER.test(source) ? faithful.rawJSON(source) : value;

/**
 * Parses JSON so that writing it again gives the same numbers: a gateway must not turn 12345678901234567890 into
 * 12345678901234567000 on the way through. Throws SyntaxError as JSON.parse does.
 */
export const parseFaithfully = (text: string): unknown => (RISKY_NUMBER.test(text) ? faithful.parse(text, keepDigits) : JSON.parse(text));

/** The params to pass on: those policy read, unless reading them has cost digits. */
export const faithfulParams = (params: JsonObject, body: Buffer | undefined): JsonObject => {
  const text = body?.toString('utf8') ?? '';
  if (!RISKY_NUMBER.test(text)) return params;
  // The same bytes as policy read, parsed a second time; understand has already judged their shape.
  return (parseFaithfully(text) as { readonly params?: JsonObject }).params ?? params;
};
