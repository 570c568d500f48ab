/** One server-sent event, of which only what every reader understands alike is left. */
export interface SseEvent {
  /** What may be passed on: the original bytes, or the event written anew where they held more than the four fields. */
  readonly raw: Buffer;
  /** The lines other than `data`, to be kept when the data is rewritten. */
  readonly fields: readonly string[];
  /** Undefined for comments and events without data. */
  readonly data: string | undefined;
}

export class SseSyntaxError extends Error {}

const LF = 10;
const CR = 13;
const BYTE_ORDER_MARK = '\u{feff}';
const FIELD = /^(?:id|event|retry)(?::|$)/;
/** Line ends to some readers, Python's among them, and to others not: in a line of its own such a one could hide an event. */
const OTHER_LINE_ENDS = /[\u0000\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]/;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decode = (bytes: Buffer): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new SseSyntaxError('an event is not UTF-8');
  }
};

/** An event of these lines; with none at all it is an empty comment, which keeps a connection alive. */
const writeEvent = (fields: readonly string[], data: string | undefined): Buffer => {
  const lines = [...fields, ...(data === undefined ? [] : data.split('\n').map((line) => `data: ${line}`))];
  return Buffer.from(lines.length === 0 ? ':\n\n' : [...lines, '', ''].join('\n'));
};

const parseEvent = (bytes: Buffer, isFirst: boolean): SseEvent => {
  const text = decode(bytes);
  // Readers drop a mark at the very beginning (WHATWG HTML §9.2.6); what stands behind it is a field to them.
  const isMarked = isFirst && text.startsWith(BYTE_ORDER_MARK);
  const fields: string[] = [];
  const data: string[] = [];
  // Behind a lone CR a reader may wait for an LF, and here there is none to come.
  let isPlain = !isMarked && bytes.at(-1) !== CR;
  for (const line of (isMarked ? text.slice(1) : text).split(/\r\n|\r|\n/)) {
    if (line === 'data') data.push('');
    else if (line.startsWith('data:')) data.push(line.startsWith('data: ') ? line.slice(6) : line.slice(5));
    else if (FIELD.test(line) && !OTHER_LINE_ENDS.test(line)) fields.push(line);
    else if (line !== '') isPlain = false;
  }
  const joined = data.length === 0 ? undefined : data.join('\n');
  return { raw: isPlain ? bytes : writeEvent(fields, joined), fields, data: joined };
};

/** Cuts bytes into events, each byte looked at once: a long event must not be searched again with each of its pieces. */
class EventCutter {
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #atLineStart = true;
  /** A CR was last; an LF next is the rest of the same line end. */
  #afterCr = false;

  /** Bytes of the event that is not whole yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * The events that the chunk completes. Line ends are LF, CR or CRLF, and a CRLF stays whole: some readers wait behind a CR for
   * what comes, and would never see the last event.
   */
  *cut(chunk: Buffer): Generator<Buffer> {
    // Halved by the border of two chunks; the event it ended is out already.
    let from = this.#afterCr && this.#heldBytes === 0 && chunk[0] === LF ? this.#takeRest() : 0;
    for (let at = from; at < chunk.length; at += 1) {
      if (!this.#endsEvent(chunk[at])) continue;
      if (chunk[at] === CR && chunk[at + 1] === LF) at += this.#takeRest();
      yield this.#taken(chunk.subarray(from, at + 1));
      from = at + 1;
    }
    if (from === chunk.length) return;
    this.#pieces.push(chunk.subarray(from));
    this.#heldBytes += chunk.length - from;
  }

  /** Takes the LF of a CRLF that has ended an event. @returns its length */
  #takeRest(): number {
    this.#afterCr = false;
    return 1;
  }

  #endsEvent(byte: number | undefined): boolean {
    const isRest = byte === LF && this.#afterCr;
    this.#afterCr = byte === CR;
    if (isRest) return false;
    const isLineEnd = byte === LF || byte === CR;
    const isBlankLine = isLineEnd && this.#atLineStart;
    this.#atLineStart = isLineEnd;
    return isBlankLine;
  }

  #taken(last: Buffer): Buffer {
    if (this.#pieces.length === 0) return last;
    const whole = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#heldBytes = 0;
    return whole;
  }
}

/**
 * Cuts a byte stream into whole events (WHATWG HTML §9.2.6), whatever the chunk borders. What is left at the end is an unfinished
 * event, which the specification discards.
 * @param maxEventBytes an event larger than this ends the stream
 * @throws SseSyntaxError for bytes that are no UTF-8 and for an event too large
 */
export async function* readEvents(stream: AsyncIterable<Uint8Array>, maxEventBytes: number): AsyncGenerator<SseEvent> {
  const cutter = new EventCutter();
  let isFirst = true;
  for await (const chunk of stream) {
    for (const event of cutter.cut(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) {
      yield parseEvent(event, isFirst);
      isFirst = false;
    }
    if (cutter.heldBytes > maxEventBytes) throw new SseSyntaxError(`an event is larger than ${String(maxEventBytes)} bytes`);
  }
}

/** Writes an event with other data, its `id`, `event` and `retry` lines kept. */
export const rewriteEvent = (event: SseEvent, data: string): Buffer => writeEvent(event.fields, data);
