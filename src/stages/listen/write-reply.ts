import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Reply } from '../../model/exchange.ts';
import type { Clock } from '../../ports/world.ts';

/** How long a reader may take nothing of what stands ready for it (slow-read attack, D01). */
const STALL_MS = 12_000;
const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVE = ': keep-alive\n\n';

/** Waits until the reader has taken what stands ready, or has stalled for too long and is cut off. */
const taken = async (response: ServerResponse, event: 'drain' | 'finish', clock: Clock): Promise<void> => {
  const cancel = clock.after(STALL_MS, () => response.destroy());
  // Of the two that are listened for one never comes: its listeners must not pile up over the life of a stream.
  const over = new AbortController();
  try {
    await Promise.race([once(response, event, over), once(response, 'close', over)]);
  } finally {
    over.abort();
    cancel();
  }
};

/** Ends the reply. A reader who does not take the last of it is bounded in time as for all the rest. */
const endedBy = (response: ServerResponse, end: () => void, clock: Clock): Promise<void> | undefined => {
  const { socket } = response;
  end();
  return socket !== null && socket.writableLength > 0 ? taken(response, 'finish', clock) : undefined;
};

/** A comment on an idle event stream keeps proxies from cutting it (TR-9); chunks are whole events, so it cannot split one. */
const keepAlive = (response: ServerResponse, clock: Clock): (() => void) =>
  clock.every(KEEP_ALIVE_MS, () => {
    if (!response.writableNeedDrain && !response.destroyed) response.write(KEEP_ALIVE);
  });

const pump = async (response: ServerResponse, stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, clock: Clock): Promise<void> => {
  for await (const chunk of stream) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await taken(response, 'drain', clock);
  }
};

const ONE_WRITE_BYTES = 16 * 1024;
/** A large body goes in slices, each of which has to be taken in time: all at once would leave no way to see whether it moves. */
const SLICE_BYTES = 64 * 1024;

function* slicesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += SLICE_BYTES) yield body.subarray(at, at + SLICE_BYTES);
}

/**
 * Ends with the body. Node joins a head and a text body into one write, but sends a head and a buffer as two pieces; Latin-1 maps
 * every byte to itself and back, so a small body goes as text.
 */
const endWith = (response: ServerResponse, body: Buffer | string): void => {
  if (typeof body === 'string' || body.length > ONE_WRITE_BYTES) response.end(body);
  else response.end(body.toString('latin1'), 'latin1');
};

/**
 * Writes a reply. Stream heads are flushed at once: Node otherwise holds them until the first byte of body, and a silent
 * stream looks hung.
 */
export const writeReply = async (response: ServerResponse, reply: Reply, clock: Clock): Promise<void> => {
  if (response.destroyed) {
    if (reply.kind === 'stream') for await (const _ of reply.stream) break;
    return;
  }
  if (reply.kind === 'whole') {
    // RFC 9110 §8.6: a 204 has no Content-Length.
    const length: Record<string, string> = reply.status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(reply.body)) };
    if (reply.cookies !== undefined) response.setHeader('Set-Cookie', [...reply.cookies]);
    response.writeHead(reply.status, Object.assign(length, reply.headers));
    const isLarge = reply.body.length > SLICE_BYTES;
    if (isLarge) await pump(response, slicesOf(Buffer.from(reply.body)), clock);
    const slow = endedBy(response, () => (isLarge ? response.end() : endWith(response, reply.body)), clock);
    if (slow !== undefined) await slow;
    return;
  }
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  const stop = keepAlive(response, clock);
  try {
    await pump(response, reply.stream, clock);
  } finally {
    stop();
    await endedBy(response, () => response.end(), clock);
  }
};
