import type { McpCall, RpcId } from '../../model/call.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Follow } from './follow-result.ts';
import { missingList, narrowResult, type MayUse } from './narrow-list.ts';

export type Verdict = { readonly kind: 'pass'; readonly message: JsonObject; readonly changed: boolean; readonly last: boolean } | { readonly kind: 'drop'; readonly why: string };

export interface Judging {
  readonly mayUse: MayUse;
  /** Told of each answer that passes, whole. */
  readonly follow: Follow;
}

const drop = (why: string): Verdict => ({ kind: 'drop', why });

const judgeNotice = (message: JsonObject, mayUse: MayUse): Verdict => {
  const params = isJsonObject(message['params']) ? message['params'] : {};
  const { uri } = params;
  // The update of a resource the caller may not read would tell that it exists (TR-10).
  if (message['method'] === 'notifications/resources/updated' && typeof uri === 'string' && !mayUse({ kind: 'resource', name: uri })) {
    return drop('an update of a resource the caller may not read');
  }
  return { kind: 'pass', message, changed: false, last: false };
};

/** The error that a caller gets in place of an answer that cannot be shown or will not come. */
export const failedAnswer = (id: RpcId, words: string): JsonObject => ({ jsonrpc: '2.0', id, error: { code: -32603, message: words } });

const judgeResult = (message: JsonObject, { mayUse, follow }: Judging, last: boolean): Verdict => {
  // Before it is narrowed: what is learned of a list decides what of it may be shown.
  follow(message);
  const result = message['result'];
  if (!isJsonObject(result)) return { kind: 'pass', message, changed: false, last };
  const narrowed = narrowResult(result, mayUse);
  return narrowed === result ? { kind: 'pass', message, changed: false, last } : { kind: 'pass', message: { ...message, result: narrowed }, changed: true, last };
};

/**
 * Judges the messages of one event stream: the client sees a well-formed stream, whatever the server sends (M08).
 * In the modern era a server sends no requests, and its answer is the last message (TR-9).
 */
export const buildMessageJudge = (call: McpCall, judging: Judging): ((message: JsonValue) => Verdict) => {
  const expected = call.kind === 'request' ? call.id : undefined;
  const modern = call.kind === 'request' && call.era === 'modern';
  let answered = false;
  return (message) => {
    if (!isJsonObject(message)) return drop('a message that is no object');
    if (typeof message['method'] === 'string') {
      if (message['id'] !== undefined && modern) return drop('a request from the server in the modern era');
      return answered && modern ? drop('a message after the answer') : judgeNotice(message, judging.mayUse);
    }
    if (message['result'] === undefined && message['error'] === undefined) return drop('a message that is neither request nor answer');
    if (expected !== undefined) {
      if (message['id'] !== expected) return drop('an answer to another request');
      if (answered) return drop('a second answer');
      answered = true;
      const missing = missingList(call, message);
      if (missing !== undefined) return { kind: 'pass', message: failedAnswer(expected, `The MCP server sent no list of ${missing}`), changed: true, last: true };
    }
    return judgeResult(message, judging, expected !== undefined);
  };
};
