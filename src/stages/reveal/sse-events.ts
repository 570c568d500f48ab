/** One server-sent event: the original bytes, and its joined `data`. */
export interface SseEvent {
  /** Everything of the event as it came, its blank line included. */
  readonly raw: Buffer;
  /** The lines other than `data`, to be kept when the data is rewritten. */
  readonly fields: readonly string[];
  /** Undefined for comments and events without data. */
  readonly data: string | undefined;
}

export class SseSyntaxError extends Error {}

const LF = 10;
const CR = 13;

/** Where a blank line ends an event, as the offset after it; -1 when none is complete. Line ends are LF, CR or CRLF. */
const endOfEvent = (bytes: Buffer, from: number): number => {
  let atLineStart = from === 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== LF && byte !== CR) {
      atLineStart = false;
      continue;
    }
    // A CR at the very end may be half of a CRLF: wait for the next byte.
    if (byte === CR && at + 1 === bytes.length) return -1;
    const next = byte === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
    if (atLineStart) return next;
    atLineStart = true;
    at = next - 1;
  }
  return -1;
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const parseEvent = (raw: Buffer): SseEvent => {
  let text: string;
  try {
    text = decoder.decode(raw);
  } catch {
    throw new SseSyntaxError('an event is not UTF-8');
  }
  const fields: string[] = [];
  const data: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === 'data') data.push('');
    else if (line.startsWith('data:')) data.push(line.startsWith('data: ') ? line.slice(6) : line.slice(5));
    else if (line !== '') fields.push(line);
  }
  return { raw, fields, data: data.length === 0 ? undefined : data.join('\n') };
};

/**
 * Cuts a byte stream into whole events (WHATWG HTML §9.2.6), whatever the chunk borders.
 * @param maxEventBytes an event larger than this ends the stream
 * @throws SseSyntaxError for bytes that are no UTF-8, an event too large, or a stream that stops inside one
 */
export async function* readEvents(stream: AsyncIterable<Uint8Array>, maxEventBytes: number): AsyncGenerator<SseEvent> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([held, chunk]);
    for (let end = endOfEvent(held, 0); end >= 0; end = endOfEvent(held, 0)) {
      yield parseEvent(held.subarray(0, end));
      held = held.subarray(end);
    }
    if (held.length > maxEventBytes) throw new SseSyntaxError(`an event is larger than ${String(maxEventBytes)} bytes`);
  }
  // What is left is an unfinished event, which the specification discards.
}

/** Writes an event with other data, its `id`, `event` and `retry` lines kept. */
export const rewriteEvent = (event: SseEvent, data: string): Buffer => Buffer.from([...event.fields, `data: ${data}`, '', ''].join('\n'));
