import { GatewayError } from '../../../../../errors/gateway-error.ts';
import type { Reply } from '../../../../../model/exchange.ts';
import type { JsonObject } from '../../../../../model/json.ts';
import type { Outbound } from '../../../../../ports/upstream.ts';
import type { OpenChild } from '../../child/child-run.ts';
import type { PendingCall } from '../../child/child-connection.ts';
import { RpcCode } from '../../rpc/codes.ts';
import { faithfulParams } from '../../rpc/faithful-json.ts';
import { answerMessage, notificationMessage, type RpcOutcome } from '../../rpc/message.ts';
import { Meta, withMeta } from '../../translate/meta.ts';
import { discoverResult } from '../../translate/server-card.ts';
import { SHARED_METHODS } from '../../translate/to-modern.ts';
import { Answering } from '../answering.ts';
import type { BridgeParts } from '../bridge-parts.ts';
import { EventStream } from '../event-stream.ts';
import { accepted, jsonReply, modernStatus, streamReply } from '../replies.ts';
import { BridgedCall } from './bridged-call.ts';
import { listenFilter, subscribe } from './listen.ts';
import { MirroredHeaders } from './mirrored-headers.ts';
import { mayBeTold, modernRequest, type ModernRequest, type RequestCall } from './modern-request.ts';
import { SuspendedCalls } from './suspended-calls.ts';

/** Long enough that most answers are whole and keep their status, short enough that no proxy takes the silence for death. */
const STREAM_AFTER_MS = 15_000;

/** Removed from MCP by 2026-07-28: a child that still takes one of these would let a caller change what all others share. */
const REMOVED = new Set(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'tasks/list', 'tasks/result']);

const errorReply = ({ id }: RequestCall, code: number, message: string): Reply => {
  const outcome: RpcOutcome = { kind: 'error', error: { code, message } };
  return jsonReply(answerMessage(id, outcome), modernStatus(outcome));
};

