import { durationMs } from '../model/duration.ts';
import { permissionReader, type ReadPermission } from '../model/permission/named-permissions.ts';
import type { Permission } from '../model/permission/permission.ts';
import { scopeHierarchy } from '../model/token/scopes.ts';
import type { KeyClass } from '../ports/store.ts';
import type { Config, PersonConfig } from './schema.ts';

/** A person of the configuration, its permissions compiled. */
interface CompiledPerson {
  readonly disabled: boolean;
  readonly groups: readonly string[];
  readonly roles?: readonly string[];
  readonly permissions?: readonly Permission[];
}

const compilePerson = ({ disabled, groups, roles, permissions }: PersonConfig, read: ReadPermission): CompiledPerson => ({
  disabled,
  groups,
  ...(roles === undefined ? {} : { roles }),
  ...(permissions === undefined ? {} : { permissions: permissions.map(read) }),
});

/** Permissions, roles and people of a configuration, compiled once. */
export interface CompiledRights {
  readonly withImplied: (scopes: readonly string[]) => readonly string[];
  readonly readPermission: ReadPermission;
  readonly roles: ReadonlyMap<string, readonly Permission[]>;
  readonly people: ReadonlyMap<string, CompiledPerson>;
}

/** Compiles what a configuration says of rights. */
export const rightsOf = ({ permissions, roles, people, scopes }: Config): CompiledRights => {
  const readPermission = permissionReader(permissions);
  return {
    readPermission,
    withImplied: scopeHierarchy(scopes.implies),
    roles: new Map(Object.entries(roles).map(([role, texts]) => [role, texts.map(readPermission)])),
    people: new Map(Object.entries(people).map(([owner, person]) => [owner, compilePerson(person, readPermission)])),
  };
};

/** The classes of keys of a configuration, their durations in milliseconds. */
export const keyClassesOf = ({ apiKeys }: Config): readonly KeyClass[] =>
  Object.entries(apiKeys.classes).map(([name, { rotateEvery, remindBefore }]) => ({ name, rotateEveryMs: durationMs(rotateEvery) ?? 0, remindBeforeMs: durationMs(remindBefore) ?? 0 })); // the schema lets nothing else through
