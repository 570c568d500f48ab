import { permissionsUnder, type People } from '../../model/permission/permissions-under.ts';
import type { Decision, Facts, PolicyText, ShadowDifference } from '../../model/policy.ts';
import type { Principal } from '../../model/principal.ts';
import { compilePolicy } from './compile-policy.ts';

/** A second policy that judges live calls and decides nothing. */
export interface Shadow {
  /** What it would have decided otherwise; undefined when it agrees. */
  differs(decided: 'allow' | 'deny', facts: readonly Facts[]): ShadowDifference | undefined;
}

const ownOf = ({ permissions }: Principal): readonly string[] => permissions.grants.filter(({ from }) => from === 'key' || from === 'scope' || from === 'person').map(({ permission }) => permission.text);

const ruleOf = (decision: Decision): string | undefined => ('rule' in decision ? decision.rule : undefined);

/**
 * Compiles a policy that watches.
 * @param people of the configuration: they bound their keys under any policy
 */
export const buildShadow = (text: PolicyText, people: People): Shadow => {
  const policy = compilePolicy(text);
  const under = permissionsUnder(text, people);
  const known = new WeakMap<Principal, Principal>();
  const asSeen = (principal: Principal): Principal => {
    const found = known.get(principal);
    if (found !== undefined) return found;
    const made = { ...principal, permissions: under({ subject: principal.subject, roles: principal.roles, own: ownOf(principal) }) };
    known.set(principal, made);
    return made;
  };
  return {
    differs(decided, facts) {
      const decisions = facts.map((one) => policy.decide({ ...one, principal: asSeen(one.principal) }));
      const deciding = decisions.find(({ effect }) => effect !== 'allow') ?? decisions[0];
      const decision = deciding?.effect === 'allow' ? 'allow' : 'deny';
      if (deciding === undefined || decision === decided) return undefined;
      const rule = ruleOf(deciding);
      return { policy: policy.version, decision, ...(rule === undefined ? {} : { rule }) };
    },
  };
};
