import { GatewayError } from '../../errors/gateway-error.ts';
import type { McpCall, Primitive } from '../../model/call.ts';
import { widen, type Permitted, type Understood } from '../../model/exchange.ts';
import { Permit } from '../../model/permit.ts';
import { permissionFor } from '../../model/permission/permission.ts';
import type { Decision, Facts, Policy, ShadowDifference } from '../../model/policy.ts';
import { argumentsOf, factsOf, type DecideNeeds } from './facts.ts';
import { arrivedPlain } from './plain-name.ts';
import type { Shadow } from './shadow.ts';

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

/** What authorize needs besides what the lists need. */
export interface AuthorizeNeeds extends DecideNeeds {
  /** Whether other rules have been in force for a while: then these decide nothing any more (Q07). */
  readonly isReplaced: () => boolean;
  /** A second policy that judges and does not decide. */
  readonly shadow?: Shadow | undefined;
}

/** Every question of a call: one for each primitive, and one for the server as a whole, which may be closed by itself. */
const questionsOf = (understood: Understood, { catalog }: DecideNeeds): readonly Facts[] => {
  const { call, atMs } = understood;
  const values = argumentsOf(call);
  const primitives: readonly (Primitive | undefined)[] = [...primitivesOf(call), undefined];
  return primitives.map((primitive) => factsOf(understood, primitive, { values: primitive === undefined ? undefined : values, nowMs: atMs, catalog }));
};

/** The refusal of the first question with another answer than yes, or the names of the rules that allow. */
const judge = (questions: readonly Facts[], { route }: Understood, policy: Policy): GatewayError | readonly string[] => {
  const rules: string[] = [];
  for (const facts of questions) {
    const { primitive } = facts;
    if (primitive !== undefined && !arrivedPlain(primitive, route)) return uncovered(route.server, primitive);
    const decision = policy.decide(facts);
    if (decision.effect !== 'allow') return denied(decision, route.server, primitive);
    rules.push(decision.rule);
  }
  return rules;
};

/** The same refusal, with what the watching policy says of it. */
const watched = (refusal: GatewayError, shadow: ShadowDifference | undefined): GatewayError => (shadow === undefined ? refusal : new GatewayError(refusal.code, { ...refusal.circumstances, shadow }));

/**
 * Decides by the caller's permissions and the rules: default deny, deny wins, every primitive of the call must be covered. The same
 * policy narrows the lists in reveal, so what is listed is what can be called.
 */
export const buildAuthorize =
  (needs: AuthorizeNeeds) =>
  /** @throws GatewayError `permission.denied`, `policy.denied`, `policy.replaced` */
  (understood: Understood): Permitted => {
    if (needs.isReplaced()) throw new GatewayError('policy.replaced', { reason: `the policy ${needs.policy.version} is no longer in force`, headers: { 'Retry-After': '1' } });
    const questions = questionsOf(understood, needs);
    const judged = judge(questions, understood, needs.policy);
    const shadow = needs.shadow?.differs(judged instanceof GatewayError ? 'deny' : 'allow', questions);
    if (judged instanceof GatewayError) throw watched(judged, shadow);
    return widen(understood, { permit: new Permit(judged[0] ?? '', shadow) });
  };
