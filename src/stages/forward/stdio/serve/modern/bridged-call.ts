import { GatewayError } from '../../../../../errors/gateway-error.ts';
import { isJsonObject, type JsonObject } from '../../../../../model/json.ts';
import type { Clock } from '../../../../../ports/world.ts';
import type { OpenChild } from '../../child/child-run.ts';
import type { PendingCall } from '../../child/child-connection.ts';
import { NotMine, type Ask, type CallOrigin } from '../../child/origin.ts';
import { RpcCode } from '../../rpc/codes.ts';
import { notificationMessage, type RpcOutcome } from '../../rpc/message.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';
import { canBeAsked, plainQuestion } from '../../translate/client-capabilities.ts';
import { metaOf } from '../../translate/meta.ts';
import { errorForModernCaller, paramsForLegacyChild, resultForModernCaller } from '../../translate/to-modern.ts';
import type { Answering } from '../answering.ts';
import { mayBeTold, type ModernRequest } from './modern-request.ts';
import type { SuspendedCalls, Suspendable } from './suspended-calls.ts';
import { urlElicitation } from './url-elicitation.ts';

/** The methods whose answer may be a request for input (TR-11). */
const MAY_ASK = new Set(['tools/call', 'prompts/get', 'resources/read']);

const ASKED_TOGETHER_MS = 10;

interface Question {
  readonly ask: Ask;
  readonly answer: (result: JsonObject) => void;
  /** Gives it back, to be asked on another call of the same caller. */
  readonly disown: () => void;
  /** Tells the child that there will be no answer. */
  readonly refuse: () => void;
}

export interface Round {
  readonly request: ModernRequest;
  readonly answering: Answering;
}

export interface BridgedCallOptions {
  readonly clock: Clock;
  readonly child: OpenChild;
  readonly suspended: SuspendedCalls<BridgedCall>;
  readonly round: Round;
  /** Sees what the child answered. */
  seen(outcome: RpcOutcome): void;
}

/**
 * A modern caller's call in a legacy child. What the child asks becomes an `input_required` result while the child's call
 * stays pending; the retry with the answers takes the call up again (MRTR).
 */
export class BridgedCall implements Suspendable {
  readonly #options: BridgedCallOptions;
  readonly #questions = new Map<string, Question>();
  #pending: PendingCall | undefined;
  /** The HTTP exchange that waits now; none while the caller gathers input. */
  #round: Round | undefined;
  /** What came while nobody waited. */
  #missed: (() => void) | undefined;
  #asked = 0;
  #latest: ModernRequest;

  constructor(options: BridgedCallOptions) {
    this.#options = options;
    this.#round = options.round;
    this.#latest = options.round.request;
  }