/** Serves callers of 2026-07-28: stateless, one HTTP exchange per request, whichever era the child speaks. */
export class ModernSide {
  readonly #parts: BridgeParts;
  readonly #suspended: SuspendedCalls<BridgedCall>;
  readonly #mirrored: MirroredHeaders;
  /** How to end each open subscription with a proper farewell. */
  readonly #farewells = new Set<() => void>();

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#suspended = new SuspendedCalls(parts.needs);
    this.#mirrored = new MirroredHeaders(parts.needs.clock);
  }

  async send(outbound: Outbound): Promise<Reply> {
    const { call } = outbound;
    if (call.kind === 'request' && call.era === 'modern') return this.#request(outbound, { ...call, params: faithfulParams(call.params, outbound.body) });
    // 2026-07-28 defines no notification from client to server over HTTP; one that comes is taken and goes nowhere.
    if (call.kind === 'notification') return accepted();
    throw new GatewayError('http.method-not-allowed', { reason: `the modern era has no ${call.kind}`, headers: { Allow: 'POST' } });
  }

  close(): void {
    for (const farewell of this.#farewells) farewell();
    this.#suspended.close();
  }

  async #request(outbound: Outbound, call: RequestCall): Promise<Reply> {
    if (REMOVED.has(call.method)) return errorReply(call, RpcCode.methodNotFound, 'Method not found');
    const child = await this.#parts.supervisor.child(outbound);
    const request = modernRequest(outbound, call);
    if (call.method === 'server/discover') return jsonReply(answerMessage(call.id, { kind: 'result', result: discoverResult(child.facts) }));
    if (call.method === 'subscriptions/listen') return this.#listen(request, child);
    const mismatch = await this.#mirrored.mismatch(request, child);
    if (mismatch !== undefined) return errorReply(call, RpcCode.headerMismatch, `Header mismatch: ${mismatch}`);
    if (child.facts.era === 'modern') return this.#pass(request, child);
    if (!SHARED_METHODS.has(call.method)) return errorReply(call, RpcCode.methodNotFound, 'Method not found');
    return this.#bridge(request, child);
  }

  /** Modern caller, modern child: the call as it is, with our id. */
  #pass(request: ModernRequest, child: OpenChild): Promise<Reply> {
    const { call, outbound, caller } = request;
    let pending: PendingCall | undefined;
    const answering = this.#answering(request, () => pending?.cancel('the client disconnected'));
    const notify = (method: string, params: JsonObject): void => {
      if (mayBeTold(request, method, params)) answering.send(notificationMessage(method, params));
    };
    try {
      pending = child.connection.call({ method: call.method, params: call.params, origin: { caller, notify }, timeoutMs: outbound.timeoutMs });
      void this.#answer(answering, pending, (outcome) => this.#mirrored.learn(child, outcome));
    } catch (error) {
      answering.fail(error);
    }
    return answering.reply;
  }

  async #answer(answering: Answering, { outcome }: PendingCall, learn: (outcome: RpcOutcome) => void): Promise<void> {
    try {
      const answer = await outcome;
      learn(answer);
      answering.answer(answer);
    } catch (error) {
      answering.fail(error);
    }
  }

  /** Modern caller, legacy child. */
  async #bridge(request: ModernRequest, child: OpenChild): Promise<Reply> {
    const { requestState } = request.call.params;
    const taken = typeof requestState === 'string' ? this.#suspended.take(requestState, request) : undefined;
    let call = taken;
    const answering = this.#answering(request, () => call?.leave());
    try {
      if (taken === undefined) call = this.#begin(request, answering, child);
      else taken.resume({ request, answering });
    } catch (error) {
      answering.fail(error);
    }
    return answering.reply;
  }

  #begin(request: ModernRequest, answering: Answering, child: OpenChild): BridgedCall {
    const { logLevels } = this.#parts;
    const call = new BridgedCall({ clock: this.#parts.needs.clock, child, suspended: this.#suspended, round: { request, answering }, seen: (outcome) => this.#mirrored.learn(child, outcome) });
    if (request.logLevel !== undefined) logLevels.want(call, request.logLevel);
    void call.start().finally(() => logLevels.drop(call));
    return call;
  }

  async #listen(request: ModernRequest, { facts }: OpenChild): Promise<Reply> {
    const { call, outbound } = request;
    const filter = listenFilter(call.params);
    if (filter === undefined) return errorReply(call, RpcCode.invalidParams, 'Invalid params: notifications must be a subscription filter');
    const stamped = { [Meta.subscriptionId]: call.id };
    const tell = (method: string, params: JsonObject): void => stream.send(notificationMessage(method, withMeta(params, stamped)));
    const stream = this.#stream(() => end());
    const subscription = await subscribe({ hub: this.#parts.hub, facts, filter, told: tell });
    const end = (): void => {
      subscription.leave();
      this.#farewells.delete(farewell);
    };
    const farewell = (): void => {
      const result = withMeta({ resultType: 'complete' }, { ...stamped, [Meta.serverInfo]: facts.serverInfo });
      stream.send(answerMessage(call.id, { kind: 'result', result }));
      end();
      stream.end();
    };
    this.#farewells.add(farewell);
    tell('notifications/subscriptions/acknowledged', { notifications: { ...subscription.promised } });
    return streamReply(stream.read(outbound.hangup, undefined));
  }

  #answering({ call, outbound }: ModernRequest, left: () => void): Answering {
    return new Answering({
      id: call.id,
      clock: this.#parts.needs.clock,
      hangup: outbound.hangup,
      streamAfterMs: STREAM_AFTER_MS,
      status: modernStatus,
      open: () => this.#stream(left),
      left,
    });
  }

  #stream(left: () => void): EventStream {
    return new EventStream({ clock: this.#parts.needs.clock, resumption: undefined, maxBytes: 2 * this.#parts.settings.maxLineBytes, left });
  }
}
