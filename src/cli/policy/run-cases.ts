import type { PolicyCase } from '../../config/policy/policy-cases.ts';
import type { Primitive } from '../../model/call.ts';
import type { Decision, Facts, RuleText } from '../../model/policy.ts';
import type { Principal } from '../../model/principal.ts';
import { decideAgain, type Judge } from './past-call.ts';

/** What came of one case. */
export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly decision: 'allow' | 'deny' | 'unknown';
  readonly rule?: string;
  /** What was expected, or why it cannot be judged. */
  readonly fault?: string;
}

/** Whether a rule asks what time it is: then a case must say when it takes place. */
const asksTime = ({ when }: RuleText): boolean => when['hours'] !== undefined || (typeof when['expr'] === 'string' && /\bnow\b/.test(when['expr']));

const primitiveOf = ({ tool, resource, prompt }: PolicyCase['what']): Primitive | undefined => {
  if (tool !== undefined) return { kind: 'tool', name: tool };
  if (resource !== undefined) return { kind: 'resource', name: resource };
  return prompt === undefined ? undefined : { kind: 'prompt', name: prompt };
};

/** The caller of a case; one that is given neither role nor permission stands for the whole of its person. */
const principalOf = (who: PolicyCase['who'], { permissionsOf, ownerRolesOf }: Judge): Principal => {
  const { person, key, role, group: groups, permission, client, issuer, claims } = who;
  const isToken = client !== undefined || issuer !== undefined;
  const [group] = groups;
  return {
    subject: person, name: person, method: isToken ? 'oauth' : 'api-key', credentialId: key, roles: role, ownerRoles: ownerRolesOf(person), groups,
    ...(group === undefined ? {} : { group }),
    ...(client === undefined ? {} : { clientId: client }), ...(issuer === undefined ? {} : { issuer }), ...(claims === undefined ? {} : { claims }),
    ...(role.length + permission.length === 0 ? { whole: true } : {}),
    permissions: permissionsOf({ subject: person, roles: role, own: permission }),
  };
};

const factsOf = ({ who, what, at, ...rest }: PolicyCase, judge: Judge): Facts => {
  const primitive = primitiveOf(what);
  return {
    principal: principalOf(who, judge),
    server: what.server, environment: rest.environment, primitive, annotation: rest.annotation, address: who.address,
    arguments: primitive === undefined ? undefined : rest.arguments,
    nowMs: at === undefined ? 0 : Date.parse(at),
  };
};

const nameOf = (decision: Decision): string | undefined => ('rule' in decision ? decision.rule : undefined);

const faultOf = ({ expect, rule }: PolicyCase, decision: Decision): string | undefined => {
  const decided = nameOf(decision);
  if (decision.effect !== expect) return `expected ${expect}, and it is ${decision.effect}${decided === undefined ? '' : ` by ${decided}`}`;
  return rule === undefined || decided === `rule ${rule}` || decided === rule ? undefined : `expected ${expect} by ${rule}, and it is by ${decided ?? 'no rule'}`;
};

/** Judges one case. */
export const runCase = (one: PolicyCase, judge: Judge): CaseResult => {
  if (one.at === undefined && judge.text.rules.some(asksTime)) return { name: one.name, passed: false, decision: 'unknown', fault: 'a rule asks what time it is: say at, such as "2026-07-28T10:00:00Z"' };
  const decision = decideAgain(judge, factsOf(one, judge));
  const fault = faultOf(one, decision);
  const rule = nameOf(decision);
  return { name: one.name, passed: fault === undefined, decision: decision.effect, ...(rule === undefined ? {} : { rule }), ...(fault === undefined ? {} : { fault }) };
};