  /** Hands the call to the child; resolves when the child has ended it, whoever is still there to hear of it. */
  async start(): Promise<void> {
    const { call, outbound, caller } = this.#latest;
    const notify = (method: string, params: JsonObject): void => this.#notify(method, params);
    const origin: CallOrigin = MAY_ASK.has(call.method) ? { caller, notify, ask: (ask) => this.#ask(ask) } : { caller, notify };
    try {
      this.#pending = this.#options.child.connection.call({ method: call.method, params: paramsForLegacyChild(call.params), origin, timeoutMs: outbound.timeoutMs });
      const answer = await this.#pending.outcome;
      this.#options.seen(answer);
      if (this.#round !== undefined) this.#disown();
      const outcome = this.#translated(answer);
      this.#deliver(({ answering }) => answering.answer(outcome));
    } catch (error) {
      this.#deliver(({ answering }) => answering.fail(error));
    }
  }

  /** The retry of the same call, with what its caller has gathered. */
  resume(round: Round): void {
    this.#round = round;
    this.#latest = round.request;
    const responses = round.request.call.params['inputResponses'];
    // What nobody asked for is ignored; what is missing is asked for again (MRTR, "Error Handling").
    for (const [key, response] of Object.entries(isJsonObject(responses) ? responses : {})) if (isJsonObject(response)) this.#questions.get(key)?.answer(response);
    if (this.#missed !== undefined) this.#missed();
    else if (this.#questions.size > 0) this.#suspend();
  }

  /** The caller of the current round hung up, which cancels the call (TR-9). */
  leave(): void {
    this.#round = undefined;
    this.#disown();
    this.#pending?.cancel('the client disconnected');
  }

  expire(): void {
    for (const { refuse } of this.#questions.values()) refuse();
    this.#pending?.cancel('the client did not come back with the input');
  }

  #deliver(say: (round: Round) => void): void {
    const round = this.#round;
    this.#round = undefined;
    if (round !== undefined) say(round);
    else this.#missed = () => this.#deliver(say);
  }

  #translated(outcome: RpcOutcome): RpcOutcome {
    const { call, capabilities } = this.#latest;
    if (outcome.kind === 'result') return { kind: 'result', result: resultForModernCaller(call.method, outcome.result, this.#options.child.facts) };
    const elicitation = MAY_ASK.has(call.method) ? urlElicitation(outcome.error, capabilities) : undefined;
    return elicitation ?? { kind: 'error', error: errorForModernCaller(outcome.error) };
  }

  #notify(method: string, params: JsonObject): void {
    if (this.#round === undefined || !mayBeTold(this.#round.request, method, params)) return;
    const { request, answering } = this.#round;
    if (method !== 'notifications/progress') {
      answering.send(notificationMessage(method, params));
      return;
    }
    // Each round has a token of its own; the child knows only ours.
    const { progressToken } = metaOf(request.call.params);
    if (progressToken !== undefined) answering.send(notificationMessage(method, { ...params, progressToken }));
  }

  #ask(ask: Ask): Promise<JsonObject> {
    if (!canBeAsked(this.#latest.capabilities, ask.method, ask.params)) {
      throw new RpcFault({ code: RpcCode.methodNotFound, message: `The client cannot be asked ${ask.method}` });
    }
    this.#asked += 1;
    const key = `question-${this.#asked}`;
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    const refuse = (): void => {
      this.#questions.delete(key);
      reject(new RpcFault({ code: RpcCode.internal, message: 'The client did not answer' }));
    };
    ask.signal.addEventListener('abort', refuse, { once: true });
    this.#questions.set(key, {
      ask,
      answer: (result) => {
        this.#questions.delete(key);
        ask.signal.removeEventListener('abort', refuse);
        resolve(result);
      },
      disown: () => reject(new NotMine()),
      refuse,
    });
    // Questions that come together are asked in one round, wherever the reads are cut.
    this.#options.clock.after(ASKED_TOGETHER_MS, () => this.#suspend());
    return promise;
  }

  /** Gives back the questions that the caller has not seen: a call that ends without their answers has not asked them. */
  #disown(): void {
    for (const { disown } of this.#questions.values()) disown();
    this.#questions.clear();
  }

  /** Ends the round with the open questions. */
  #suspend(): void {
    const round = this.#round;
    if (round === undefined || this.#questions.size === 0) return;
    this.#round = undefined;
    const handle = this.#options.suspended.keep(this, round.request);
    if (handle === undefined) {
      round.answering.fail(new GatewayError('upstream.unavailable', { reason: 'too many calls wait for input', headers: { 'Retry-After': '60' } }));
      this.#pending?.cancel('too many calls wait for input');
      return;
    }
    const inputRequests = Object.fromEntries([...this.#questions].map(([key, { ask }]) => [key, { method: ask.method, params: plainQuestion(ask.params) }]));
    const result = resultForModernCaller(round.request.call.method, {}, this.#options.child.facts);
    const { ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
    round.answering.answer({ kind: 'result', result: { ...rest, resultType: 'input_required', inputRequests, requestState: handle } });
  }
}
