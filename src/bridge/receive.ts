import type { IncomingMessage } from 'node:http';
import type { JsonObject } from '../model/json.ts';
import { readEvents, SseSyntaxError } from '../stages/reveal/sse-events.ts';
import { readSent } from './message.ts';

/** A whole answer, and an event of a stream, may be as large as the largest that a gateway lets through. */
const MOST_BYTES = 64 * 1024 * 1024;
const STREAM = 'text/event-stream';
const RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;

/** What a request accepts: one answer, or a stream that has it. */
export const EITHER = { Accept: `application/json, ${STREAM}` } as const;
export const ONLY_STREAM = { Accept: STREAM } as const;

export const statusOf = ({ statusCode }: IncomingMessage): number => statusCode ?? 0;

export const isStream = (answer: IncomingMessage): boolean => statusOf(answer) === 200 && answer.headers['content-type']?.toLowerCase().startsWith(STREAM) === true;

/** The session that an answer to `initialize` names. */
export const sessionIn = ({ headers }: IncomingMessage): string | undefined => {
  const id = headers['mcp-session-id'];
  return Array.isArray(id) ? id[0] : id;
};

/** The whole body. @throws Error when it is too large, or the connection breaks */
export const textOf = async (answer: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MOST_BYTES) throw new Error('the answer is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
};

/** How far a stream was read. */
export interface Place {
  lastEventId: string | undefined;
  retryMs: number;
}

export const beginning = (): Place => ({ lastEventId: undefined, retryMs: RETRY_MS });

/** The header that asks for what came behind the place (mcp-spec.md, resumability). */
export const resuming = ({ lastEventId }: Place): Readonly<Record<string, string>> => (lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId });

/** `id` and `retry` of an event (WHATWG HTML §9.2.6). */
const fieldOf = (fields: readonly string[], name: string): string | undefined => fields.findLast((field) => field.startsWith(`${name}:`))?.slice(name.length + 1).trimStart();

/**
 * Hands over each message of a stream, until it ends or breaks: which of the two is all the same to who may ask for the rest.
 * @throws SseSyntaxError for what is no stream of events
 */
export const readStream = async (stream: IncomingMessage, place: Place, take: (message: JsonObject, text: string) => void): Promise<void> => {
  try {
    for await (const { fields, data } of readEvents(stream, MOST_BYTES)) {
      place.lastEventId = fieldOf(fields, 'id') ?? place.lastEventId;
      place.retryMs = Math.min(Number(fieldOf(fields, 'retry')) || place.retryMs, MOST_RETRY_MS);
      const message = data === undefined || data === '' ? undefined : readSent(data);
      if (message !== undefined && data !== undefined) take(message, data);
    }
  } catch (error) {
    if (error instanceof SseSyntaxError || !stream.destroyed) throw error;
  }
};

/** The one message of an answer, in whichever form it comes; undefined when there is none. */
export const messageOf = async (answer: IncomingMessage): Promise<JsonObject | undefined> => {
  if (!isStream(answer)) return readSent(await textOf(answer));
  let last: JsonObject | undefined;
  await readStream(answer, beginning(), (message) => {
    if (message['method'] === undefined) last = message;
  });
  return last;
};
