import { domainOf } from './email-address.ts';
import type { ExternalIdentity } from './external-identity.ts';

/** Who may sign in by a provider, and what they are then. */
export interface Admission {
  /** The name of the provider in the configuration. */
  readonly provider: string;
  readonly everybody: boolean;
  readonly emailDomains: ReadonlySet<string>;
  /** In lower case. */
  readonly emails: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** Domains whose addresses are names of people. */
  readonly names: ReadonlySet<string>;
  /** Roles by group. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly everyone: readonly string[];
}

/** What somebody is here who was let in. */
export interface Admitted {
  /** What rules, `people`, limits and the trail call them. */
  readonly subject: string;
  /** `provider:subject`, which no other provider can give. */
  readonly own: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

const inDomain = (email: string, domains: ReadonlySet<string>): boolean => {
  const domain = domainOf(email);
  return domain !== undefined && domains.has(domain);
};

const isLetIn = ({ emails, groups }: ExternalIdentity, rules: Admission): boolean =>
  rules.everybody || groups.some((group) => rules.groups.has(group)) || emails.some((email) => rules.emails.has(email.toLowerCase()) || inDomain(email, rules.emailDomains));

/** Whether somebody may sign in, and what they are then: undefined when not. Only verified addresses are ever looked at (A12). */
export const admit = (identity: ExternalIdentity, rules: Admission): Admitted | undefined => {
  if (!isLetIn(identity, rules)) return undefined;
  const own = `${rules.provider}:${identity.subject}`;
  const named = identity.emails.find((email) => inDomain(email, rules.names));
  const roles = new Set([...identity.groups.flatMap((group) => rules.roles.get(group) ?? []), ...rules.everyone]);
  return { subject: named?.toLowerCase() ?? own, own, groups: identity.groups, roles: [...roles] };
};
