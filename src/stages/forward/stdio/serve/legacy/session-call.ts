import type { JsonObject } from '../../../../../model/json.ts';
import type { Outbound } from '../../../../../ports/upstream.ts';
import type { OpenChild } from '../../child/child-run.ts';
import type { ChildCall, PendingCall } from '../../child/child-connection.ts';
import type { CallOrigin } from '../../child/origin.ts';
import { RpcCode } from '../../rpc/codes.ts';
import { notificationMessage, type RpcOutcome } from '../../rpc/message.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';
import { canBeAsked, plainQuestion } from '../../translate/client-capabilities.ts';
import { errorForLegacyCaller, paramsForModernChild, resultForLegacyCaller } from '../../translate/to-legacy.ts';
import { Answering } from '../answering.ts';
import type { BridgeParts } from '../bridge-parts.ts';
import type { EventStream } from '../event-stream.ts';
import type { RequestCall } from '../modern/modern-request.ts';
import { callWithInput } from './call-with-input.ts';
import type { Cancellable, Session } from './session.ts';

export interface SessionCallOptions {
  readonly parts: BridgeParts;
  readonly session: Session;
  readonly outbound: Outbound;
  readonly call: RequestCall;
}

/** 2025 tasks are not served (server-card.ts), and a server without them ignores this member (2025-11-25 tasks). */
const withoutTask = ({ task: _task, ...params }: JsonObject): JsonObject => params;

/** One call of a legacy session, in a child of either era. */
export class SessionCall implements Cancellable {
  readonly #options: SessionCallOptions;
  readonly #child: OpenChild;
  readonly answering: Answering;
  readonly #cancelled = new AbortController();
  #stream: EventStream | undefined;
  #pending: PendingCall | undefined;

  constructor(options: SessionCallOptions, child: OpenChild) {
    this.#options = options;
    this.#child = child;
    const { call, outbound, parts, session } = options;
    this.answering = new Answering({
      id: call.id,
      clock: parts.needs.clock,
      hangup: outbound.hangup,
      status: () => 200,
      open: () => {
        this.#stream = session.streams.open();
        return this.#stream;
      },
      // In this era leaving is not cancelling: the call goes on.
      left: () => undefined,
    });
  }

  /** Makes the call and answers it. */
  async run(): Promise<void> {
    const { session, call } = this.#options;
    session.calls.set(call.id, this);
    try {
      const outcome = this.#outcome();
      // At once, so that whoever loses the connection has an event id to come back with; but what the child did not take
      // is refused with a status of its own.
      if (this.#pending !== undefined) this.answering.begin();
      this.answering.answer(await outcome);
    } catch (error) {
      // After its own cancellation the client expects nothing (2025-11-25 cancellation).
      if (this.#cancelled.signal.aborted) this.answering.hangUp();
      else this.answering.fail(error);
    } finally {
      if (session.calls.get(call.id) === this) session.calls.delete(call.id);
      if (this.#stream !== undefined) session.streams.retire(this.#stream);
    }
  }

  cancel(reason: string): void {
    this.#cancelled.abort();
    this.#pending?.cancel(reason);
  }

  async #outcome(): Promise<RpcOutcome> {
    const { call, session, parts } = this.#options;
    if (this.#child.facts.era === 'legacy') return this.#send(withoutTask(call.params));
    const outcome = await callWithInput({
      method: call.method,
      params: paramsForModernChild(withoutTask(call.params), session),
      clock: parts.needs.clock,
      signal: this.#cancelled.signal,
      send: (params) => this.#send(params),
      ask: (method, params, signal) => this.#ask(method, params, signal),
    });
    if (outcome.kind === 'error') return { kind: 'error', error: errorForLegacyCaller(call.method, outcome.error) };
    return { kind: 'result', result: resultForLegacyCaller(outcome.result) };
  }

  #send(params: JsonObject): Promise<RpcOutcome> {
    const { call, session, outbound } = this.#options;
    const origin: CallOrigin = {
      caller: session.caller,
      notify: (method, told) => {
        if (session.mayBeTold(method, told)) this.answering.send(notificationMessage(method, told));
      },
      ask: ({ method, params: asked, signal }) => this.#ask(method, asked, signal),
    };
    const childCall: ChildCall = { method: call.method, params, origin, timeoutMs: outbound.timeoutMs };
    this.#cancelled.signal.throwIfAborted();
    this.#pending = this.#child.connection.call(childCall);
    return this.#pending.outcome;
  }

  async #ask(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const { session } = this.#options;
    if (!canBeAsked(session.capabilities, method, params)) throw new RpcFault({ code: RpcCode.methodNotFound, message: `the client did not declare that it can be asked ${method}` });
    return session.questions.ask({ method, params: plainQuestion(params), signal, send: (message) => this.answering.send(message) });
  }
}
