import { asGatewayError, GatewayError } from '../../../../errors/gateway-error.ts';
import { jsonRpcError } from '../../../../errors/json-rpc.ts';
import type { RpcId } from '../../../../model/call.ts';
import type { Reply } from '../../../../model/exchange.ts';
import type { Hangup } from '../../../../model/hangup.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';
import { answerMessage, type RpcOutcome } from '../rpc/message.ts';
import type { EventStream } from './event-stream.ts';
import { jsonReply, streamReply } from './replies.ts';

export interface AnsweringOptions {
  readonly id: RpcId;
  readonly clock: Clock;
  /** Tells when the caller has left. */
  readonly hangup: Hangup;
  /** After this time the reply begins as a stream even if there is nothing to say yet; without it only `begin` or a message does that. */
  readonly streamAfterMs?: number;
  /** HTTP status of an answer that is not streamed. */
  status(outcome: RpcOutcome): number;
  /** Makes the stream, when one is needed. */
  open(): EventStream;
  /** The caller left before the reply began. */
  left(): void;
}

/**
 * The reply to one request: a JSON document if the answer is the first thing to say, an event stream if anything comes
 * before it (MCP Streamable HTTP, "Sending Messages").
 */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #reply = Promise.withResolvers<Reply>();
  readonly #cancelTimer: () => void;
  readonly #stopListening: () => void;
  #state: 'silent' | 'streaming' | 'done' = 'silent';
  #stream: EventStream | undefined;

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#cancelTimer = options.streamAfterMs === undefined ? () => undefined : options.clock.after(options.streamAfterMs, () => this.begin());
    this.#stopListening = options.hangup.listen(() => queueMicrotask(() => this.#leave()));
  }

  /** Resolves when the reply begins. */
  get reply(): Promise<Reply> {
    return this.#reply.promise;
  }

  /** A notification, or a legacy request to the client, that belongs to the call. */
  send(message: JsonObject): void {
    this.begin()?.send(message);
  }

  answer(outcome: RpcOutcome): void {
    const message = answerMessage(this.#options.id, outcome);
    try {
      if (this.#state === 'silent') this.#finish(jsonReply(message, this.#options.status(outcome)));
      else this.#endStream(message);
    } catch (cause) {
      // Such as a value nested too deeply to be written.
      this.fail(new GatewayError('upstream.answer-refused', { reason: 'the answer cannot be written as JSON', cause }));
    }
  }

  /** There will be no answer: an error if that can still be said by status, a JSON-RPC error on the stream otherwise. */
  fail(error: unknown): void {
    const failure = asGatewayError(error);
    if (this.#state === 'silent') {
      this.#close();
      this.#reply.reject(failure);
    } else this.#endStream(jsonRpcError(failure, this.#options.id));
  }

  /** Ends without a word, as after a cancellation by the caller. */
  hangUp(): void {
    this.begin();
    this.#endStream(undefined);
  }

  #leave(): void {
    if (this.#state !== 'silent') return;
    this.#close();
    this.#reply.reject(new GatewayError('client.gone', { reason: 'the caller left before the answer' }));
    this.#options.left();
  }

  /** Begins the reply as a stream, unless it has begun. */
  begin(): EventStream | undefined {
    if (this.#state !== 'silent') return this.#stream;
    this.#cancelTimer();
    this.#state = 'streaming';
    this.#stream = this.#options.open();
    this.#stopListening();
    this.#reply.resolve(streamReply(this.#stream.read(this.#options.hangup, undefined)));
    return this.#stream;
  }

  #endStream(last: JsonObject | undefined): void {
    if (this.#state !== 'streaming') return;
    if (last !== undefined) this.#stream?.send(last);
    this.#stream?.end();
    this.#close();
  }

  #finish(reply: Reply): void {
    this.#close();
    this.#reply.resolve(reply);
  }

  #close(): void {
    this.#cancelTimer();
    this.#state = 'done';
    this.#stream = undefined;
    this.#stopListening();
  }
}
