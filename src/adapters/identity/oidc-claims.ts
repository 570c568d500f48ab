import type { ExternalIdentity } from '../../model/external-identity.ts';
import { isEmailAddress } from '../../model/email-address.ts';
import type { IdentityOptions } from '../../ports/identity-provider.ts';

export type Claims = Readonly<Record<string, unknown>>;

const MOST_GROUPS = 500;
const MOST_CHARACTERS = 200;

const textIn = (claims: Claims, name: string): string | undefined => {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' && value !== '' && value.length <= MOST_CHARACTERS ? value : undefined;
};

/** Groups as a list, or as the one text that some send for a list of one. What is neither grants nothing. */
const groupsIn = (claims: Claims, name: string): readonly string[] => {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  return list.filter((one) => typeof one === 'string').filter((one) => one !== '' && one.length <= MOST_CHARACTERS).slice(0, MOST_GROUPS);
};

/** The address, if the provider says it has made sure of it: `email_verified` as a truth and not as a text that looks like one. */
const emailIn = (claims: Claims, { trustEmail }: IdentityOptions): readonly string[] => {
  const email = textIn(claims, 'email');
  const isVerified = claims['email_verified'] === true || (trustEmail && claims['email_verified'] === undefined);
  return email !== undefined && isVerified && isEmailAddress(email) ? [email] : [];
};

/** Whether the claims leave something open that somebody looks at. */
export const isIncomplete = (claims: Claims, { wants, groupsClaim }: IdentityOptions): boolean =>
  (wants.emails && claims['email'] === undefined) || (wants.groups && claims[groupsClaim] === undefined);

/** Who the claims of a proven ID token are about. */
export const identityIn = (claims: Claims & { readonly iss: string; readonly sub: string }, options: IdentityOptions): ExternalIdentity => {
  const name = textIn(claims, 'name') ?? textIn(claims, 'preferred_username');
  const session = textIn(claims, 'sid');
  return { issuer: claims.iss, subject: claims.sub, ...(name === undefined ? {} : { name }), ...(session === undefined ? {} : { session }), emails: emailIn(claims, options), groups: groupsIn(claims, options.groupsClaim) };
};
