import { hash } from 'node:crypto';
import type { ReadPermission } from '../../model/permission/named-permissions.ts';
import type { Decision, Facts, Policy, PolicyText, Tried } from '../../model/policy.ts';
import type { Principal } from '../../model/principal.ts';
import { permissionReader } from '../../model/permission/named-permissions.ts';
import { Coverage } from './coverage.ts';
import { compileRule, holds, type Rule } from './rule.ts';

/** The rules that can concern one caller at one server. */
interface Candidates {
  readonly deny: readonly Rule[];
  readonly allow: readonly Rule[];
}

const NOTHING: Decision = { effect: 'deny', because: 'nothing' };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.split('\n')[0] ?? '' : 'unknown');

/** The members of an object in one order, all the way down: the same policy has the same digest however it is written. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined).sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, member]) => [name, canonical(member)]));
};

const versionOf = ({ permissions, roles, rules }: PolicyText): string => hash('sha256', JSON.stringify(canonical({ permissions, roles, rules }))).slice(0, 12);

/** What of a rule's conditions did not hold, and what they saw. */
const unmet = (rule: Rule, facts: Facts): string =>
  rule.conditions
    .filter((condition) => condition.holds(facts) === false)
    .map((condition) => condition.why(facts))
    .join('; ');

type Verdict = { readonly kind: 'yes' | 'no' | 'unknown' } | { readonly kind: 'error'; readonly reason: string };

const [YES, NO, UNKNOWN]: readonly [Verdict, Verdict, Verdict] = [{ kind: 'yes' }, { kind: 'no' }, { kind: 'unknown' }];

const judge = (rule: Rule, facts: Facts): Verdict => {
  try {
    const answer = holds(rule, facts);
    return answer === 'unknown' ? UNKNOWN : answer ? YES : NO;
  } catch (error) {
    return { kind: 'error', reason: `a condition of the rule "${rule.name}" cannot be judged: ${messageOf(error)}` };
  }
};

const label = (rule: Rule): string => `rule ${rule.name}`;

const isWithinOwner = ({ principal: { permissions }, server, primitive }: Facts): boolean =>
  primitive === undefined ? permissions.boundsServer(server) : permissions.bounds(server, primitive.kind, primitive.name);

class CompiledPolicy implements Policy {
  readonly version: string;
  readonly #rules: readonly Rule[];
  readonly #coverage: Coverage;
  readonly #candidates = new WeakMap<Principal, Map<string, Candidates>>();

  constructor(text: PolicyText, read: ReadPermission) {
    this.version = versionOf(text);
    this.#rules = text.rules.map((rule, index) => compileRule(rule, index, read));
    this.#coverage = new Coverage(this.#rules);
  }

  decide(facts: Facts): Decision {
    const { deny, allow } = this.#candidatesFor(facts.principal, facts.server);
    const covers = this.#coverage.of(facts.server, facts.primitive);
    let open: string | undefined;
    for (const rule of deny) {
      if (covers[rule.index] === 0) continue;
      const verdict = judge(rule, facts);
      if (verdict.kind === 'yes') return { effect: 'deny', because: 'rule', rule: label(rule), reason: `the rule "${rule.name}" denies it` };
      if (verdict.kind === 'error') return { effect: 'deny', because: 'error', rule: label(rule), reason: verdict.reason };
      if (verdict.kind === 'unknown') open ??= label(rule);
    }
    const allowed = this.#allow(facts, allow, covers);
    // What may yet be denied is not allowed for sure, and what is not allowed is denied whatever else is unknown.
    return allowed.effect === 'allow' && open !== undefined && facts.primitive !== undefined ? { effect: 'unknown', rule: open } : allowed;
  }

  trace(facts: Facts): readonly Tried[] {
    return this.#rules.map((rule): Tried => {
      const tried = { rule: rule.name, effect: rule.effect };
      if (!rule.isAbout(facts.principal)) return { ...tried, outcome: 'other-caller' };
      if (!rule.reaches(facts.principal)) return { ...tried, outcome: 'other-key' };
      if (!(facts.primitive === undefined && rule.effect === 'allow' ? rule.touches(facts.server) : rule.covers(facts.server, facts.primitive))) return { ...tried, outcome: 'other-target' };
      const verdict = judge(rule, facts);
      if (verdict.kind === 'error') return { ...tried, outcome: 'error', why: verdict.reason };
      if (verdict.kind === 'no') return { ...tried, outcome: 'condition', why: unmet(rule, facts) };
      return { ...tried, outcome: verdict.kind === 'yes' ? 'holds' : 'unknown' };
    });
  }

  #allow(facts: Facts, rules: readonly Rule[], covers: Uint8Array): Decision {
    const { principal, server, primitive } = facts;
    const grant = primitive === undefined ? principal.permissions.findServer(server) : principal.permissions.find(server, primitive.kind, primitive.name);
    if (grant !== undefined) return { effect: 'allow', rule: `${grant.from}: ${grant.permission.text}` };
    let best: Decision = NOTHING;
    // Effective rights are those of the key and of its owner together: no rule takes a key past what its owner may do at all.
    if (!isWithinOwner(facts)) return NOTHING;
    for (const rule of rules) {
      if (primitive !== undefined && covers[rule.index] === 0) continue;
      const verdict = judge(rule, facts);
      if (verdict.kind === 'yes') return { effect: 'allow', rule: label(rule) };
      if (verdict.kind === 'unknown') {
        // Whoever may use something of a server under some condition may speak to it.
        if (primitive === undefined) return { effect: 'allow', rule: label(rule) };
        best = { effect: 'unknown', rule: label(rule) };
      } else if (best.effect === 'deny') best = worse(best, rule, verdict);
    }
    return best;
  }

  /** Found once for each caller and server: most rules are about somebody else. */
  #candidatesFor(principal: Principal, server: string): Candidates {
    const known = this.#candidates.get(principal);
    const found = known?.get(server);
    if (found !== undefined) return found;
    const mine = this.#rules.filter((rule) => rule.touches(server) && rule.reaches(principal));
    const made = { deny: mine.filter(({ effect }) => effect === 'deny'), allow: mine.filter(({ effect }) => effect === 'allow') };
    if (known === undefined) this.#candidates.set(principal, new Map([[server, made]]));
    else known.set(server, made);
    return made;
  }
}

/** A denial that says most: an error before a condition that did not hold, and both before nothing at all. */
const worse = (before: Decision, rule: Rule, verdict: Verdict): Decision => {
  if (verdict.kind === 'error') return { effect: 'deny', because: 'error', rule: label(rule), reason: verdict.reason };
  if (before.effect === 'deny' && before.because !== 'nothing') return before;
  return { effect: 'deny', because: 'condition', rule: label(rule), reason: `the rule "${rule.name}" would allow it, and a condition of it does not hold` };
};

/**
 * Compiles a policy once, at load. Deny wins; what no permission and no rule covers is denied; what cannot be judged is denied.
 * @throws PermissionSyntaxError for a permission that cannot be read
 */
export const compilePolicy = (text: PolicyText): Policy => new CompiledPolicy(text, permissionReader(text.permissions));
