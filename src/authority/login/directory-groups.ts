import type { ExternalIdentity } from '../../model/external-identity.ts';
import type { DirectoryStore } from '../../ports/directory-store.ts';

/** What is asked of a directory to know somebody's groups. */
export type DirectoryGroups = Pick<DirectoryStore, 'externally' | 'named' | 'groupsOf'>;

/** The same identity, with the groups that the company's directory has them in: by the id that it gave, or by an address that is verified. */
export const withDirectory = (identity: ExternalIdentity, directory: DirectoryGroups): ExternalIdentity => {
  const users = [...directory.externally('User', identity.subject), ...identity.emails.map((email) => directory.named('User', email))].filter((user) => user !== undefined);
  const groups = users.flatMap(({ id }) => directory.groupsOf(id)).map(({ displayName }) => displayName);
  return { ...identity, groups: [...new Set([...identity.groups, ...groups])] };
};
