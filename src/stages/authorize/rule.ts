import type { Primitive } from '../../model/call.ts';
import type { ReadPermission } from '../../model/permission/named-permissions.ts';
import { compileGlob, type Permission } from '../../model/permission/permission.ts';
import type { Answer, Effect, Facts, RuleText, What, Who } from '../../model/policy.ts';
import type { Principal } from '../../model/principal.ts';
import { groupsOf } from './conditions/attribute.ts';
import type { Condition } from './conditions/condition.ts';
import { buildConditions, whenSchema } from './conditions/list.ts';
import { spellingsOf } from './spellings.ts';

/** A rule, compiled: sets and prefixes, no expression that could backtrack (Q04). */
export interface Rule {
  readonly name: string;
  /** Its place among the rules. */
  readonly index: number;
  readonly effect: Effect;
  /** Whether it is about the caller: the credential, or whom it acts for. */
  isAbout(principal: Principal): boolean;
  /** Whether it is in force for this credential: what allows may be about its person, and not about it. */
  reaches(principal: Principal): boolean;
  /** Whether it could cover anything of the server. */
  touches(server: string): boolean;
  /** Whether it covers the primitive; without one, whether it covers the server as a whole. */
  covers(server: string, primitive: Primitive | undefined): boolean;
  readonly conditions: readonly Condition[];
}

type Glob = (text: string) => boolean;

const globsOf = (texts: readonly string[] | undefined): Glob | undefined => {
  if (texts === undefined) return undefined;
  const exact = new Set(texts.filter((text) => !text.includes('*')));
  const globs = texts.filter((text) => text.includes('*')).map(compileGlob);
  return (text) => exact.has(text) || globs.some((glob) => glob(text));
};

const everything: Glob = () => true;

const setOf = (list: readonly string[] | undefined): ReadonlySet<string> => new Set(list);

/** Whether a rule names the credential itself: its id, its certificate, or a role that it carries. */
const compileNamed = (who: Who): ((principal: Principal) => boolean) => {
  const [roles, keys, certificates] = [setOf(who.role), setOf(who.key), setOf(who.certificate)];
  return (principal) =>
    principal.roles.some((role) => roles.has(role)) ||
    (principal.method === 'api-key' && keys.has(principal.credentialId)) ||
    (principal.method === 'mtls' && certificates.has(principal.subject));
};

/** Whether a rule names whom the credential acts for, or the program it was given to. */
const compileBehind = (who: Who): ((principal: Principal) => boolean) => {
  if (Object.values(who).every((list) => list === undefined)) return () => true;
  const [groups, people, clients] = [setOf(who.group), setOf(who.person), setOf(who.client)];
  return (principal) => people.has(principal.subject) || groupsOf(principal).some((group) => groups.has(group)) || (principal.clientId !== undefined && clients.has(principal.clientId));
};

/**
 * A credential that was given permissions or roles of its own is held to them: what allows by person, group or everybody widens none that
 * was made narrow. Denials reach further than allowances: every role of its owner counts, carried or not.
 */
const compileWho = (who: Who, effect: Effect): Pick<Rule, 'isAbout' | 'reaches'> => {
  const [isNamed, isBehind, roles] = [compileNamed(who), compileBehind(who), setOf(who.role)];
  const isAbout = (principal: Principal): boolean => isNamed(principal) || isBehind(principal) || principal.ownerRoles?.some((role) => roles.has(role)) === true;
  return { isAbout, reaches: effect === 'deny' ? isAbout : (principal) => isNamed(principal) || (principal.whole === true && isBehind(principal)) };
};

type Covers = Pick<Rule, 'touches' | 'covers'>;

const fromPermissions = (permissions: readonly Permission[]): Covers => ({
  touches: (server) => permissions.some((one) => one.touches(server)),
  covers: (server, primitive) => primitive !== undefined && permissions.some((one) => one.covers(server, primitive.kind, primitive.name)),
});

const fromGlobs = (what: What): Covers => {
  const server = globsOf(what.server) ?? everything;
  const kinds = { tool: globsOf(what.tool), resource: globsOf(what.resource), prompt: globsOf(what.prompt) };
  const whole = Object.values(kinds).every((globs) => globs === undefined);
  return { touches: server, covers: (name, primitive) => server(name) && (whole || (primitive !== undefined && kinds[primitive.kind]?.(primitive.name) === true)) };
};

const compileWhat = (what: What, read: ReadPermission): Covers => {
  if (what.permission === undefined) return fromGlobs(what);
  const permissions = fromPermissions(what.permission.map(read));
  const { permission: _permission, ...globs } = what;
  if (Object.values(globs).every((list) => list === undefined)) return permissions;
  const others = fromGlobs(globs);
  return { touches: (server) => permissions.touches(server) || others.touches(server), covers: (server, primitive) => permissions.covers(server, primitive) || others.covers(server, primitive) };
};

/** A denial must hold for every spelling of an address that a server could take for the same one; a permission for the one that is written. */
const inAnySpelling = (covers: Rule['covers']): Rule['covers'] => (server, primitive) => {
  if (primitive?.kind !== 'resource') return covers(server, primitive);
  return spellingsOf(primitive.name).some((name) => covers(server, { kind: 'resource', name }));
};

/**
 * Compiles a rule once, at load.
 * @throws PermissionSyntaxError, or zod's error for conditions that the configuration did not check
 */
export const compileRule = (text: RuleText, index: number, read: ReadPermission): Rule => {
  const { touches, covers } = compileWhat(text.what, read);
  return {
    name: text.name,
    index,
    effect: text.effect,
    ...compileWho(text.who, text.effect),
    touches,
    covers: text.effect === 'deny' ? inAnySpelling(covers) : covers,
    conditions: buildConditions(whenSchema.parse(text.when)),
  };
};

/**
 * Whether all conditions of a rule hold. What is known to fail decides, even where other conditions cannot be told.
 * @throws Error when a condition cannot be judged
 */
export const holds = (rule: Rule, facts: Facts): Answer => {
  let answer: Answer = true;
  for (const condition of rule.conditions) {
    const one = condition.holds(facts);
    if (one === false) return false;
    if (one === 'unknown') answer = 'unknown';
  }
  return answer;
};
