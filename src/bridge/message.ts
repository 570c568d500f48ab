import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { parseFaithfully } from '../stages/forward/stdio/rpc/faithful-json.ts';

/** The id of a JSON-RPC request as it was written: a number too long for a double is an object that writes itself (faithful-json.ts). */
export type WrittenId = JsonValue;

/** One line that a client wrote, as far as the bridge has to know it. The line itself goes on as it is. */
export type ClientMessage =
  | { readonly kind: 'request'; readonly line: string; readonly id: WrittenId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly line: string; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'reply'; readonly line: string }
  | { readonly kind: 'unreadable'; readonly code: number; readonly reason: string };

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
/** The code of everything that went wrong between the bridge and the gateway (JSON-RPC 2.0 §5.1: open to implementations). */
const BRIDGE_ERROR = -32000;

const parsed = (line: string): unknown => {
  try {
    return parseFaithfully(line);
  } catch {
    return undefined;
  }
};

/** Reads one line of the stdio transport (IO-2: one message each). */
export const readMessage = (line: string): ClientMessage => {
  const value = parsed(line);
  if (value === undefined) return { kind: 'unreadable', code: PARSE_ERROR, reason: 'the line is not JSON' };
  if (!isJsonObject(value)) return { kind: 'unreadable', code: INVALID_REQUEST, reason: 'one message to a line, and each is an object' };
  const { id, method, params } = value;
  if (typeof method !== 'string') return { kind: 'reply', line };
  const given = isJsonObject(params) ? params : {};
  return id === undefined ? { kind: 'notification', line, method, params: given } : { kind: 'request', line, id, method, params: given };
};

/** Ids are compared as they were written: 1 is not "1". */
export const sameId = (id: WrittenId): string => JSON.stringify(id);

/** One JSON text on one line: between its tokens a line end is white space, and inside of strings JSON has none (RFC 8259 §7). */
export const onOneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ').trim();

/** What the gateway sent, if it is a message. */
export const readSent = (text: string): JsonObject | undefined => {
  const value = parsed(text);
  return isJsonObject(value) ? value : undefined;
};

/** Whether a message is the answer to a request. */
export const answers = (message: JsonObject, id: WrittenId): boolean => message['method'] === undefined && message['id'] !== undefined && sameId(message['id']) === sameId(id);

/** The answer to a line that is no message: nobody knows its id (JSON-RPC 2.0 §5). */
export const unreadableLine = ({ code, reason }: { readonly code: number; readonly reason: string }): string => JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message: reason } });

/** The answer to a request that the gateway has not answered as a message. */
export const failureLine = (id: WrittenId, message: string, data?: JsonObject): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code: BRIDGE_ERROR, message, ...(data === undefined ? {} : { data }) } });
