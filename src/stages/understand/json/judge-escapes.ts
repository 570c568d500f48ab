import { malformed } from './fault.ts';

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

const isHigh = (unit: number): boolean => unit >= 0xd8_00 && unit <= 0xdb_ff;
const isLow = (unit: number): boolean => unit >= 0xdc_00 && unit <= 0xdf_ff;

/** The value of a hexadecimal digit; NaN when it is none. */
const hexDigit = (byte: number | undefined): number => {
  if (byte === undefined) return Number.NaN;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20; // lower case
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
};

/** The code unit of the `\uXXXX` whose backslash stands at `at`; NaN when there is none. */
const unitAt = (bytes: Buffer, at: number): number => {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return Number.NaN;
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit += 1) unit = unit * 16 + hexDigit(bytes[digit]);
  return unit;
};

/**
 * Refuses escapes for what is no text. Half a surrogate pair becomes U+FFFD, an error or itself depending on the reader
 * (RFC 8259 §8.2), and a NUL ends the text for every reader written in C: both count as bad encoding, in names and in
 * values (attacks.md N09). Whether an escape is well formed is left to JSON.parse.
 * @throws GatewayError `rpc.parse`
 */
export const judgeEscapes = (bytes: Buffer): void => {
  let at = bytes.indexOf(BACKSLASH);
  if (at < 0) return;
  while (at < bytes.length) {
    if (bytes[at] !== BACKSLASH) {
      at += 1;
      continue;
    }
    const unit = unitAt(bytes, at);
    if (unit === 0) throw malformed('an escaped NUL character', at);
    if (isHigh(unit) && isLow(unitAt(bytes, at + 6))) at += 12;
    else if (isHigh(unit) || isLow(unit)) throw malformed('half a surrogate pair', at);
    else at += 2;
  }
};
