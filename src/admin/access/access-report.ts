import type { StoredKey } from '../../model/api-key.ts';
import { stateOf, type KeyState } from '../../model/key-state.ts';
import { effectivePermissions } from '../../model/permission/effective-permissions.ts';
import { permissionsUnder } from '../../model/permission/permissions-under.ts';
import type { Permission } from '../../model/permission/permission.ts';
import type { PastPolicy, PolicyHistory } from '../../model/past-policy.ts';
import type { RuleText } from '../../model/policy.ts';
import type { Denial } from '../../model/token/denial.ts';
import type { AuditReader } from '../../ports/audit-sink.ts';
import type { Store } from '../../ports/store.ts';
import { denialsOf, findMeant, type Meant } from '../people/find-person.ts';
import { seenOf, type AccessQuestion, type SeenUse } from './seen-use.ts';

/** A key as it was. */
export interface KeyThen {
  readonly id: string;
  readonly name: string;
  readonly state: KeyState;
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  /** What came of its permissions and roles within what its owner could do; nothing for a key that was not good. */
  readonly reached: readonly string[];
  /** Requests that have changed its rights since: what it held then is what it holds now but for these. */
  readonly changedSince: readonly string[];
}

export interface AccessReport {
  readonly person: string;
  readonly names: readonly string[];
  readonly asOf: string;
  readonly server?: string;
  /** From when on the policy is known that is meant; later than `asOf` where none is known of that time. Absent where none is known at all. */
  readonly policySince?: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly keys: readonly KeyThen[];
  /** Rules that could concern them, by name and effect: what they hold depends on the call. */
  readonly rules: readonly Pick<RuleText, 'name' | 'effect'>[];
  /** What refuses all that they hold, since before. */
  readonly denials: readonly Pick<Denial, 'value' | 'by' | 'atMs' | 'reason'>[];
  /** What they came with and used in the days before. */
  readonly seen: SeenUse;
}

export interface AccessNeeds {
  readonly store: Pick<Store, 'apiKeys' | 'people' | 'denials'>;
  readonly trail: Pick<AuditReader, 'after' | 'positionAt'>;
  readonly policies: Pick<PolicyHistory, 'at'>;
}

const NOTHING: PastPolicy = { permissions: {}, roles: {}, rules: [], people: {} };

/** A mark that was made later was not there yet. */
const markThen = (mark: number | undefined, ms: number): number | undefined => (mark === undefined || mark > ms ? undefined : mark);

const stateThen = (key: StoredKey, ms: number): KeyState => {
  const { revokedAtMs, disabledAtMs, quarantinedAtMs, overlapEndsAtMs, ...rest } = key;
  const marks = { revokedAtMs: markThen(revokedAtMs, ms), disabledAtMs: markThen(disabledAtMs, ms), quarantinedAtMs: markThen(quarantinedAtMs, ms), overlapEndsAtMs: markThen(overlapEndsAtMs, ms) };
  return stateOf({ ...rest, ...Object.fromEntries(Object.entries(marks).filter(([, at]) => at !== undefined)) }, ms);
};

const MOST_KEYS = 1_000;

/** What permissions come to within a bound, on one server or all. */
const reachedBy = (key: StoredKey, roles: readonly string[], { policy, server }: { readonly policy: PastPolicy; readonly server: string | undefined }): readonly string[] => {
  const held = permissionsUnder(policy, {});
  const touching = (ofRoles: readonly string[], own: readonly string[]): readonly Permission[] =>
    held({ subject: key.owner, roles: ofRoles, own }).grants.map(({ permission }) => permission).filter((permission) => server === undefined || permission.touches(server));
  const [own, owner] = [touching(roles, key.permissions), Object.hasOwn(policy.people, key.owner) ? policy.people[key.owner] : undefined];
  if (owner?.disabled === true) return [];
  const bounded = owner?.roles !== undefined || owner?.permissions !== undefined;
  return bounded ? effectivePermissions(own, touching(owner.roles ?? [], owner.permissions ?? [])) : [...new Set(own.map(({ text }) => text))];
};

const concerns = ({ who, what }: RuleText, { names, roles, groups, keys, server }: { readonly names: readonly string[]; readonly roles: readonly string[]; readonly groups: readonly string[]; readonly keys: readonly string[]; readonly server: string | undefined }): boolean => {
  const meets = (listed: readonly string[] | undefined, held: readonly string[]): boolean => listed?.some((one) => held.includes(one)) === true;
  const everybody = Object.values(who).every((list) => list === undefined);
  const isAbout = everybody || meets(who.person, names) || meets(who.role, roles) || meets(who.group, groups) || meets(who.key, keys) || who.client !== undefined || who.certificate !== undefined;
  return isAbout && (server === undefined || what.server === undefined || what.server.some((glob) => glob === server || glob.includes('*')));
};

const keysThen = (keys: readonly StoredKey[], asked: AccessQuestion, { policy, changes, refused }: { readonly policy: PastPolicy; readonly changes: ReadonlyMap<string, readonly string[]>; readonly refused: boolean }): readonly KeyThen[] =>
  keys.map((key) => {
    const state = stateThen(key, asked.asOfMs);
    const reached = state === 'active' && !refused ? reachedBy(key, key.roles, { policy, server: asked.server }) : [];
    return { id: key.id, name: key.name, state, permissions: key.permissions, roles: key.roles, reached, changedSince: changes.get(key.id) ?? [] };
  });

const meantBy = ({ store, policies }: AccessNeeds, { person, asOfMs }: AccessQuestion): Meant =>
  findMeant(store, person, (name) => Object.hasOwn(policies.at(asOfMs)?.policy.people ?? {}, name) || denialsOf(store, { names: [name] }).length > 0);

/**
 * What somebody could reach at a time, and through what: the keys that were good then, by the policy that was in force, what stood against them, and what
 * they came with and used.
 * @throws NothingFound, OperationRefused for whom nobody or several mean
 */
export const accessReport = (asked: AccessQuestion, needs: AccessNeeds): AccessReport => {
  const { store, policies } = needs;
  const { asOfMs, server } = asked;
  const { person, names } = meantBy(needs, asked);
  const past = policies.at(asOfMs);
  const policy = past?.policy ?? NOTHING;
  const stored = names.flatMap((owner) => store.apiKeys.page({ limit: MOST_KEYS, owner })).filter(({ createdAtMs }) => createdAtMs <= asOfMs);
  const { seen, changes } = seenOf(asked, { names, keys: new Set(stored.map(({ id }) => id)) }, needs.trail);
  const denials = denialsOf(store, { names }).filter(({ atMs }) => atMs <= asOfMs);
  const keys = keysThen(stored, asked, { policy, changes, refused: denials.length > 0 });
  const [roles, groups] = [[...new Set([...(person?.roles ?? []), ...names.flatMap((name) => policy.people[name]?.roles ?? []), ...keys.flatMap((key) => key.roles)])], person?.groups ?? []];
  const about = { names, roles, groups, keys: keys.map(({ id }) => id), server };
  return {
    person: person?.called ?? asked.person, names, asOf: new Date(asOfMs).toISOString(), ...(server === undefined ? {} : { server }),
    ...(past === undefined ? {} : { policySince: new Date(past.sinceMs).toISOString() }),
    groups, roles, keys,
    rules: policy.rules.filter((rule) => concerns(rule, about)).map(({ name, effect }) => ({ name, effect })),
    denials: denials.map(({ value, by, atMs, reason }) => ({ value, by, atMs, ...(reason === undefined ? {} : { reason }) })),
    seen,
  };
};
