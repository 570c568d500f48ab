import { parsePermission, type Permission } from './permission.ts';

/** Names for permissions, such as `read:customers`, and what each covers. */
export type NamedPermissions = Readonly<Record<string, readonly string[]>>;

/** Reads a permission wherever one may be written: by its name, or written out. */
export type ReadPermission = (text: string) => Permission;

const named = (text: string, parts: readonly Permission[]): Permission => ({
  text,
  parts,
  covers: (server, kind, name) => parts.some((part) => part.covers(server, kind, name)),
  touches: (server) => parts.some((part) => part.touches(server)),
});

/**
 * Compiles the named permissions once. A name wins over what the same text would cover written out; the configuration refuses names
 * that could be meant both ways.
 * @throws PermissionSyntaxError from the function returned, for what is neither a name nor a permission
 */
export const permissionReader = (names: NamedPermissions): ReadPermission => {
  const compiled = new Map(Object.entries(names).map(([name, texts]) => [name, named(name, texts.map(parsePermission))]));
  return (text) => compiled.get(text) ?? parsePermission(text);
};
