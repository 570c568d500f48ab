import { GatewayError } from '../../../../errors/gateway-error.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { BoundedLog } from '../process/bounded-log.ts';
import { parseFaithfully } from '../rpc/faithful-json.ts';
import { answerMessage, notificationMessage, readMessage, requestMessage, type RpcMessage, type RpcOutcome } from '../rpc/message.ts';
import { progressTokenOf, withProgressToken } from '../rpc/progress-token.ts';
import type { StdioNeeds } from '../stdio-options.ts';
import { startCallClock } from './call-clock.ts';
import { CallsInFlight, type CallInFlight } from './calls-in-flight.ts';
import { ChildAsks, type AskRequest } from './child-asks.ts';
import type { CallOrigin } from './origin.ts';

/** More calls than this wait for the child nowhere: the caller is told to come back (I03: no queue growth). */
const MOST_IN_FLIGHT = 1_024;
/** A child that does not read must not make the gateway remember (stdin back-pressure). */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

export interface ChildCall {
  readonly method: string;
  readonly params: JsonObject;
  readonly origin: CallOrigin | undefined;
  /** Until the answer or the next sign of progress; infinite for a subscription. */
  readonly timeoutMs: number;
}

export interface PendingCall {
  readonly outcome: Promise<RpcOutcome>;
  /** Tells the child to stop and forgets the call; the outcome then rejects with `client.gone`. */
  cancel(reason: string): void;
}

/** The pipes to a child, as far as messages are concerned. */
export interface ChildPipes {
  unreadBytes(): number;
  writeLine(line: string): void;
  /** What may be logged of a text. */
  excerpt(text: string): string;
}

/** What a child says that no call is waiting for. */
export interface ChildEvents {
  /** A list or a resource changed; `subscriptionId` is in `_meta` when the child is modern. */
  changed(method: string, params: JsonObject): void;
  /** The child ended the request with this id, which a modern one may do to subscriptions only. */
  cancelled(requestId: unknown): void;
}

