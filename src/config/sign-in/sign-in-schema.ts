import { z } from 'zod';
import { identityKinds } from '../../adapters/identity/list.ts';
import { DAY_MS, durationMs } from '../../model/duration.ts';
import { isEmailAddress } from '../../model/email-address.ts';
import { name } from '../policy/policy-schema.ts';
import { secretReference } from '../secret-reference.ts';

const webUrl = z.url({ protocol: /^https?$/, message: 'must be an absolute http or https URL' });

const domain = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is not a lower-case domain');

const group = z.string().min(1).max(200);

const allow = z.strictObject({
  everybody: z.boolean().prefault(false).describe('Whether whoever has an account there may sign in. What they may do then is what their roles give.'),
  emailDomains: z.array(domain).prefault([]).describe('Whoever has a verified address in one of these domains.'),
  emails: z.array(z.string().refine(isEmailAddress, 'is not an address')).prefault([]).describe('Whoever has one of these verified addresses.'),
  groups: z.array(group).prefault([]).describe('Whoever is in one of these: groups, GitHub organisations (`acme`) or teams (`acme/platform`), or a Google Workspace domain.'),
});

/** Nobody asks a provider more often than once a minute, nor believes it for longer than a day. */
const recheck = z.string().refine((text) => text === 'off' || (durationMs(text) ?? Number.POSITIVE_INFINITY) <= DAY_MS, 'is neither a duration from 1m to 24h, such as 15m, nor off');

const kinds = identityKinds.map(({ kind }) => kind);

const shape = z.strictObject({
  kind: z.enum(kinds).describe('`github` (GitHub Enterprise Server too), `google`, or `oidc` for any OpenID Connect provider.'),
  label: z.string().trim().min(1).max(60).optional().describe('What its button says.'),
  issuer: webUrl.optional().describe('Of `oidc`: the issuer, byte for byte as its metadata says it.'),
  url: webUrl.optional().describe('Of `github`: the base URL of an Enterprise Server, such as https://github.company.com.'),
  clientId: z.string().min(1).max(300).describe('The client that the gateway is there.'),
  clientSecret: secretReference.describe('Its secret, as a reference: `env:NAME`, `file:/path`, or one to a secret manager.'),
  redirectUri: webUrl.optional().describe('The callback that is registered there, where it is another than the gateway\'s own.'),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'is not a scope')).prefault([]).describe('Scopes to ask for besides those that are needed.'),
  groupsClaim: z.string().min(1).max(200).optional().describe('Of `oidc`: the claim that lists groups, `groups` unless given.'),
  trustEmail: z.boolean().optional().describe('Of `oidc`: its addresses count although it does not say they are verified, as with a directory that gives them out.'),
  allow: allow.describe('Who may sign in by it: whoever meets any of these.'),
  emailDomains: z.array(domain).prefault([]).describe('Domains whose verified addresses are names: people are then called by their address, in rules, in `people` and in the trail, else by `NAME:subject`.'),
  roles: z.record(group, z.array(name)).prefault({}).describe('Roles by group. What is not listed gives none.'),
  recheck: recheck.prefault('15m').describe('How often the provider is asked whether somebody who is signed in here is still there, by the refresh token that it gave, where it gives one; `off` asks for none.'),
  everyone: z.array(name).prefault([]).describe('Roles of everybody who signs in by it.'),
});

type Shape = z.infer<typeof shape>;

/** Members that belong to some kinds alone. */
const OWN = ['issuer', 'url', 'groupsClaim', 'trustEmail'] as const;

const faultsOf = (entry: Shape): readonly { readonly path: readonly string[]; readonly message: string }[] => {
  const { everybody, emailDomains, emails, groups } = entry.allow;
  const kind = identityKinds.find((one) => one.kind === entry.kind);
  const takes: readonly string[] = kind?.takes ?? [];
  const needs: readonly string[] = kind?.needs ?? [];
  return [
    ...OWN.flatMap((member) => (entry[member] !== undefined && !takes.includes(member) ? [{ path: [member], message: `means nothing to ${entry.kind}: leave it out` }] : [])),
    ...OWN.flatMap((member) => (entry[member] === undefined && needs.includes(member) ? [{ path: [member], message: `is missing: ${entry.kind} needs it` }] : [])),
    ...(!everybody && emailDomains.length + emails.length + groups.length === 0 ? [{ path: ['allow'], message: 'lets nobody in: name emailDomains, emails or groups, or say everybody: true' }] : []),
    ...(everybody && emailDomains.length + emails.length + groups.length > 0 ? [{ path: ['allow', 'everybody'], message: 'is true, and some are named too: leave one out' }] : []),
    ...['issuer', 'url', 'redirectUri'].flatMap((member) => {
      const url = entry[member as 'issuer' | 'url' | 'redirectUri']; // one of the three above
      return url !== undefined && /[?#]|\/\/[^/]*@/.test(url) ? [{ path: [member], message: 'has a user, a query or a fragment: leave it out' }] : [];
    }),
  ];
};

/** An entry of `signIn`. */
export const signInSchema = shape.superRefine((entry, context) => {
  for (const { path, message } of faultsOf(entry)) context.addIssue({ code: 'custom', path: [...path], message });
});

export type SignInConfig = z.infer<typeof signInSchema>;
