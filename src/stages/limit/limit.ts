import { toolOf, type McpCall } from '../../model/call.ts';
import { widen, type Admitted, type Permitted } from '../../model/exchange.ts';
import type { Limiter } from '../../ports/limiter.ts';
import { refusedByLimit } from './refused.ts';

export interface CallLimits {
  readonly key: Limiter;
  /** Per key and tool; absent when not configured. */
  readonly tool: Limiter | undefined;
}

/** JSON-RPC calls are counted, not HTTP requests: a stream, a status or an answer to the server costs nothing. */
const costOf = (call: McpCall): number => (call.kind === 'request' || call.kind === 'notification' ? 1 : 0);

/**
 * Limits by credential, and by credential and tool.
 * @throws GatewayError `limit.exceeded` with Retry-After and RateLimit headers
 */
export const buildLimit =
  (limits: CallLimits) =>
  (permitted: Permitted): Admitted => {
    const cost = costOf(permitted.call);
    const id = permitted.principal.credentialId;
    const byKey = limits.key.take(id, cost);
    if (byKey.kind === 'refused') throw refusedByLimit(byKey, 'calls of this key');
    const tool = toolOf(permitted.call);
    if (limits.tool !== undefined && tool !== undefined) {
      const byTool = limits.tool.take(`${id}\n${permitted.route.server}\n${tool}`, cost);
      if (byTool.kind === 'refused') throw refusedByLimit(byTool, `calls of ${tool} by this key`);
    }
    return widen(permitted, { quota: byKey.quota });
  };
