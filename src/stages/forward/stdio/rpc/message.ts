import type { RpcId } from '../../../../model/call.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../model/json.ts';

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue;
}

/** How a request ended: the peer's result or the peer's error. */
export type RpcOutcome = { readonly kind: 'result'; readonly result: JsonObject } | { readonly kind: 'error'; readonly error: RpcError };

/** One JSON-RPC message as read from the other side; `flawed` is none. */
export type RpcMessage =
  | { readonly kind: 'answer'; readonly id: RpcId; readonly outcome: RpcOutcome }
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'flawed' };

const isId = (value: unknown): value is RpcId => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));

const outcomeOf = ({ result, error }: JsonObject): RpcOutcome | undefined => {
  if (isJsonObject(result) && error === undefined) return { kind: 'result', result };
  if (!isJsonObject(error) || result !== undefined) return undefined;
  const { code, message, data } = error;
  if (typeof code !== 'number' || typeof message !== 'string') return undefined;
  return { kind: 'error', error: { code, message, ...(data === undefined ? {} : { data }) } };
};

/** Reads a parsed line or body as JSON-RPC 2.0; what two readers could read differently is `flawed`. */
export const readMessage = (value: unknown): RpcMessage => {
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') return { kind: 'flawed' };
  const { id, method, params = {} } = value;
  if (typeof method === 'string') {
    if (!isJsonObject(params)) return { kind: 'flawed' };
    if (id === undefined) return { kind: 'notification', method, params };
    return isId(id) ? { kind: 'request', id, method, params } : { kind: 'flawed' };
  }
  const outcome = outcomeOf(value);
  return method === undefined && isId(id) && outcome !== undefined ? { kind: 'answer', id, outcome } : { kind: 'flawed' };
};

export const requestMessage = (id: RpcId, method: string, params: JsonObject): JsonObject => ({ jsonrpc: '2.0', id, method, params });

export const notificationMessage = (method: string, params: JsonObject): JsonObject => ({ jsonrpc: '2.0', method, params });

export const answerMessage = (id: RpcId, outcome: RpcOutcome): JsonObject =>
  outcome.kind === 'result'
    ? { jsonrpc: '2.0', id, result: outcome.result }
    : { jsonrpc: '2.0', id, error: { code: outcome.error.code, message: outcome.error.message, ...(outcome.error.data === undefined ? {} : { data: outcome.error.data }) } };
