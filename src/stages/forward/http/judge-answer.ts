import { GatewayError } from '../../../errors/gateway-error.ts';
import type { ReplyHeaders } from '../../../model/exchange.ts';
import type { AnswerHead } from './response-parser.ts';

export type BodyKind = 'json' | 'events' | 'none';

/** What of an upstream's answer may be passed on. Cookies, challenges and redirects are never ours to give (P07). */
export interface JudgedAnswer {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: BodyKind;
}

const PASSED: ReadonlyMap<string, string> = new Map([
  ['mcp-session-id', 'Mcp-Session-Id'],
  ['mcp-protocol-version', 'Mcp-Protocol-Version'],
  ['retry-after', 'Retry-After'],
  ['allow', 'Allow'],
]);

const refused = (reason: string): GatewayError => new GatewayError('upstream.answer-refused', { reason });

/** A header's one value: two are two answers to one question, refused rather than chosen from (H10). */
const single = (head: AnswerHead, name: string): string | undefined => {
  const value = head.headers[name];
  if (value === undefined || typeof value === 'string') return value;
  throw refused(`header ${name} came twice`);
};

const mediaTypeOf = (head: AnswerHead): string => (single(head, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const bodyKindOf = (head: AnswerHead): BodyKind => {
  if (head.headers['content-type'] === 'application/json') return 'json'; // as nearly all write it
  const type = mediaTypeOf(head);
  if (type === 'application/json') return 'json';
  if (type === 'text/event-stream') return 'events';
  return 'none';
};

const passedHeaders = (head: AnswerHead): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, title] of PASSED) {
    const value = single(head, name);
    if (value !== undefined) headers[title] = value;
  }
  return headers;
};

/** Statuses that refuse the gateway itself, redirect it, or fail without a JSON-RPC body are never passed as ours. */
const refuseStatus = (status: number, body: BodyKind): void => {
  if (status === 401 || status === 403 || status === 407) throw new GatewayError('upstream.unauthorized', { reason: `the upstream answered ${String(status)}` });
  if (status >= 300 && status < 400) throw refused(`the upstream redirects (${String(status)}); put the final URL into the config`);
  if (status >= 500 && body !== 'json') throw refused(`the upstream answered ${String(status)} without a JSON body`);
};

/**
 * Judges an answer by its head.
 * @throws GatewayError `upstream.unauthorized`, `upstream.answer-refused`
 */
export const judgeAnswer = (head: AnswerHead): JudgedAnswer => {
  const body = head.status === 202 || head.status === 204 ? 'none' : bodyKindOf(head);
  refuseStatus(head.status, body);
  if (body === 'none' && head.status === 200 && single(head, 'content-length') !== '0' && mediaTypeOf(head) !== '') {
    throw refused(`the upstream answered with the media type ${mediaTypeOf(head).slice(0, 64)}`);
  }
  if ((single(head, 'content-encoding') ?? 'identity') !== 'identity') {
    throw refused('the upstream compressed its answer although that was not accepted');
  }
  const headers = passedHeaders(head);
  if (body === 'json') headers['Content-Type'] = 'application/json';
  if (body === 'events') Object.assign(headers, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' });
  return { status: head.status, headers, body };
};
