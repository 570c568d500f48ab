import type { McpCall, Primitive } from '../../model/call.ts';
import type { Permitted } from '../../model/exchange.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Facts, Policy } from '../../model/policy.ts';
import type { ToolCatalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/world.ts';

/** What deciding needs: one policy for the calls and for the lists. */
export interface DecideNeeds {
  readonly policy: Policy;
  readonly catalog: Pick<ToolCatalog, 'annotationOf'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const NONE: JsonObject = {};

/** The arguments of a call that has been made: none is known for sure, too. */
export const argumentsOf = (call: McpCall): JsonObject => {
  const values = call.kind === 'request' || call.kind === 'notification' ? call.params['arguments'] : undefined;
  return isJsonObject(values) ? values : NONE;
};

export interface Known {
  readonly values: JsonObject | undefined;
  readonly nowMs: number;
  readonly catalog: DecideNeeds['catalog'];
}

/** The facts of one question: calls and lists ask with the same ones, but for what is not known yet. */
export const factsOf = ({ principal, route, address }: Pick<Permitted, 'principal' | 'route' | 'address'>, primitive: Primitive | undefined, known: Known): Facts => ({
  principal,
  server: route.server,
  environment: route.environment,
  primitive,
  arguments: known.values,
  annotation: primitive?.kind === 'tool' ? known.catalog.annotationOf(route.server, primitive.name) : undefined,
  address,
  nowMs: known.nowMs,
});
