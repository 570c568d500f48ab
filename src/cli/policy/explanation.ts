import type { AuditEvent } from '../../model/audit-event.ts';
import { permissionReader } from '../../model/permission/named-permissions.ts';
import { permissionFor, type Permission } from '../../model/permission/permission.ts';
import type { Decision, Facts, Tried } from '../../model/policy.ts';
import { decideAgain, factsOfRecord, judgeBy, ownThen, type OwnPermissions } from './past-call.ts';
import type { PolicySource } from './read-policy.ts';
import { smallestChange, type Change } from './smallest-change.ts';

/** One source of permissions, and whether it covers the call. */
export interface Held {
  readonly from: string;
  /** Absent when nobody knows them here: the key is gone, or in a variable that this command does not have. */
  readonly permissions?: readonly string[];
  readonly covers: boolean;
}

/** Everything that can be said about one decision. */
export interface Explanation {
  readonly event: AuditEvent;
  /** The version of the policy that judges now. */
  readonly policy: string;
  /** What is decided now; undefined when the record does not hold enough. */
  readonly now?: Decision;
  readonly held: readonly Held[];
  readonly tried: readonly Tried[];
  /** The permission that is missing. */
  readonly missing?: string;
  /** Roles and named permissions that have it. */
  readonly grantedBy: readonly string[];
  readonly ask: string;
  readonly change?: Change;
}

const covers = (permission: Permission, { server, primitive }: Facts): boolean => (primitive === undefined ? permission.touches(server) : permission.covers(server, primitive.kind, primitive.name));

type MakeHeld = (from: string, permissions: readonly string[]) => Held;

/** The owner of a key, where the configuration says what they may do: then their keys may do no more (D2). */
const boundBy = ({ principal: { subject, method } }: Facts, { people, policy }: PolicySource, held: MakeHeld): readonly Held[] => {
  const owner = Object.hasOwn(people, subject) ? people[subject] : undefined;
  // Whoever comes with a certificate holds all of that, and it is told once.
  if (method === 'mtls') return [];
  if (owner?.permissions === undefined && owner?.roles === undefined) return [];
  return [held(`its owner ${subject}, beyond whom no permission of the key reaches`, [...(owner.permissions ?? []), ...(owner.roles ?? []).flatMap((role) => policy.roles[role] ?? [])])];
};

const heldBy = (facts: Facts, source: PolicySource, own: readonly string[] | undefined): readonly Held[] => {
  const { policy } = source;
  const read = permissionReader(policy.permissions);
  const held = (from: string, permissions: readonly string[] | undefined): Held => ({ from, ...(permissions === undefined ? {} : { permissions }), covers: permissions?.some((text) => covers(read(text), facts)) === true });
  return [held(facts.principal.method === 'mtls' ? `people says of ${facts.principal.subject}` : 'the key itself', own), ...facts.principal.roles.map((role) => held(`role ${role}`, policy.roles[role] ?? [])), ...boundBy(facts, source, held)];
};

/** Roles and names under which the operator has foreseen just this. */
const grantersOf = (facts: Facts, { policy }: PolicySource): readonly string[] => {
  const read = permissionReader(policy.permissions);
  const roles = Object.entries(policy.roles).flatMap(([role, texts]) => (texts.some((text) => covers(read(text), facts)) ? [`role ${role}`] : []));
  const names = Object.keys(policy.permissions).flatMap((text) => (covers(read(text), facts) ? [text] : []));
  return [...names, ...roles];
};

/** Who can grant it: the owner of what grants it, else whoever may change the file or the keys. */
const askFor = (granters: readonly string[], facts: Facts, { file, policy }: PolicySource): string => {
  const mine = facts.principal.roles.map((role) => `role ${role}`);
  const owned = [...granters, ...mine].flatMap((granter) => {
    const owner = policy.owners[granter.replace(/^role /, '')];
    return owner === undefined ? [] : [`${owner}, who owns ${granter.startsWith('role ') ? `the ${granter}` : `the permission ${granter}`}`];
  });
  return owned[0] ?? (file === undefined ? 'whoever makes the keys of this gateway' : `whoever may change ${file}`);
};

/** Judges a recorded call again, by the policy as it is now, and says all there is to say. */
export const explain = (event: AuditEvent, source: PolicySource, own: OwnPermissions): Explanation => {
  const judge = judgeBy(source.policy, source);
  const known = event.method === 'mtls' ? judge.ownerPermissionsOf(event.who ?? '') : own(event.credential ?? '');
  const facts = factsOfRecord(event, judge, known ?? ownThen(event) ?? []);
  const bare = { event, policy: judge.policy.version, held: [], tried: [], grantedBy: [] };
  if (facts === undefined) return { ...bare, ask: 'whoever may change the configuration' };
  const now = decideAgain(judge, facts);
  const granters = grantersOf(facts, source);
  const change = smallestChange(now, facts, { event, judge, source, own: known ?? ownThen(event) ?? [] });
  return {
    ...bare, now,
    held: heldBy(facts, source, known),
    tried: judge.policy.trace(facts),
    ...(now.effect === 'deny' && now.because === 'nothing' ? { missing: permissionFor(facts.server, facts.primitive) } : {}),
    grantedBy: granters,
    ask: askFor(granters, facts, source),
    ...(change === undefined ? {} : { change }),
  };
};
