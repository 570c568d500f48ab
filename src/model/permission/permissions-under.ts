import { permissionReader } from './named-permissions.ts';
import { PermissionSet } from './permission.ts';
import type { PolicyText } from '../policy.ts';

/** What the configuration says of the owners of keys: they bound what their keys may do (D2). */
export type People = Readonly<Record<string, { readonly roles?: readonly string[] | undefined; readonly permissions?: readonly string[] | undefined }>>;

/** Whose permissions are asked for. */
export interface Holder {
  readonly subject: string;
  readonly roles: readonly string[];
  /** What the credential holds by itself. */
  readonly own: readonly string[];
}

/**
 * What somebody would hold under another policy: names and roles mean what that policy says. Compiled once.
 * @throws PermissionSyntaxError from the function returned, for a permission that cannot be read
 */
export const permissionsUnder = (text: Pick<PolicyText, 'permissions' | 'roles'>, people: People): ((holder: Holder) => PermissionSet) => {
  const read = permissionReader(text.permissions);
  const byRole = new Map(Object.entries(text.roles).map(([role, texts]) => [role, texts.map((one) => ({ permission: read(one), from: `role ${role}` }))]));
  const grants = (own: readonly string[], roles: readonly string[]) => [...own.map((one) => ({ permission: read(one), from: 'key' })), ...roles.flatMap((role) => byRole.get(role) ?? [])];
  return ({ subject, roles, own }) => {
    const owner = Object.hasOwn(people, subject) ? people[subject] : undefined;
    const bounded = owner?.roles !== undefined || owner?.permissions !== undefined;
    return new PermissionSet(grants(own, roles), bounded ? new PermissionSet(grants(owner.permissions ?? [], owner.roles ?? [])) : undefined);
  };
};
