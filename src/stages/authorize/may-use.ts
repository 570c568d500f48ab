import type { Primitive } from '../../model/call.ts';
import type { Permitted } from '../../model/exchange.ts';
import { arrivedPlain } from './plain-name.ts';
import { factsOf, type DecideNeeds } from './facts.ts';

/** Who asks, and about which server. */
export type Asking = Pick<Permitted, 'principal' | 'route' | 'address'>;

/**
 * Whether a primitive may be shown to a caller: the question that authorize asks, as far as it can be answered before the call. What
 * depends on arguments is shown; what is denied whatever they are is not.
 */
export const buildMayUse =
  (needs: DecideNeeds) =>
  (asking: Asking, primitive: Primitive): boolean => {
    if (!arrivedPlain(primitive, asking.route)) return false;
    return needs.policy.decide(factsOf(asking, primitive, { values: undefined, nowMs: needs.clock.nowMs(), catalog: needs.catalog })).effect !== 'deny';
  };
