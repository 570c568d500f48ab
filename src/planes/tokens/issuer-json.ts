import { parseStrict } from '../../stages/understand/strict-json.ts';
import type { JsonValue } from '../../model/json.ts';

/** Tokens, and what issuers say of themselves, are smaller than what callers may send. */
const BOUNDS = { depth: 16, members: 5_000, values: 10_000 };

/** The one strict reader, for texts of issuers and tokens. It throws. */
export const readIssuerJson = (bytes: Buffer): JsonValue => parseStrict(bytes, BOUNDS);
