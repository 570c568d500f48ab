import { isJsonObject, type JsonObject } from '../../../../../model/json.ts';
import type { Clock } from '../../../../../ports/world.ts';
import { RpcCode } from '../../rpc/codes.ts';
import type { RpcOutcome } from '../../rpc/message.ts';
import { RpcFault } from '../../rpc/rpc-fault.ts';

const MOST_ROUNDS = 8;
/** A server that asks for nothing but a retry is shedding load. */
const RETRY_AFTER_MS = 250;

export interface InputLoop {
  readonly method: string;
  readonly params: JsonObject;
  readonly clock: Clock;
  /** Fires when the caller cancels. */
  readonly signal: AbortSignal;
  send(params: JsonObject): Promise<RpcOutcome>;
  /** Asks the client one thing. @throws RpcFault */
  ask(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject>;
}

/** A tool's failure is a result the model can read; other methods have only errors (2025-11-25 tools, "Error Handling"). */
const failure = (method: string, message: string): RpcOutcome =>
  method === 'tools/call'
    ? { kind: 'result', result: { content: [{ type: 'text', text: message }], isError: true } }
    : { kind: 'error', error: { code: RpcCode.internal, message } };

const inputOf = (outcome: RpcOutcome): JsonObject | undefined =>
  outcome.kind === 'result' && outcome.result['resultType'] === 'input_required' ? outcome.result : undefined;

/** Asks everything of one round at once; the first failure takes the other questions back. */
const gather = async (loop: InputLoop, requests: JsonObject): Promise<JsonObject> => {
  const round = new AbortController();
  const signal = AbortSignal.any([loop.signal, round.signal]);
  try {
    const answers = Object.entries(requests).map(async ([key, request]) => {
      if (!isJsonObject(request) || typeof request['method'] !== 'string') throw new RpcFault({ code: RpcCode.internal, message: `The server asks for "${key}" in a way nobody understands` });
      return [key, await loop.ask(request['method'], isJsonObject(request['params']) ? request['params'] : {}, signal)] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  } finally {
    round.abort();
  }
};

const pause = (clock: Clock): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.after(RETRY_AFTER_MS, resolve);
  return promise;
};

/**
 * A legacy caller's call in a modern child: what the child requires as input is asked of the client as 2025's own
 * requests, then the call is made again with the answers and the child's state (MRTR, seen from the client's side).
 */
export const callWithInput = async (loop: InputLoop): Promise<RpcOutcome> => {
  let { params } = loop;
  for (let round = 0; round <= MOST_ROUNDS; round += 1) {
    const outcome = await loop.send(params);
    const required = inputOf(outcome);
    if (required === undefined) return outcome;
    const { inputRequests, requestState } = required;
    const state = typeof requestState === 'string' ? { requestState } : {};
    if (isJsonObject(inputRequests)) {
      try {
        params = { ...loop.params, ...state, inputResponses: await gather(loop, inputRequests) };
      } catch (error) {
        if (error instanceof RpcFault) return failure(loop.method, `The input for ${loop.method} could not be had: ${error.message}`);
        throw error;
      }
    } else {
      await pause(loop.clock);
      params = { ...loop.params, ...state };
    }
  }
  return failure(loop.method, `The server asked for input more than ${MOST_ROUNDS} times`);
};
