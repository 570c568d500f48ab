import type { Sittings } from '../../authority/account/sitting.ts';
import { LoginAttempts } from '../../authority/login/attempts.ts';
import { buildBrowserToken } from '../../authority/login/browser-token.ts';
import { buildBrowserVisits, type VisitNeeds } from '../../authority/login/browser-visits.ts';
import { ProvenLogins } from '../../authority/login/proven-logins.ts';
import type { ProviderSessions } from '../../authority/login/provider-sessions.ts';
import { buildSignIn, type Way } from '../../authority/login/sign-in.ts';
import { PATHS } from '../../authority/paths.ts';
import { WHOLE_SCOPE, type AuthorityRules } from '../../authority/rules.ts';
import { personAccount } from '../../model/account.ts';
import type { Config } from '../../config/schema.ts';
import type { Built } from '../built.ts';
import type { withPeople } from './person-accounts.ts';

export interface LoginParts {
  readonly built: Pick<Built, 'base' | 'signInWays' | 'checks'>;
  readonly rules: AuthorityRules;
  readonly accounts: ReturnType<typeof withPeople>;
  readonly holderOf: VisitNeeds['holderOf'];
  readonly end: VisitNeeds['end'];
  readonly sittings: Sittings;
  readonly sessions: ProviderSessions;
  /** @throws GatewayError `limit.guessing` */
  readonly failed: (address: string) => void;
}

const waysOf = ({ signInWays }: Pick<Built, 'signInWays'>): ReadonlyMap<string, Way> =>
  new Map([...signInWays].map(([name, { provider, rules: { redirectUri, admission } }]) => [name, { provider, redirectUri, admission }]));

/** Where the profile is, as tokens name it. */
export const profileUrl = ({ issuer }: Pick<AuthorityRules, 'issuer'>): string => `${issuer}${PATHS.profile}`;

/** Puts together how people sign in at identity providers. */
export const buildLoginParts = (config: Config, { built, rules, accounts, holderOf, end, sittings, sessions, failed }: LoginParts) => {
  const { store, sealing, signingKeys, world: { clock, random } } = built.base;
  const secure = rules.issuer.startsWith('https:');
  const records = { store: store.authority, sealing, clock, random };
  const proven = new ProvenLogins(records, { secure });
  const [only, ...others] = rules.resources;
  // A token is for one server; where there are several, a browser's is for none of them (RFC 8707 §2).
  const audience = [profileUrl(rules), ...(only === undefined || others.length > 0 ? [] : only.urls.slice(0, 1))];
  const token = buildBrowserToken({ issuer: rules.issuer, audience, scope: WHOLE_SCOPE, signingKeys, claimsOf: (accountId) => accounts.claimsOf(accountId), clock, random });
  return {
    signIn: buildSignIn({ ways: waysOf(built), keep: (person, refreshToken) => built.checks.keep(person, refreshToken), remember: (identity, person) => sessions.remember(identity, personAccount(person.id)), attempts: new LoginAttempts({ ...records, secure }), failed, store, clock, random, directoryOf: config.directory?.provider }),
    visits: buildBrowserVisits({ secure, token, accountOf: personAccount, holderOf, end, sit: (accountId) => sittings.begin(accountId, clock.nowMs()), note: (origin, sitting) => sessions.note(origin, sitting), rise: (headers) => sittings.end(headers) }),
    proven,
    provenFor: (uid: string, headers: Parameters<ProvenLogins['take']>[1]) => {
      const taken = proven.take(uid, headers);
      const signedIn = taken === undefined ? undefined : accounts.signedIn(taken.accountId);
      return taken === undefined || signedIn === undefined ? undefined : { signedIn, origin: taken.origin, clear: taken.clear };
    },
  };
};
