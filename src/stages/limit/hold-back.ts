import { toolOf } from '../../model/call.ts';
import type { Admitted, Permitted } from '../../model/exchange.ts';
import type { CallThrottle } from '../../ports/call-throttle.ts';

/**
 * Holds calls of tools to what is usual of their caller, before the limits that are written down: what is refused here takes nothing from those.
 * @throws GatewayError `limit.unusual`, and what the limits throw
 */
export const buildHoldBack =
  (throttle: CallThrottle, limit: (permitted: Permitted) => Admitted) =>
  (permitted: Permitted): Admitted => {
    const { call, principal, route } = permitted;
    const tool = toolOf(call);
    if (tool !== undefined) throttle.take(principal, `${route.server}:${tool}`);
    return limit(permitted);
  };
