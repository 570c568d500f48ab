import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall } from '../../model/call.ts';
import type { Answered, Reply } from '../../model/exchange.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Follow } from './follow-result.ts';
import { parseLossless } from './lossless-json.ts';
import type { HoldsOwn } from './own-credentials.ts';
import { missingList, narrowResult, type MayUse } from './narrow-list.ts';

type Whole = Extract<Reply, { kind: 'whole' }>;
type Request = Extract<McpCall, { kind: 'request' }>;

const refused = (reason: string): GatewayError => new GatewayError('upstream.answer-refused', { reason });

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const read = <Value>(body: Buffer | string, parse: (text: string) => Value): Value => {
  try {
    return parse(typeof body === 'string' ? body : decoder.decode(body));
  } catch {
    throw refused('the answer is not JSON in UTF-8');
  }
};

const parsePlain = (text: string): JsonValue => JSON.parse(text) as JsonValue; // typed any; RFC 8259 gives exactly these

/** What asks for no result gets none: only an error may come back with a notification, a response, a GET or a DELETE. */
const withoutResult = (answer: Whole): Reply => {
  const message = read(answer.body, parsePlain);
  return isJsonObject(message) && message['error'] !== undefined && message['result'] === undefined ? answer : { ...answer, body: '' };
};

/**
 * Requires that the answer is one, and to this call: a server that confuses its callers must not be helped to it (M02, M08).
 * An error may lack the id, when the server could not read it; with a failing status it may be somebody's on the way.
 */
const checkAnswer = (call: Request, message: JsonObject, status: number): void => {
  const { id, result, error } = message;
  if (message['method'] !== undefined) throw refused('a request in place of the answer');
  if (result === undefined && error === undefined) {
    if (status >= 400) return;
    throw refused('neither a result nor an error');
  }
  if (result !== undefined && error !== undefined) throw refused('a result and an error at once');
  const isNobodys = error !== undefined && (id === undefined || id === null);
  if (id !== call.id && !isNobodys) throw refused('an answer to another request');
  const missing = missingList(call, message);
  if (missing !== undefined) throw refused(`a list answer without ${missing}`);
};

/** The answer with its lists narrowed; numbers keep their digits, because schemas hold some that a double does not. */
const rewritten = (body: Buffer | string, mayUse: MayUse): string => {
  const message = read(body, parseLossless);
  if (!isJsonObject(message) || !isJsonObject(message['result'])) throw refused('the answer reads differently twice');
  return JSON.stringify({ ...message, result: narrowResult(message['result'], mayUse) });
};

/** Reveals an answer that came whole. Where nothing has to change its bytes pass as they are. */
export const revealWhole = ({ call }: Answered, answer: Whole, { mayUse, follow, holdsOwn }: { mayUse: MayUse; follow: Follow; holdsOwn?: HoldsOwn | undefined }): Reply => {
  if (holdsOwn?.(answer.body) === true) throw new GatewayError('upstream.credential-repeated', { reason: 'the answer holds what the gateway proves itself with at the server' });
  if (answer.body.length === 0 || call.kind === 'status') return answer;
  if (call.kind !== 'request') return withoutResult(answer);
  const message = read(answer.body, parsePlain);
  if (!isJsonObject(message)) throw refused('the answer is no JSON-RPC object');
  checkAnswer(call, message, answer.status);
  follow(message);
  const { result } = message;
  if (!isJsonObject(result) || narrowResult(result, mayUse) === result) return answer;
  return { ...answer, body: rewritten(answer.body, mayUse) };
};
