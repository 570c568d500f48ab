import type { KnownPerson } from '../../../model/known-person.ts';
import { PermissionSet } from '../../../model/permission/permission.ts';
import type { Principal } from '../../../model/principal.ts';
import type { Rights } from '../index-keys.ts';

/**
 * Somebody who has signed in, as requests meet them. What `people` of the configuration says of their roles and permissions is all of it; where it
 * says nothing, they have the roles that their provider's groups come to.
 * @returns undefined for whom the configuration has disabled
 */
export const personPrincipal = (person: KnownPerson, rights: Rights): Principal | undefined => {
  const entries = [rights.people.get(person.called), rights.people.get(person.own)].filter((entry) => entry !== undefined);
  if (entries.some(({ disabled }) => disabled)) return undefined;
  const said = entries.find(({ roles, permissions }) => roles !== undefined || permissions !== undefined);
  const roles = said === undefined ? person.roles : (said.roles ?? []);
  const groups = [...new Set([...entries.flatMap((entry) => entry.groups), ...person.groups])];
  const grants = [
    ...(said?.permissions ?? []).map((permission) => ({ permission, from: 'person' })),
    ...roles.flatMap((role) => (rights.roles.get(role) ?? []).map((permission) => ({ permission, from: `role ${role}` }))),
  ];
  return Object.freeze({
    subject: person.called,
    name: person.name ?? person.called,
    method: 'oauth',
    credentialId: person.id,
    roles, groups,
    whole: true,
    ownerRoles: roles,
    ...(groups[0] === undefined ? {} : { group: groups[0] }),
    permissions: new PermissionSet(grants),
  } satisfies Principal);
};
