import type { RpcId } from '../../../../model/call.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { Clock } from '../../../../ports/world.ts';
import { RpcCode } from '../rpc/codes.ts';
import type { RpcOutcome } from '../rpc/message.ts';
import { RpcFault } from '../rpc/rpc-fault.ts';
import type { BoundedLog } from '../process/bounded-log.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import { NotMine, type CallOrigin } from './origin.ts';

/** A human may have to read and think. */
const ANSWER_WITHIN_MS = 10 * 60_000;

interface OpenAsk {
  readonly caller: string;
  readonly controller: AbortController;
}

export interface AskRequest {
  readonly id: RpcId;
  readonly method: string;
  readonly params: JsonObject;
}

export interface ChildAsksNeeds {
  readonly clock: Clock;
  readonly calls: CallsInFlight;
  readonly flaws: BoundedLog;
}

/** The requests of a legacy child that a caller has not answered yet. */
export class ChildAsks {
  readonly #needs: ChildAsksNeeds;
  readonly #open = new Map<RpcId, OpenAsk>();
  /** A modern child must not ask (IO-3). */
  mayAsk = false;

  constructor(needs: ChildAsksNeeds) {
    this.#needs = needs;
  }

  /** What the child gets for its request: the answer of the one caller who can have caused it, or an error. Never rejects. */
  async outcome(request: AskRequest): Promise<RpcOutcome> {
    if (request.method === 'ping') return { kind: 'result', result: {} };
    if (!this.mayAsk) return this.#refuse(request, RpcCode.methodNotFound, 'A server must not send requests in this revision of MCP.');
    if (this.#open.has(request.id)) return this.#refuse(request, RpcCode.invalidRequest, 'This id is in use.');
    for (;;) {
      const origin = this.#needs.calls.attribute(({ ask }) => ask !== undefined);
      if (origin === undefined) return this.#refuse(request, RpcCode.internal, 'It is not certain which client this request is for.');
      const outcome = await this.#pass(request, origin);
      if (outcome !== undefined) return outcome;
    }
  }

  isWaitingFor(caller: string): boolean {
    return this.#open.values().some((ask) => ask.caller === caller);
  }

  /** Undefined: it has to be attributed again. */
  async #pass(request: AskRequest, origin: CallOrigin): Promise<RpcOutcome | undefined> {
    const controller = new AbortController();
    this.#open.set(request.id, { caller: origin.caller, controller });
    const cancel = this.#needs.clock.after(ANSWER_WITHIN_MS, () => controller.abort());
    try {
      return await this.#answer(request, origin, controller.signal);
    } finally {
      cancel();
      this.#open.delete(request.id);
    }
  }

  /** The child takes one of its requests back. */
  withdraw(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#open.get(id)?.controller.abort();
  }

  /** The caller has no call left that these requests could be for. */
  withdrawAllOf(caller: string): void {
    for (const ask of this.#open.values()) if (ask.caller === caller) ask.controller.abort();
  }

  withdrawAll(): void {
    for (const { controller } of this.#open.values()) controller.abort();
  }

  async #answer({ method, params }: AskRequest, origin: CallOrigin, signal: AbortSignal): Promise<RpcOutcome | undefined> {
    try {
      const result = await origin.ask?.({ method, params, signal });
      if (result !== undefined) return { kind: 'result', result };
      return { kind: 'error', error: { code: RpcCode.methodNotFound, message: `The client cannot answer ${method}` } };
    } catch (error) {
      if (error instanceof NotMine) return undefined;
      // Nothing of an inner message goes to the child: only what was meant for it (checklist 18).
      if (error instanceof RpcFault) return error.outcome;
      return { kind: 'error', error: { code: RpcCode.internal, message: `The client did not answer ${method}` } };
    }
  }

  #refuse({ method }: AskRequest, code: number, message: string): RpcOutcome {
    this.#needs.flaws.write('warn', 'a request of the server was refused', { method, why: message });
    return { kind: 'error', error: { code, message } };
  }
}
