import type { RpcId } from '../../model/call.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { KnownNames } from './known-names.ts';
import { refusal } from './refusal.ts';

/** One JSON-RPC 2.0 message of a client, its shape proven. */
export type Message =
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'response'; readonly id: RpcId };

/** Ids come back in replies and records, so they are kept short; real ones are counters and UUIDs. */
const LONGEST_ID = 1024;
const NO_PARAMS: JsonObject = Object.freeze({});

const REQUEST = new KnownNames('a request', ['jsonrpc', 'id', 'method', 'params']);
const RESPONSE = new KnownNames('a response', ['jsonrpc', 'id', 'result', 'error']);
const ERROR = new KnownNames('error', ['code', 'message', 'data']);

/** Everything MCP reads directly in `params`, whatever the method: a name is either exactly one of these or unlike all. */
const PARAMS = new KnownNames('params', [
  '_meta', 'name', 'arguments', 'uri', 'ref', 'argument', 'context', 'cursor', 'level', 'notifications',
  'requestState', 'inputResponses', 'task', 'taskId', 'protocolVersion', 'capabilities', 'clientInfo',
  'requestId', 'reason', 'progressToken', 'progress', 'total', 'message', 'status', 'statusMessage', 'ttl',
]);
const RESERVED = ['protocolVersion', 'clientInfo', 'clientCapabilities', 'logLevel', 'related-task', 'subscriptionId'];
/** The places inside `params` that decide what a call is about; `arguments` belong to the tool. */
const INSIDE = new Map([
  ['_meta', new KnownNames('params._meta', ['progressToken', ...RESERVED.map((name) => `io.modelcontextprotocol/${name}`)])],
  ['ref', new KnownNames('params.ref', ['type', 'name', 'uri', 'title'])],
  [
    'notifications',
    new KnownNames('params.notifications', ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged', 'resourceSubscriptions', 'taskIds']),
  ],
]);

/** An id as MCP has it: a string or an integer, never null (MCP basic, "Requests"). `1.0` is the integer 1 to everyone. */
const asId = (value: JsonValue | undefined): RpcId | undefined => {
  if (typeof value === 'string') return value.length <= LONGEST_ID ? value : undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
};

const readParams = (value: JsonValue | undefined): JsonObject => {
  if (value === undefined) return NO_PARAMS;
  if (!isJsonObject(value)) throw refusal('rpc.invalid', 'params is not an object');
  PARAMS.refuseLookalikes(value);
  for (const [member, names] of INSIDE) {
    const inside = value[member];
    if (isJsonObject(inside)) names.refuseLookalikes(inside);
  }
  return value;
};

const readResponse = (message: JsonObject): Message => {
  RESPONSE.refuseOthers(message);
  const { result, error } = message;
  const id = asId(message['id']);
  if (id === undefined) throw refusal('rpc.invalid', 'the id of a response is not a string or an integer');
  if ((result === undefined) === (error === undefined)) throw refusal('rpc.invalid', 'a message is neither a request nor one response');
  if (result !== undefined && !isJsonObject(result)) throw refusal('rpc.invalid', 'result is not an object');
  if (error !== undefined) {
    if (!isJsonObject(error) || !Number.isSafeInteger(error['code']) || typeof error['message'] !== 'string') {
      throw refusal('rpc.invalid', 'error is not an object with code and message');
    }
    ERROR.refuseOthers(error);
  }
  return { kind: 'response', id };
};

/**
 * The id that a refusal of this body should carry: that of a request, as far as it can be read (JSON-RPC 2.0 §5).
 * A response's id is the server's and is not echoed.
 */
export const requestIdOf = (body: JsonValue): RpcId | undefined =>
  isJsonObject(body) && body['result'] === undefined && body['error'] === undefined ? asId(body['id']) : undefined;

/**
 * Reads a JSON-RPC 2.0 message (§4, §5) as MCP narrows it: no batches, no null id, no positional params.
 * Members are compared byte for byte; what another reader could take for a known member is refused (attacks.md N02, N08).
 * @throws GatewayError `rpc.invalid`
 */
export const readEnvelope = (body: JsonValue): Message => {
  if (Array.isArray(body)) throw refusal('rpc.invalid', 'batches are not supported: send one message per request');
  if (!isJsonObject(body)) throw refusal('rpc.invalid', 'the body is not an object');
  if (body['jsonrpc'] !== '2.0') throw refusal('rpc.invalid', 'jsonrpc is not "2.0"');
  const { method } = body;
  if (method === undefined) return readResponse(body);
  REQUEST.refuseOthers(body);
  if (typeof method !== 'string' || method === '') throw refusal('rpc.invalid', 'method is not a name');
  const params = readParams(body['params']);
  if (body['id'] === undefined) return { kind: 'notification', method, params };
  const id = asId(body['id']);
  if (id === undefined) throw refusal('rpc.invalid', `id is not an integer or a string of at most ${LONGEST_ID} characters`);
  return { kind: 'request', id, method, params };
};
