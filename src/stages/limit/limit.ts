import { GatewayError } from '../../errors/gateway-error.ts';
import { opensStream, toolOf, type McpCall } from '../../model/call.ts';
import { widen, type Admitted, type Permitted } from '../../model/exchange.ts';
import type { Limiter } from '../../ports/limiter.ts';
import { refusedByLimit } from './refused.ts';

export interface CallLimits {
  readonly key: Limiter;
  /** Per key and tool; absent when not configured. */
  readonly tool: Limiter | undefined;
  /** Whether a credential holds as many open streams as it may; absent when nobody counts them. */
  readonly isFull?: (credentialId: string) => boolean;
}

/** JSON-RPC calls are counted, not HTTP requests: a stream, a status or an answer to the server costs nothing. */
const costOf = (call: McpCall): number => (call.kind === 'request' || call.kind === 'notification' ? 1 : 0);

const tooManyStreams = (credentialId: string): GatewayError =>
  new GatewayError('limit.streams', { reason: `credential ${credentialId} has too many open streams`, headers: { 'Retry-After': '5' } });

/**
 * Limits by credential, and by credential and tool. What opens a stream is refused here, before the server has heard of it (D02).
 * @throws GatewayError `limit.exceeded` with Retry-After and RateLimit headers, `limit.streams`
 */
export const buildLimit =
  (limits: CallLimits) =>
  (permitted: Permitted): Admitted => {
    const cost = costOf(permitted.call);
    const id = permitted.principal.credentialId;
    const byKey = limits.key.take(id, cost);
    if (byKey.kind === 'refused') throw refusedByLimit(byKey, 'calls of this key');
    if (limits.isFull !== undefined && opensStream(permitted.call) && limits.isFull(id)) throw tooManyStreams(id);
    const tool = toolOf(permitted.call);
    if (limits.tool !== undefined && tool !== undefined) {
      const byTool = limits.tool.take(`${id}\n${permitted.route.server}\n${tool}`, cost);
      if (byTool.kind === 'refused') throw refusedByLimit(byTool, `calls of ${tool} by this key`);
    }
    return widen(permitted, { quota: byKey.quota });
  };
