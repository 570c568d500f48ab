import { aToolCall } from '../../../../../test/world/exchanges.ts';
import { MovedClock } from '../../../../../test/world/moved-clock.ts';
import { Hangup } from '../../../../model/hangup.ts';
import type { Outbound, Upstream } from '../../../../ports/upstream.ts';
import type { Reply } from '../../../../model/exchange.ts';
import { buildHttpUpstream, type HttpUpstreamOptions } from '../http-upstream.ts';

/** A call on its way to a server. */
export const anOutbound = (more: Partial<Outbound> = {}): Outbound => {
  const hangup = more.hangup ?? new Hangup();
  return { requestId: 'req_1', principalKey: 'key_1', httpMethod: 'POST', headers: { accept: 'application/json, text/event-stream' }, body: Buffer.from('{}'), call: aToolCall('x'), sessionId: undefined, timeoutMs: 1_000, hangup, signal: hangup.signal, ...more };
};

export interface Caller extends Disposable {
  readonly clock: MovedClock;
  readonly upstream: Upstream;
  readonly send: (more?: Partial<Outbound>) => Promise<Reply>;
}

/** The upstream under test before a server, in hand-moved time. */
export const callerOf = (url: URL, options: Partial<HttpUpstreamOptions> = {}): Caller => {
  const clock = new MovedClock();
  const upstream = buildHttpUpstream({ url, headers: {}, maxAnswerBytes: 1_000_000, connectTimeoutMs: 5_000, ...options }, { clock });
  return { clock, upstream, send: (more) => upstream.send(anOutbound(more)), [Symbol.dispose]: () => void upstream.close() };
};

export const streamOf = (reply: Reply): AsyncIterator<Uint8Array> => {
  if (reply.kind !== 'stream') throw new TypeError(`the answer is ${reply.kind}, not a stream`);
  return reply.stream[Symbol.asyncIterator]();
};

export const textOf = (reply: Reply): string => {
  if (reply.kind !== 'whole') throw new TypeError('the answer is a stream');
  return reply.body.toString();
};
