import { CONFIGURED_KEY_ID, type ConfiguredKey, type StoredKey } from '../../model/api-key.ts';
import { compileHours, sayHours } from '../../model/hours.ts';
import { endOf } from '../../model/key-state.ts';
import type { ReadPermission } from '../../model/permission/named-permissions.ts';
import { compileNetworks } from '../../model/networks.ts';
import { PermissionSet, type Permission } from '../../model/permission/permission.ts';
import type { Principal } from '../../model/principal.ts';
import type { ApiKeyStore } from '../../ports/store.ts';
import type { IndexedKey, KeyHasher, StoredKeys } from './key-index.ts';

/** A person or service of the configuration's `people`. */
export interface Person {
  readonly disabled: boolean;
  readonly groups: readonly string[];
  /** Absent when the entry says nothing of them: then the key's own count. */
  readonly roles?: readonly string[];
  readonly permissions?: readonly Permission[];
}

/** What the configuration says of rights. */
export interface Rights {
  /** What scopes bring along (RS-11); nothing unless given. */
  readonly withImplied?: (scopes: readonly string[]) => readonly string[];
  /** How permissions of keys are read: by their name, or written out. */
  readonly readPermission: ReadPermission;
  /** Permissions by role; a role that is not there grants nothing. */
  readonly roles: ReadonlyMap<string, readonly Permission[]>;
  /** People by the name that keys have as their owner; whoever is not there narrows nothing. */
  readonly people: ReadonlyMap<string, Person>;
}

const grantsOf = (own: readonly Permission[], roles: readonly string[], rights: Rights) => [
  ...own.map((permission) => ({ permission, from: 'key' })),
  ...roles.flatMap((role) => (rights.roles.get(role) ?? []).map((permission) => ({ permission, from: `role ${role}` }))),
];

/** What the owner may do at all; undefined when the configuration says neither roles nor permissions of them. */
const ceilingOf = (owner: Person | undefined, rights: Rights): PermissionSet | undefined =>
  owner === undefined || (owner.roles === undefined && owner.permissions === undefined) ? undefined : new PermissionSet(grantsOf(owner.permissions ?? [], owner.roles ?? [], rights));

interface Held {
  readonly subject: string;
  /** The display group that a configured key names. */
  readonly group?: string | undefined;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The part of a principal that depends on its owner: the rights of the key, as far as the owner has them too (D2). */
const heldBy = ({ subject, group, roles: own, permissions }: Held, rights: Rights): Pick<Principal, 'subject' | 'roles' | 'ownerRoles' | 'whole' | 'group' | 'groups' | 'permissions'> => {
  const owner = rights.people.get(subject);
  const roles = owner?.roles === undefined ? own : own.filter((role) => owner.roles?.includes(role));
  const groups = [...new Set([...(group === undefined ? [] : [group]), ...(owner?.groups ?? [])])];
  const whole = permissions.length + own.length === 0;
  return {
    subject, roles, groups,
    ...(owner?.roles === undefined ? {} : { ownerRoles: owner.roles }),
    ...(whole ? { whole } : {}),
    ...(groups[0] === undefined ? {} : { group: groups[0] }),
    permissions: new PermissionSet(grantsOf(permissions.map(rights.readPermission), own, rights), ceilingOf(owner, rights)),
  };
};

const closedBecause = (key: Pick<StoredKey, 'quarantinedAtMs' | 'disabledAtMs'>, owner: Person | undefined): { readonly closed?: string } => {
  if (key.quarantinedAtMs !== undefined) return { closed: 'is in quarantine' };
  if (key.disabledAtMs !== undefined) return { closed: 'is disabled' };
  return owner?.disabled === true ? { closed: 'belongs to somebody who is disabled' } : {};
};

/** A stored key as requests meet it. */
export const indexStored = (key: StoredKey, rights: Rights): IndexedKey => {
  const end = endOf(key);
  const held = heldBy({ subject: key.owner, roles: key.roles, permissions: key.permissions }, rights);
  const principal: Principal = Object.freeze({
    ...held,
    name: key.name,
    method: 'api-key',
    credentialId: key.id,
    ...(key.limits === undefined ? {} : { limits: key.limits }),
    ...(end === Number.POSITIVE_INFINITY ? {} : { expiresAtMs: end }),
  });
  return {
    hash: Buffer.from(key.hash, 'base64'),
    principal,
    environment: key.environment,
    revoked: key.revokedAtMs !== undefined,
    ...closedBecause(key, rights.people.get(key.owner)),
    ...(key.headerOnly === true ? { headerOnly: true } : {}),
    ...(key.networks === undefined ? {} : { mayCallFrom: compileNetworks(key.networks) }),
    ...(key.hours === undefined ? {} : { hours: { hold: compileHours(key.hours), text: sayHours(key.hours) } }),
    guessable: false,
  };
};

/** A key of MCP_API_KEYS as requests meet it. */
export const indexConfigured = (key: ConfiguredKey, rights: Rights, hasher: KeyHasher): IndexedKey => {
  const hash = key.key.kind === 'plain' ? hasher.hash(key.key.text) : hasher.hashDigest(Buffer.from(key.key.hex, 'hex'));
  const held = heldBy({ subject: key.userId, group: key.group, roles: key.role === undefined ? [] : [key.role], permissions: key.permissions }, rights);
  const principal: Principal = Object.freeze({
    ...held,
    name: key.name,
    method: 'api-key',
    // Derived from the keyed hash: stable over restarts, and of no use to find the key.
    credentialId: `${CONFIGURED_KEY_ID}${hash.toString('hex', 0, 8)}`,
    ...(key.expiresAtMs === undefined ? {} : { expiresAtMs: key.expiresAtMs }),
  });
  return { hash, principal, revoked: false, ...closedBecause({}, rights.people.get(key.userId)), guessable: true };
};

/** Stored keys, made into principals one at a time as they are asked for. */
export const buildStoredKeys = (store: Pick<ApiKeyStore, 'get' | 'candidateFor'>, rights: Rights): StoredKeys => {
  const made = (key: StoredKey | undefined): IndexedKey | undefined => (key === undefined ? undefined : indexStored(key, rights));
  return { candidateFor: (keyHash) => made(store.candidateFor(keyHash.toString('base64'))), byId: (id) => made(store.get(id)) };
};
