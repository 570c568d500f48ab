import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall } from '../../model/call.ts';
import type { Answered, Reply } from '../../model/exchange.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Follow } from './follow-result.ts';
import { parseLossless } from './lossless-json.ts';
import { LIST_METHODS, narrowResult, type MayUse } from './narrow-list.ts';

type Whole = Extract<Reply, { kind: 'whole' }>;

const refused = (reason: string): GatewayError => new GatewayError('upstream.answer-refused', { reason });

const parse = (body: Buffer | string): JsonValue => {
  try {
    return parseLossless(typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw refused('the answer is not JSON in UTF-8');
  }
};

/** Members whose presence makes an answer worth reading; a spelling with escapes only leaves a handle unbound, hence refused later. */
const MARKS = ['"requestState"', '"taskId"', '"public"'] as const;

const mustRead = (call: McpCall, body: Buffer | string): boolean => (call.kind === 'request' && LIST_METHODS.has(call.method)) || MARKS.some((mark) => body.includes(mark));

/** A list answer must hold its list or an error: anything else could hide tools the filter does not see (Q02). */
const checkList = (call: McpCall, message: JsonObject): void => {
  const member = call.kind === 'request' ? LIST_METHODS.get(call.method) : undefined;
  if (member === undefined || message['error'] !== undefined) return;
  if (!isJsonObject(message['result']) || !Array.isArray(message['result'][member])) throw refused(`a list answer without ${member}`);
};

/** What asks for no result gets none: only an error may come back with a notification, a response, a GET or a DELETE. */
const withoutResult = (answer: Whole): Reply => {
  const message = parse(answer.body);
  return isJsonObject(message) && message['error'] !== undefined && message['result'] === undefined ? answer : { ...answer, body: '' };
};

/** Reveals an answer that came whole. The common answer is not parsed at all: its bytes pass as they are. */
export const revealWhole = ({ call }: Answered, answer: Whole, { mayUse, follow }: { mayUse: MayUse; follow: Follow }): Reply => {
  if (answer.body.length === 0 || call.kind === 'status') return answer;
  if (call.kind !== 'request') return withoutResult(answer);
  if (!mustRead(call, answer.body)) return answer;
  const message = parse(answer.body);
  if (!isJsonObject(message)) throw refused('the answer is no JSON-RPC object');
  checkList(call, message);
  follow(message);
  const { result } = message;
  if (!isJsonObject(result)) return answer;
  const narrowed = narrowResult(result, mayUse);
  return narrowed === result ? answer : { ...answer, body: JSON.stringify({ ...message, result: narrowed }) };
};
