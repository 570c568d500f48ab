/** As large a message as a gateway takes in its largest setting. */
const MOST_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 10;

const textOf = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('utf8').trim();

/**
 * The lines of a byte stream. Only LF ends one: a JSON text may hold U+2028, which `node:readline` takes for a line end.
 * @throws Error for a line without an end in sight
 */
export async function* readLines(input: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    let from = 0;
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, from)) {
      const line = textOf([...held, bytes.subarray(from, at)]);
      held = [];
      length = 0;
      from = at + 1;
      if (line !== '') yield line;
    }
    held.push(bytes.subarray(from));
    length += bytes.length - from;
    if (length > MOST_BYTES) throw new Error(`a message is larger than ${String(MOST_BYTES)} bytes`);
  }
  const last = textOf(held);
  if (last !== '') yield last;
}
