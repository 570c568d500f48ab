const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** A native search costs as much as looking at so many bytes one by one; most names and values are shorter. */
const SHORT_RUN = 64;

/** True when an odd number of backslashes stands before `at`, so that what stands there is escaped. */
const isEscaped = (bytes: Buffer, at: number): boolean => {
  let from = at;
  while (bytes[from - 1] === BACKSLASH) from -= 1;
  return (at - from) % 2 === 1;
};

/**
 * Walks over a JSON string; what its escapes mean is judged by judgeEscapes.
 * @param start the offset after the opening quote
 * @returns the offset after the closing quote, or the end of the body when there is none
 */
export const skipString = (bytes: Buffer, start: number): number => {
  let at = start;
  for (;;) {
    for (const runEnd = at + SHORT_RUN; at < runEnd; at += 1) {
      const byte = bytes[at] ?? QUOTE; // the end of the body ends an open string, too
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) at += 1;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return bytes.length;
    if (!isEscaped(bytes, quote)) return quote + 1;
    at = quote + 1;
  }
};
