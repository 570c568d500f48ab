import { ambiguous } from './fault.ts';

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** Any integer of so many digits is below 2^53. */
const SAFE_DIGITS = 15;
/** A literal so short and without exponent cannot underflow: the smallest double is about 5e-324. */
const SAFE_LENGTH = 300;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
/** `e` and `E` differ in bit 5 alone. */
const isExponent = (byte: number): boolean => (byte | 0x20) === 0x65;
const continues = (byte: number): boolean => isDigit(byte) || byte === POINT || byte === MINUS || byte === 0x2b || isExponent(byte);

/** Refuses a literal whose double another reader may not share: RFC 8259 §6 and RFC 7493 §2.2 promise only ±(2^53-1). */
const judge = (literal: string, at: number): void => {
  const value = Number(literal);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw ambiguous('a number beyond 2^53-1', at);
  const [digits = ''] = literal.split(/e/i, 1);
  if (value === 0 && /[1-9]/.test(digits)) throw ambiguous('a number that vanishes to zero', at);
};

/**
 * Walks over a JSON number and refuses those that readers disagree about; whether it is well formed is left to JSON.parse.
 * @param start the offset of its minus sign or first digit
 * @returns the offset after it
 * @throws GatewayError `rpc.invalid` for leading zeros, for magnitudes beyond 2^53-1 in any notation and for literals
 *   that are not zero but become zero
 */
export const skipNumber = (bytes: Buffer, start: number): number => {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let at = first;
  while (isDigit(bytes[at] ?? 0)) at += 1;
  if (bytes[first] === ZERO && at > first + 1) throw ambiguous('a number with leading zeros', start);
  let doubtful = at - first > SAFE_DIGITS;
  for (let byte = bytes[at] ?? 0; continues(byte); byte = bytes[++at] ?? 0) doubtful ||= isExponent(byte);
  if (doubtful || at - start > SAFE_LENGTH) judge(bytes.toString('latin1', start, at), start);
  return at;
};
