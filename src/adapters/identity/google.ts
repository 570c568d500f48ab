import { domainOf } from '../../model/email-address.ts';
import { buildOidc, type OidcWays } from './oidc.ts';
import type { IdentityKind } from './identity-kind.ts';

const ISSUER = 'https://accounts.google.com';

/**
 * Google vouches for the addresses of Gmail and of its Workspace customers, whose accounts have `hd`. Any other address somebody has shown once to
 * have read mail for, and may have lost since; so it does not count. The Workspace domain is the group.
 */
const read: OidcWays['read'] = (claims) => {
  const { email, hd } = claims;
  const domain = typeof email === 'string' ? domainOf(email) : undefined;
  const isGoogles = domain === 'gmail.com' || (typeof hd === 'string' && hd !== '');
  return { ...claims, email_verified: claims['email_verified'] === true && isGoogles, groups: typeof hd === 'string' ? [hd] : [] };
};

/** Google: an OpenID Connect provider whose `hd` says more of an address than `email_verified` does. */
export const google: IdentityKind<'google'> = {
  kind: 'google',
  label: 'Google',
  takes: ['issuer', 'scopes'],
  needs: [],
  build(options, needs) {
    // Workspace comes with the ID token, so that nothing has to be asked for it.
    const own = { ...options, issuer: options.issuer ?? ISSUER, label: options.label ?? google.label, groupsClaim: 'groups', trustEmail: false, wants: { ...options.wants, groups: false } };
    // Google gives a refresh token to whoever asks so, with the first consent; a later sign-in leaves that one good.
    return buildOidc(own, needs, { read, ...(options.lasting ? { parameters: { access_type: 'offline' } } : {}) });
  },
};
