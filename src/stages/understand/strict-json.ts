import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '../../model/json.ts';
import { countMembers } from './json/count-members.ts';
import { ambiguous, malformed } from './json/fault.ts';
import { judgeEscapes } from './json/judge-escapes.ts';
import { locateFault } from './json/locate-fault.ts';
import { scanJson, type Bounds } from './json/scan-json.ts';

/** Measured so that the worst body of 4 MiB costs about 50 ms of CPU (attacks.md N15); a long text or picture is one value. */
export const BOUNDS: Bounds = { depth: 64, members: 50_000, values: 200_000 };

const BACKSLASH = 0x5c;
/** What may be an escaped NUL or half a surrogate pair; one quick look spares most bodies the slow one. */
const SUSPECT_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/** How far a wrong byte can lie behind the last good prefix: a UTF-8 character has at most four bytes. */
const CUT = [0, 1, 2, 3];

/** Where decoding stops, to within one character, by halving: a prefix of UTF-8 is UTF-8 up to a cut character. */
const badByteNear = (bytes: Buffer): number => {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (CUT.some((cut) => isUtf8(bytes.subarray(0, Math.max(0, middle - cut))))) good = middle;
    else bad = middle;
  }
  return good;
};

/** JSON.parse on the whole text. Its own message is dropped because it quotes the body. */
const parse = (text: string, bytes: Buffer): JsonValue => {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('malformed JSON', locateFault(bytes)?.at);
  }
};

/**
 * Reads one JSON document and refuses every text that two readers could read differently (attacks.md L): what policy reads
 * here is what the upstream reads from the same bytes.
 * `constructor` and `prototype` are ordinary names; nothing is ever assigned to an object that has a prototype's setter.
 * @param bytes the whole body
 * @param bounds how much structure it may have
 * @returns what JSON.parse returns for it
 * @throws GatewayError `rpc.parse` (-32700): not UTF-8, a byte order mark, an escaped NUL or half a surrogate pair in a
 *   name or a value, or not exactly one JSON text (RFC 8259)
 * @throws GatewayError `rpc.invalid` (-32600): a name twice in one object after decoding, a member `__proto__`, a number
 *   with leading zeros, beyond ±(2^53-1) or vanishing to zero, or structure beyond the bounds. `-0`, `1.0` and `1e2` pass.
 */
export const parseStrict = (bytes: Buffer, bounds: Bounds = BOUNDS): JsonValue => {
  if (!isUtf8(bytes)) throw malformed('bytes that are not UTF-8', badByteNear(bytes));
  const membersInText = scanJson(bytes, bounds);
  const text = bytes.toString('utf8');
  if (bytes.includes(BACKSLASH) && SUSPECT_ESCAPE.test(text)) judgeEscapes(bytes);
  const value = parse(text, bytes);
  if (countMembers(value) !== membersInText) throw ambiguous('a member name that occurs twice', locateFault(bytes)?.at);
  return value;
};
