import { domainOf } from '../../../model/email-address.ts';
import type { Issuer } from '../../../model/token/issuer.ts';
import type { JsonObject } from '../../../model/json.ts';
import { TokenFlaw } from './flaw.ts';
import { firstClaim, textClaim } from './read-claim.ts';

/** By what names a person of a token is known here. */
export interface PersonNames {
  /** What rules, `people`, limits and the trail call them. */
  readonly subject: string;
  /** `issuer:sub`, which no other issuer can give: the same `sub` of two issuers is two people. */
  readonly own: string;
}

const isVouched = (claims: JsonObject, email: string, { profile, emailDomains }: Issuer): boolean => {
  const domain = domainOf(email);
  if (domain === undefined || !emailDomains.has(domain)) return false;
  const verified = claims['email_verified'];
  return profile.emailIs === 'directory-name' ? verified !== false : verified === true;
};

/** Who the token is about. An address is a name only where its issuer vouches for the domain: else anybody could call himself so. */
export const personOf = (claims: JsonObject, issuer: Issuer): PersonNames => {
  const sources = issuer.profile.claims;
  const id = textClaim(claims, sources.subject, 'subject');
  if (id === undefined) throw new TokenFlaw('names no subject');
  const own = `${issuer.name}:${id}`;
  const email = firstClaim(claims, sources.email);
  return { subject: typeof email === 'string' && isVouched(claims, email, issuer) ? email.toLowerCase() : own, own };
};
