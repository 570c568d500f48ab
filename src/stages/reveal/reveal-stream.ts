import { opensStream, type McpCall } from '../../model/call.ts';
import { StreamEnd, type Answered, type Reply } from '../../model/exchange.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { loggedAs } from '../../model/trace-context.ts';
import type { OpenStreams, StreamHolder } from '../../ports/streams.ts';
import type { Log } from '../../ports/world.ts';
import type { Follow } from './follow-result.ts';
import { buildMessageJudge, failedAnswer } from './judge-message.ts';
import { parseLossless } from './lossless-json.ts';
import type { MayUse } from './narrow-list.ts';
import type { HoldsOwn } from './own-credentials.ts';
import { readEvents, rewriteEvent, type SseEvent } from './sse-events.ts';

type Streamed = Extract<Reply, { kind: 'stream' }>;

export interface StreamNeeds {
  readonly mayUse: MayUse;
  readonly follow: Follow;
  readonly streams: OpenStreams;
  readonly log: Log;
  readonly maxEventBytes: number;
  readonly holdsOwn?: HoldsOwn | undefined;
}

const parse = (data: string): JsonValue | undefined => {
  try {
    return parseLossless(data);
  } catch {
    return undefined;
  }
};

interface EventFilter {
  /** One event as the caller may see it, or undefined when it is dropped. */
  show(event: SseEvent): Buffer | undefined;
  /** Whether the call has its answer. */
  readonly isAnswered: () => boolean;
}

const buildEventFilter = (answered: Answered, needs: StreamNeeds): EventFilter => {
  const judge = buildMessageJudge(answered.call, needs);
  let isAnswered = false;
  const { call } = answered;
  /** Of an event that may not be shown to anybody: the answer is replaced by an error, because its caller waits for one. */
  const withhold = (event: SseEvent): Buffer | undefined => {
    needs.log.error('an event of the upstream held the gateway\'s own credential and was withheld', { ...loggedAs(answered), server: answered.route.server });
    const message = parse(event.data ?? '');
    if (call.kind !== 'request' || !isJsonObject(message) || message['method'] !== undefined || message['id'] !== call.id) return undefined;
    isAnswered = true;
    return rewriteEvent(event, JSON.stringify(failedAnswer(call.id, 'The MCP server\'s answer held a credential and was withheld')));
  };
  const show = (event: SseEvent): Buffer | undefined => {
    if (needs.holdsOwn?.(event.raw) === true) return withhold(event);
    // Comments, and the empty priming event of 2025-11-25, carry no message.
    if (event.data === undefined || event.data === '') return event.raw;
    const message = parse(event.data);
    const verdict = message === undefined ? ({ kind: 'drop', why: 'an event that is no JSON' } as const) : judge(message);
    if (verdict.kind === 'pass') {
      isAnswered ||= verdict.last;
      return verdict.changed ? rewriteEvent(event, JSON.stringify(verdict.message)) : event.raw;
    }
    needs.log.warn('dropped an event of the upstream', { ...loggedAs(answered), server: answered.route.server, why: verdict.why });
    return undefined;
  };
  return { show, isAnswered: () => isAnswered };
};

/** Waits for the next event or for `stop`, whichever comes first, leaving nothing behind that grows with the stream. */
class StoppableEvents {
  readonly #events: AsyncGenerator<SseEvent>;
  #stopped: StreamEnd | undefined;
  #reject: ((end: StreamEnd) => void) | undefined;

  constructor(events: AsyncGenerator<SseEvent>) {
    this.#events = events;
  }

  readonly stop = (reason: string): void => {
    this.#stopped ??= new StreamEnd(reason);
    this.#reject?.(this.#stopped);
  };

  next(): Promise<IteratorResult<SseEvent>> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#events.next().then(resolve, reject);
    });
  }
}

/** The event that ends a call whose server broke off: a client must not wait for an answer that cannot come (F08). */
const lastWords = (call: McpCall, words: string): Buffer | undefined =>
  call.kind === 'request' ? Buffer.from(`event: message\ndata: ${JSON.stringify(failedAnswer(call.id, words))}\n\n`) : undefined;

/** In the legacy era the answer may still come on another stream; in the modern one the end of the stream is the end of the call. */
const endsWithout = (call: McpCall, filter: EventFilter): boolean => call.kind === 'request' && call.era === 'modern' && !opensStream(call) && !filter.isAnswered();

async function* revealed(answered: Answered, events: StoppableEvents, needs: StreamNeeds): AsyncGenerator<Uint8Array> {
  const filter = buildEventFilter(answered, needs);
  try {
    for (let step = await events.next(); step.done !== true; step = await events.next()) {
      const shown = filter.show(step.value);
      if (shown !== undefined) yield shown;
    }
    const last = endsWithout(answered.call, filter) ? lastWords(answered.call, 'The MCP server ended without an answer') : undefined;
    if (last !== undefined) yield last;
  } catch (error) {
    if (error instanceof StreamEnd || answered.hangup.aborted) throw error;
    needs.log.warn('an upstream broke off its stream', { ...loggedAs(answered), server: answered.route.server, error });
    const last = lastWords(answered.call, 'The MCP server broke off its answer');
    if (last !== undefined && !filter.isAnswered()) yield last;
    throw new StreamEnd('upstream-failed');
  }
}

/** Whoever came with a good certificate holds the stream as long as that stays good. */
const holderOf = ({ principal, certified }: Answered): StreamHolder => {
  if (certified === undefined) return principal;
  const { subject, credentialId, method, key, token, expiresAtMs } = principal;
  return { subject, credentialId, method, certified, ...(key === undefined ? {} : { key }), ...(token === undefined ? {} : { token }), ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
};

/**
 * Reveals an answer that streams, event by event, and ends it when the credential is revoked or expires (K05, M06).
 * @returns undefined when the credential has too many streams open
 */
export const revealStream = (answered: Answered, answer: Streamed, needs: StreamNeeds): Reply | undefined => {
  const source = answer.stream[Symbol.asyncIterator]();
  const leave = (): void => void source.return?.().catch(() => undefined);
  const events = new StoppableEvents(readEvents({ [Symbol.asyncIterator]: () => source }, needs.maxEventBytes));
  const forget = needs.streams.open(holderOf(answered), events.stop, !opensStream(answered.call));
  if (forget === undefined) {
    leave();
    return undefined;
  }
  const stream = async function* reveal(): AsyncGenerator<Uint8Array> {
    try {
      yield* revealed(answered, events, needs);
    } finally {
      forget();
      leave();
    }
  };
  return { ...answer, stream: stream() };
};
