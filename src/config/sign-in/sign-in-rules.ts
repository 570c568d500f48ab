import { Secret } from '../../model/secret.ts';
import type { Admission } from '../../model/admission.ts';
import { durationMs } from '../../model/duration.ts';
import type { IdentityOptions } from '../../ports/identity-provider.ts';
import { originsOf, publicOriginOf } from '../origins.ts';
import { callbackPath } from './callback-paths.ts';
import { resolveValue, type Sources } from '../secret-ref.ts';
import type { Config } from '../schema.ts';
import type { SignInConfig } from './sign-in-schema.ts';

/** What is said of one provider, its secret read. */
export interface SignInRules {
  readonly kind: SignInConfig['kind'];
  readonly options: IdentityOptions;
  readonly secret: Secret;
  /** Where it sends browsers back to. */
  readonly redirectUri: string;
  readonly admission: Admission;
  /** How often it is asked whether somebody is still there; undefined where it is not asked. */
  readonly recheckMs: number | undefined;
}

/** The origin at which people sign in: that of the first listener that takes tokens, or of the first. */
export const signInOrigin = (config: Config): string | undefined => {
  const origins = originsOf(config);
  const origin = origins.find(({ accept }) => accept.has('oauth')) ?? origins[0];
  return origin === undefined ? undefined : publicOriginOf(origin);
};

const admissionOf = (name: string, { kind, allow, emailDomains, roles, everyone }: SignInConfig): Admission => {
  // GitHub compares its names without regard to case, and what comes from there is in lower case.
  const asThere = (group: string): string => (kind === 'github' ? group.toLowerCase() : group);
  return {
    provider: name,
    everybody: allow.everybody,
    emailDomains: new Set(allow.emailDomains),
    emails: new Set(allow.emails.map((email) => email.toLowerCase())),
    groups: new Set(allow.groups.map(asThere)),
    names: new Set(emailDomains),
    roles: new Map(Object.entries(roles).map(([group, list]) => [asThere(group), list])),
    everyone,
  };
};

/** Who is let in by which provider, by its name. */
export const admissionsOf = (config: Config): ReadonlyMap<string, Admission> => new Map(Object.entries(config.signIn).map(([name, entry]) => [name, admissionOf(name, entry)]));

/** What is asked of a provider because somebody looks at it. */
const wantsOf = ({ allow, emailDomains, roles }: SignInConfig): IdentityOptions['wants'] => ({
  emails: allow.emailDomains.length + allow.emails.length + emailDomains.length > 0,
  groups: allow.groups.length + Object.keys(roles).length > 0,
});

/**
 * The providers of a configuration, their secrets read.
 * @throws ConfigError when a secret is not there
 */
export const signInRules = (config: Config, sources: Sources): readonly SignInRules[] =>
  Object.entries(config.signIn).map(([name, entry]) => {
    const { kind, label, issuer, url, clientId, scopes, groupsClaim = 'groups', trustEmail = false } = entry;
    const secret = resolveValue(entry.clientSecret, `signIn.${name}.clientSecret`, sources);
    return {
      kind,
      options: { name, label, issuer, url, clientId, scopes, groupsClaim, trustEmail, lasting: entry.recheck !== 'off', wants: wantsOf(entry) },
      secret: secret instanceof Secret ? secret : new Secret(secret),
      redirectUri: entry.redirectUri ?? `${signInOrigin(config) ?? ''}${callbackPath(name, entry)}`,
      admission: admissionOf(name, entry),
      recheckMs: durationMs(entry.recheck), // `off` is none
    };
  });