const LISTS = ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`);
const CHANGES = new Set([...LISTS, 'notifications/resources/updated', 'notifications/subscriptions/acknowledged']);

const unavailable = (reason: string): GatewayError => new GatewayError('upstream.unavailable', { reason, headers: { 'Retry-After': '1' } });

/**
 * JSON-RPC with one run of a child, shared by all callers. The SDK's client is not used here: it validates results
 * against its schemas and gives its own ids, while a gateway must pass on members it does not know and must know which
 * id belongs to whom.
 */
export class ChildConnection {
  readonly #pipes: ChildPipes;
  readonly #needs: StdioNeeds;
  readonly #flaws: BoundedLog;
  readonly #calls: CallsInFlight;
  readonly #asks: ChildAsks;
  #events: ChildEvents = { changed: () => undefined, cancelled: () => undefined };
  #lastId = 0;
  #closed: Error | undefined;

  constructor(pipes: ChildPipes, needs: StdioNeeds, flaws: BoundedLog) {
    this.#pipes = pipes;
    this.#needs = needs;
    this.#flaws = flaws;
    this.#calls = new CallsInFlight(needs.clock);
    this.#asks = new ChildAsks({ clock: needs.clock, calls: this.#calls, flaws });
  }

  /** From now on; a legacy child may ask its callers, a modern one must not (IO-3). */
  serve(events: ChildEvents, mayAsk: boolean): void {
    this.#events = events;
    this.#asks.mayAsk = mayAsk;
  }

  /** @throws GatewayError `upstream.unavailable` when the child has too much to do already */
  call(call: ChildCall): PendingCall {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#calls.size >= MOST_IN_FLIGHT) throw unavailable(`${MOST_IN_FLIGHT} calls are waiting for the server already`);
    if (this.#pipes.unreadBytes() > MOST_UNREAD_BYTES) throw unavailable('the server does not read its stdin');
    const id = this.nextId;
    this.#lastId = id;
    const { promise, resolve, reject } = Promise.withResolvers<RpcOutcome>();
    // Whoever cancels does not wait for the outcome any more.
    promise.catch(() => undefined);
    const clock = startCallClock({
      clock: this.#needs.clock,
      timeoutMs: call.timeoutMs,
      isPaused: () => call.origin !== undefined && this.#asks.isWaitingFor(call.origin.caller),
      expire: () => this.#abandon(id, 'timeout', new GatewayError('upstream.timeout', { reason: `no answer to ${call.method} within ${call.timeoutMs} ms` })),
    });
    const progressToken = progressTokenOf(call.params);
    this.#calls.add({ id, method: call.method, origin: call.origin, progressToken, settle: resolve, fail: reject, touch: clock.touch, stopClock: clock.stop });
    this.#write(requestMessage(id, call.method, progressToken === undefined ? call.params : withProgressToken(call.params, id)));
    return { outcome: promise, cancel: (reason) => this.#abandon(id, reason, new GatewayError('client.gone', { reason })) };
  }

  notify(method: string, params: JsonObject): void {
    if (this.#closed === undefined) this.#write(notificationMessage(method, params));
  }

  /** The id the next call will get: subscriptions are known by it. */
  get nextId(): number {
    return this.#lastId + 1;
  }

  /** The child is gone: every call fails at once. */
  close(error: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const call of this.#calls.takeAll()) call.fail(error);
    this.#asks.withdrawAll();
  }

  /** One line of the child's stdout. */
  receive(line: Buffer): void {
    const text = line.toString('utf8');
    if (text.trim() === '') return;
    let value: unknown;
    try {
      value = parseFaithfully(text);
    } catch {
      this.#flaws.write('warn', 'the server wrote a line to stdout that is not JSON; it was dropped', { line: this.#pipes.excerpt(text) });
      return;
    }
    // 2025-03-26 allows a server to send several messages as one array.
    for (const message of Array.isArray(value) ? value : [value]) this.#try(readMessage(message));
  }

  /** What one message does to the gateway must not end it: a value nested too deeply, for one, cannot be written again. */
  #try(message: RpcMessage): void {
    try {
      this.#handle(message);
    } catch (error) {
      this.#flaws.write('warn', 'a message of the server could not be passed on; it was dropped', { kind: message.kind, why: error instanceof Error ? error.message : 'unknown' });
    }
  }

  #handle(message: RpcMessage): void {
    if (message.kind === 'answer') this.#answered(message.id, message.outcome);
    else if (message.kind === 'notification') this.#notified(message.method, message.params);
    else if (message.kind === 'request') void this.#asked(message);
    else this.#flaws.write('warn', 'the server sent something that is no JSON-RPC message; it was dropped');
  }

  #answered(id: unknown, outcome: RpcOutcome): void {
    const call = this.#calls.take(id);
    this.#withdrawAsks(call);
    if (call !== undefined) call.settle(outcome);
    else if (!this.#calls.layGhost(id)) this.#flaws.write('warn', 'the server answered a request nobody made, or answered one twice; the answer was dropped (M08)');
  }

  #notified(method: string, params: JsonObject): void {
    if (method === 'notifications/progress') this.#progressed(params);
    else if (CHANGES.has(method)) this.#events.changed(method, params);
    else if (method === 'notifications/cancelled') {
      this.#asks.withdraw(params['requestId']);
      this.#events.cancelled(params['requestId']);
    } else {
      const origin = this.#calls.attribute(() => true);
      if (origin !== undefined) origin.notify(method, params);
      else this.#flaws.write('info', 'a message of the server belongs to no single caller; it was dropped', { method });
    }
  }

  #progressed(params: JsonObject): void {
    const call = this.#calls.get(params['progressToken']);
    if (call?.progressToken === undefined) return;
    call.touch();
    call.origin?.notify('notifications/progress', { ...params, progressToken: call.progressToken });
  }

  async #asked(request: AskRequest): Promise<void> {
    const outcome = await this.#asks.outcome(request);
    if (this.#closed === undefined) this.#write(answerMessage(request.id, outcome));
  }

  #abandon(id: number, reason: string, error: GatewayError): void {
    const call = this.#calls.abandon(id);
    this.#withdrawAsks(call);
    if (call !== undefined) this.notify('notifications/cancelled', { requestId: id, reason });
    call?.fail(error);
  }

  /** What a caller without calls is still being asked is for nothing. */
  #withdrawAsks(call: CallInFlight | undefined): void {
    if (call?.origin !== undefined && !this.#calls.isWaiting(call.origin.caller)) this.#asks.withdrawAllOf(call.origin.caller);
  }

  #write(message: JsonObject): void {
    this.#pipes.writeLine(JSON.stringify(message));
  }
}
