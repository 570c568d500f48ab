import { GatewayError } from '../../errors/gateway-error.ts';
import { toolOf } from '../../model/call.ts';
import type { Permitted } from '../../model/exchange.ts';
import type { ToolPins } from '../../ports/tool-pins.ts';

/**
 * Refuses calls of tools that wait to be accepted (Q06). It is asked after the permissions: who may not use a tool does not learn
 * that it is there.
 */
export const buildRefuseHeld =
  (pins: Pick<ToolPins, 'isHeld'>) =>
  /** @throws GatewayError `tool.held` */
  (permitted: Permitted): Permitted => {
    const { route, call } = permitted;
    const tool = toolOf(call);
    if (tool === undefined || !pins.isHeld(route.server, tool)) return permitted;
    throw new GatewayError('tool.held', {
      reason: `the definition of ${route.server}:${tool} waits to be accepted`,
      detail: `The tool "${tool}" of "${route.server}" is new or has changed, and is held until an operator accepts it: "sallyport tools diff ${route.server} ${tool}", then "sallyport tools accept ${route.server} ${tool}".`,
    });
  };
