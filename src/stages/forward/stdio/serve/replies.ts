import type { JsonObject } from '../../../../model/json.ts';
import type { Reply, ReplyHeaders } from '../../../../model/exchange.ts';
import { RpcCode } from '../rpc/codes.ts';
import type { RpcOutcome } from '../rpc/message.ts';

const JSON_HEADERS: ReplyHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
const STREAM_HEADERS: ReplyHeaders = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' };

export const jsonReply = (message: JsonObject, status = 200, headers: ReplyHeaders = {}): Reply => ({
  kind: 'whole',
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body: JSON.stringify(message),
});

export const streamReply = (stream: AsyncIterable<Uint8Array>): Reply => ({ kind: 'stream', status: 200, headers: STREAM_HEADERS, stream });

/** What is taken without an answer: notifications, and a legacy client's responses. */
export const accepted = (): Reply => ({ kind: 'whole', status: 202, headers: {}, body: '' });

/** The errors for which 2026-07-28 demands a status of their own; all others are answers like any other (TR-3, TR-4, TR-7). */
const MODERN_STATUS: Readonly<Record<number, number>> = {
  [RpcCode.methodNotFound]: 404,
  [RpcCode.headerMismatch]: 400,
  [RpcCode.missingCapability]: 400,
  [RpcCode.unsupportedVersion]: 400,
};

export const modernStatus = (outcome: RpcOutcome): number => (outcome.kind === 'error' ? (MODERN_STATUS[outcome.error.code] ?? 200) : 200);
