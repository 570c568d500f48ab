import type { RpcId } from '../../../../../model/call.ts';
import type { JsonObject } from '../../../../../model/json.ts';
import type { Clock } from '../../../../../ports/world.ts';
import { RpcCode } from '../../rpc/codes.ts';
import { notificationMessage, requestMessage, type RpcOutcome } from '../../rpc/message.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';

/** A human may have to read and think. */
const ANSWER_WITHIN_MS = 10 * 60_000;

export interface Question {
  readonly method: string;
  readonly params: JsonObject;
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  /** Puts a message on the stream of the call the question belongs to. */
  send(message: JsonObject): void;
}

/** Requests from us to the client of one session, answered by a POST of its own. */
export class SessionQuestions {
  readonly #clock: Clock;
  readonly #open = new Map<RpcId, (outcome: RpcOutcome) => void>();
  #asked = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws RpcFault when the client answers with an error, or not at all */
  async ask({ method, params, signal, send }: Question): Promise<JsonObject> {
    this.#asked += 1;
    const id = `sallyport-${this.#asked}`;
    const { promise, resolve } = Promise.withResolvers<RpcOutcome>();
    const giveUp = (): void => {
      send(notificationMessage('notifications/cancelled', { requestId: id, reason: 'The answer is no longer needed' }));
      resolve({ kind: 'error', error: { code: RpcCode.internal, message: `The client did not answer ${method}` } });
    };
    const cancel = this.#clock.after(ANSWER_WITHIN_MS, giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#open.set(id, resolve);
    send(requestMessage(id, method, params));
    const outcome = await promise;
    this.#open.delete(id);
    cancel();
    signal.removeEventListener('abort', giveUp);
    if (outcome.kind === 'error') throw new RpcFault(outcome.error);
    return outcome.result;
  }

  /** False when nobody asked that, or it was answered before (M08). */
  answer(id: RpcId, outcome: RpcOutcome): boolean {
    const resolve = this.#open.get(id);
    resolve?.(outcome);
    return this.#open.delete(id);
  }
}
