import type { AuditEvent } from '../../model/audit-event.ts';
import type { Primitive } from '../../model/call.ts';
import { isJsonObject } from '../../model/json.ts';
import { permissionsUnder, type Holder, type People } from '../../model/permission/permissions-under.ts';
import type { PermissionSet } from '../../model/permission/permission.ts';
import type { Decision, Facts, Policy, PolicyText } from '../../model/policy.ts';
import type { AuthMethod, Principal } from '../../model/principal.ts';
import { isRedacted } from '../../model/redaction.ts';
import { compilePolicy } from '../../stages/authorize/compile-policy.ts';
import { arrivedPlain } from '../../stages/authorize/plain-name.ts';

/** A policy to judge recorded calls by. */
export interface Judge {
  readonly text: PolicyText;
  readonly policy: Policy;
  /** Odd names of tools that the configuration accepts, by server. */
  readonly accepted: ReadonlyMap<string, ReadonlySet<string>>;
  /** What somebody holds under this policy. */
  readonly permissionsOf: (holder: Holder) => PermissionSet;
  /** What the configuration gives somebody besides roles. */
  readonly ownerPermissionsOf: (subject: string) => readonly string[];
  /** All roles that the configuration gives somebody. */
  readonly ownerRolesOf: (subject: string) => readonly string[];
}

/** Compiles a policy to judge by. @param around what a configuration says besides it */
export const judgeBy = (text: PolicyText, { accepted, people }: { readonly accepted: Judge['accepted']; readonly people: People }): Judge => ({
  text, policy: compilePolicy(text), accepted, permissionsOf: permissionsUnder(text, people),
  ownerPermissionsOf: (subject) => (Object.hasOwn(people, subject) ? people[subject]?.permissions ?? [] : []),
  ownerRolesOf: (subject) => (Object.hasOwn(people, subject) ? people[subject]?.roles ?? [] : []),
});

/** The permissions of a credential itself, as it is kept today; undefined when nobody keeps it any more. */
export type OwnPermissions = (credential: string) => readonly string[] | undefined;

const KINDS: ReadonlyMap<string, Primitive['kind']> = new Map([
  ['tools/call', 'tool'], ['resources/read', 'resource'], ['resources/subscribe', 'resource'], ['resources/unsubscribe', 'resource'], ['prompts/get', 'prompt'],
]);

/** What the record says the call was about; `unknown` when it does not say it whole. */
export const primitiveOf = ({ call, target }: AuditEvent): Primitive | 'unknown' | undefined => {
  const kind = KINDS.get(call);
  if (kind === undefined) return target === undefined ? undefined : 'unknown';
  return target === undefined || target.length >= 256 || isRedacted(target) ? 'unknown' : { kind, name: target };
};

const METHODS: ReadonlySet<string> = new Set<AuthMethod>(['api-key', 'oauth', 'mtls']);
const isMethod = (text: string | undefined): text is AuthMethod => text !== undefined && METHODS.has(text);

/**
 * What the record itself tells of the key's own permissions, as far as they matter to this call: they are asked first, so where a role or a
 * rule decided, none of them covered it.
 */
export const ownThen = ({ rule, decision, code }: AuditEvent): readonly string[] | undefined => {
  if (code === 'permission.denied' || code === 'scope.insufficient') return [];
  if (code === 'policy.denied' || decision !== 'allow' || rule === undefined) return undefined;
  // Scopes of a token are what a key's permissions are (R18).
  const [, text] = /^(?:key|scope): (.+)$/s.exec(rule) ?? [];
  return text === undefined ? [] : [text];
};

/** A certificate stands for the whole of its client: it holds what `people` gives that client, and nothing of its own (D2). */
const heldBy = ({ method, who }: AuditEvent, judge: Judge, own: readonly string[]): readonly string[] => (method === 'mtls' ? judge.ownerPermissionsOf(who ?? '') : own);

/** The caller of a record, with what it holds under a policy. */
const principalOf = (event: AuditEvent, own: readonly string[], judge: Judge): Principal | undefined => {
  if (event.who === undefined || event.credential === undefined || !isMethod(event.method)) return undefined;
  const roles = event.roles ?? [];
  return {
    subject: event.who, name: event.name ?? '', method: event.method, credentialId: event.credential, roles, groups: event.groups ?? [],
    ...(event.group === undefined ? {} : { group: event.group }),
    ...(event.clientId === undefined ? {} : { clientId: event.clientId }),
    ...(event.issuer === undefined ? {} : { issuer: event.issuer }),
    ...(event.whole === true ? { whole: true } : {}),
    ownerRoles: judge.ownerRolesOf(event.who),
    permissions: judge.permissionsOf({ subject: event.who, roles, own: heldBy(event, judge, own) }),
  };
};

/**
 * The facts of a recorded call; undefined when the record does not hold enough to judge it, such as when nobody was proven.
 * @param own what the key holds by itself
 */
export const factsOfRecord = (event: AuditEvent, judge: Judge, own: readonly string[]): Facts | undefined => {
  const primitive = primitiveOf(event);
  const principal = principalOf(event, own, judge);
  if (principal === undefined || event.server === undefined || primitive === 'unknown') return undefined;
  return {
    principal, server: event.server, environment: event.environment ?? 'live', primitive,
    arguments: primitive === undefined ? undefined : isJsonObject(event.arguments) ? event.arguments : {},
    redacted: true, annotation: event.annotation, address: event.address, nowMs: Date.parse(event.at),
  };
};

const ODD: Decision = { effect: 'deny', because: 'nothing' };

/** Decides as the gateway would: the primitive, and then the server as a whole. */
export const decideAgain = ({ policy, accepted }: Judge, facts: Facts): Decision => {
  const { primitive, server } = facts;
  if (primitive !== undefined) {
    const plain = arrivedPlain(primitive, { acceptedTools: accepted.get(server) ?? new Set() });
    const decision = plain ? policy.decide(facts) : ODD;
    if (decision.effect !== 'allow') return decision;
  }
  const whole = policy.decide({ ...facts, primitive: undefined, arguments: undefined, annotation: undefined });
  return whole.effect === 'allow' && primitive !== undefined ? policy.decide(facts) : whole;
};
