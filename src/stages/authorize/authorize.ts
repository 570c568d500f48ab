import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall, Primitive } from '../../model/call.ts';
import { widen, type Permitted, type Understood } from '../../model/exchange.ts';
import { Permit } from '../../model/permit.ts';
import { permissionFor } from '../../model/permission.ts';
import type { Decision } from '../../model/policy.ts';
import { argumentsOf, factsOf, type DecideNeeds } from './facts.ts';
import { arrivedPlain } from './plain-name.ts';

/** The primitives a call is about; a call that names none is about the server as a whole. */
const primitivesOf = (call: McpCall): readonly Primitive[] => (call.kind === 'request' || call.kind === 'notification' ? call.primitives : []);

const objectOf = (server: string, primitive: Primitive | undefined): string => (primitive === undefined ? `the server "${server}"` : `the ${primitive.kind} "${primitive.name}" of "${server}"`);

/**
 * Names what was asked and what would allow it, and nothing else. A primitive that exists and one that does not are
 * refused in the same words, so a refusal never tells what is hidden (Q03).
 */
const uncovered = (server: string, primitive: Primitive | undefined): GatewayError => {
  const needed = permissionFor(server, primitive);
  return new GatewayError('permission.denied', {
    reason: `no permission covers ${needed}`,
    detail: `This credential may not use ${objectOf(server, primitive)}.`,
    extra: { required_permission: needed },
  });
};

type Denial = Exclude<Decision, { effect: 'allow' }>;

/** The caller learns that a rule stands in the way, the operator learns which and why. */
const denied = (decision: Denial, server: string, primitive: Primitive | undefined): GatewayError => {
  if (decision.effect === 'deny' && decision.because === 'nothing') return uncovered(server, primitive);
  const reason = decision.effect === 'deny' ? decision.reason : `the ${decision.rule} cannot be judged for this call`;
  return new GatewayError('policy.denied', { reason, rule: decision.rule, detail: `A rule keeps this credential from using ${objectOf(server, primitive)} in this way or at this time.` });
};

/**
 * Decides by the caller's permissions and the rules: default deny, deny wins, every primitive of the call must be covered. The same
 * policy narrows the lists in reveal, so what is listed is what can be called.
 */
export const buildAuthorize =
  (needs: DecideNeeds) =>
  /** @throws GatewayError `permission.denied`, `policy.denied` */
  (understood: Understood): Permitted => {
    const { route, call } = understood;
    const values = argumentsOf(call);
    const decide = (primitive: Primitive | undefined): string => {
      if (primitive !== undefined && !arrivedPlain(primitive, route)) throw uncovered(route.server, primitive);
      const decision = needs.policy.decide(factsOf(understood, primitive, { values: primitive === undefined ? undefined : values, nowMs: understood.atMs, catalog: needs.catalog }));
      if (decision.effect !== 'allow') throw denied(decision, route.server, primitive);
      return decision.rule;
    };
    const rules = primitivesOf(call).map(decide);
    // Whoever may use all of a call's primitives may speak to the server; the server itself may still be closed.
    const server = decide(undefined);
    return widen(understood, { permit: new Permit(rules[0] ?? server) });
  };
