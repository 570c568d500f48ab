import type { AuditEvent } from '../../model/audit-event.ts';
import type { Primitive } from '../../model/call.ts';
import { isJsonObject } from '../../model/json.ts';
import { permissionReader } from '../../model/named-permissions.ts';
import { PermissionSet } from '../../model/permission.ts';
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
  readonly people: People;
}

/** What the configuration says of the owners of keys: they bound what their keys may do (D2). */
export type People = Readonly<Record<string, { readonly roles?: readonly string[] | undefined; readonly permissions?: readonly string[] | undefined }>>;

/** Compiles a policy to judge by. @param around what a configuration says besides it */
export const judgeBy = (text: PolicyText, around: Pick<Judge, 'accepted' | 'people'>): Judge => ({ text, policy: compilePolicy(text), accepted: around.accepted, people: around.people });

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

/** The key's own permission that allowed the call then, when it was one. */
const heldThen = ({ rule, decision }: AuditEvent): readonly string[] => (decision === 'allow' && rule?.startsWith('key: ') === true ? [rule.slice('key: '.length)] : []);

const permissionsOf = (event: AuditEvent, own: readonly string[], { text, people }: Judge): PermissionSet => {
  const read = permissionReader(text.permissions);
  const grants = (texts: readonly string[], roles: readonly string[]) => [
    ...texts.map((permission) => ({ permission: read(permission), from: 'key' })),
    ...roles.flatMap((role) => (text.roles[role] ?? []).map((permission) => ({ permission: read(permission), from: `role ${role}` }))),
  ];
  const owner = people[event.who ?? ''];
  const bounded = owner?.roles !== undefined || owner?.permissions !== undefined;
  return new PermissionSet(grants(own, event.roles ?? []), bounded ? new PermissionSet(grants(owner.permissions ?? [], owner.roles ?? [])) : undefined);
};

/** The caller of a record, with what the roles of a policy grant. */
const principalOf = (event: AuditEvent, own: readonly string[], judge: Judge): Principal | undefined => {
  if (event.who === undefined || event.credential === undefined || !isMethod(event.method)) return undefined;
  return {
    subject: event.who, name: event.name ?? '', method: event.method, credentialId: event.credential, roles: event.roles ?? [],
    ...(event.group === undefined ? {} : { group: event.group }),
    groups: event.groups ?? [],
    permissions: permissionsOf(event, own, judge),
  };
};

/** The facts of a recorded call; undefined when the record does not hold enough to judge it, such as when nobody was proven. */
export const factsOfRecord = (event: AuditEvent, judge: Judge, ownPermissions: OwnPermissions): Facts | undefined => {
  const primitive = primitiveOf(event);
  const own = ownPermissions(event.credential ?? '') ?? heldThen(event);
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
