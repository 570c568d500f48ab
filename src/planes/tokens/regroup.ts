import { withDirectory, type DirectoryGroups } from '../../authority/login/directory-groups.ts';
import { admissionsOf } from '../../config/sign-in/sign-in-rules.ts';
import type { Config } from '../../config/schema.ts';
import { admit } from '../../model/admission.ts';
import type { KnownPerson } from '../../model/known-person.ts';

/** Somebody as they are now; undefined for whom nothing lets in any more. */
export type Regroup = (person: KnownPerson) => KnownPerson | undefined;

/**
 * People of whom a company's directory tells have the groups that it has them in now, and the roles that those come to: whoever is taken out of a
 * group has lost what it gave with the next request, not with the next sign-in (R44).
 */
export const buildRegroup = (config: Config, directory: DirectoryGroups): Regroup => {
  const provider = config.directory?.provider;
  const rules = provider === undefined ? undefined : admissionsOf(config).get(provider);
  if (rules === undefined) return (person) => person;
  return (person) => {
    if (person.provider !== provider || person.said === undefined) return person;
    const { issuer, subject, said: { emails, groups } } = person;
    const admitted = admit(withDirectory({ issuer, subject, emails, groups }, directory), rules);
    return admitted === undefined ? undefined : { ...person, groups: admitted.groups, roles: admitted.roles };
  };
};
