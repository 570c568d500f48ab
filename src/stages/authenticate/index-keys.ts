import type { ConfiguredKey, StoredKey } from '../../model/api-key.ts';
import type { ReadPermission } from '../../model/named-permissions.ts';
import { parsePermission, PermissionSet, type Permission } from '../../model/permission.ts';
import type { Principal } from '../../model/principal.ts';
import type { IndexedKey, KeyHasher } from './key-index.ts';

export interface KeySources {
  readonly stored: readonly StoredKey[];
  readonly configured: readonly ConfiguredKey[];
  /** Permissions by role, from config; a role that is not there grants nothing. */
  readonly roles: ReadonlyMap<string, readonly Permission[]>;
  /** How the permissions of keys are read; without it names for permissions are not known. */
  readonly readPermission?: ReadPermission;
}

const permissionsOf = (own: readonly string[], roles: readonly string[], sources: KeySources): PermissionSet =>
  new PermissionSet([
    ...own.map((text) => ({ permission: (sources.readPermission ?? parsePermission)(text), from: 'key' })),
    ...roles.flatMap((role) => (sources.roles.get(role) ?? []).map((permission) => ({ permission, from: `role ${role}` }))),
  ]);

const fromStored = (key: StoredKey, sources: KeySources): IndexedKey => {
  const principal: Principal = Object.freeze({
    subject: key.owner,
    name: key.name,
    method: 'api-key',
    credentialId: key.id,
    roles: key.roles,
    permissions: permissionsOf(key.permissions, key.roles, sources),
    ...(key.expiresAtMs === undefined ? {} : { expiresAtMs: key.expiresAtMs }),
  });
  return { hash: Buffer.from(key.hash, 'base64'), principal, environment: key.environment, revoked: key.revokedAtMs !== undefined, guessable: false };
};

const fromConfigured = (key: ConfiguredKey, sources: KeySources, hasher: KeyHasher): IndexedKey => {
  const hash = key.key.kind === 'plain' ? hasher.hash(key.key.text) : hasher.hashDigest(Buffer.from(key.key.hex, 'hex'));
  const roles = key.role === undefined ? [] : [key.role];
  const principal: Principal = Object.freeze({
    subject: key.userId,
    name: key.name,
    method: 'api-key',
    // Derived from the keyed hash: stable over restarts, and of no use to find the key.
    credentialId: `env_${hash.toString('hex', 0, 8)}`,
    roles,
    ...(key.group === undefined ? {} : { group: key.group }),
    permissions: permissionsOf(key.permissions, roles, sources),
    ...(key.expiresAtMs === undefined ? {} : { expiresAtMs: key.expiresAtMs }),
  });
  return { hash, principal, revoked: false, guessable: true };
};

/** Builds what the key index holds: every principal is made here once, not on each request. */
export const indexKeys = (sources: KeySources, hasher: KeyHasher): readonly IndexedKey[] => [
  ...sources.stored.map((key) => fromStored(key, sources)),
  ...sources.configured.map((key) => fromConfigured(key, sources, hasher)),
];
