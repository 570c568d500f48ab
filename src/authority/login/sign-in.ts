import { GatewayError } from '../../errors/gateway-error.ts';
import type { Admission } from '../../model/admission.ts';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import { widen, type Inbound, type Reply } from '../../model/exchange.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import { PermissionSet } from '../../model/permission/permission.ts';
import type { Secret } from '../../model/secret.ts';
import type { IdentityProvider } from '../../ports/identity-provider.ts';
import { renderOnward } from '../pages/sign-in-pages.ts';
import type { LoginAttempts, Purpose } from './attempts.ts';
import { provision, type ProvisionNeeds } from './provision.ts';

/** A provider that people sign in by, and what was said of it. */
export interface Way {
  readonly provider: IdentityProvider;
  readonly redirectUri: string;
  readonly admission: Admission;
}

export interface SignInNeeds extends ProvisionNeeds {
  readonly ways: ReadonlyMap<string, Way>;
  readonly attempts: LoginAttempts;
  /** Keeps what a provider gave to ask again by. */
  readonly keep: (person: KnownPerson, refreshToken: Secret | undefined) => void;
  /** Keeps by which session of the provider somebody came. @returns its name here, where it has one */
  readonly remember: (identity: ExternalIdentity, person: KnownPerson) => string | undefined;
  /** An answer that was none. @throws GatewayError `limit.guessing` */
  readonly failed: (address: string) => void;
}

/** What came of a sign-in at a provider. */
export interface SignedInThere {
  readonly person: KnownPerson;
  readonly purpose: Purpose;
  /** By which session of the provider, as it is called here; undefined where the provider names none. */
  readonly origin: string | undefined;
  /** The cookie of the attempt, taken back. */
  readonly clear: string;
}

/** Signing in at identity providers. */
export interface SignIn {
  readonly buttons: readonly { readonly name: string; readonly label: string }[];
  /** Sends a browser to a provider. @throws GatewayError `idp.unknown`, `idp.unreachable` */
  begin(name: string, purpose: Purpose): Promise<Reply>;
  /**
   * Takes what a browser brings back.
   * @param provider whose address it came back to, where each has its own
   * @throws GatewayError `idp.*`
   */
  finish(inbound: Inbound, provider: string | undefined): Promise<SignedInThere>;
}

const GUESSES: ReadonlySet<string> = new Set(['idp.attempt', 'idp.answer']);

/** Whose request it is, for the record; what they may do is nothing by this. */
const principalOf = ({ called, name, id, groups, roles }: KnownPerson) => ({ subject: called, name: name ?? called, method: 'oauth' as const, credentialId: id, roles, groups, permissions: new PermissionSet([]) });

/** The one state of an answer. @throws GatewayError `idp.attempt` */
const stateOf = (query: URLSearchParams): string => {
  const states = query.getAll('state');
  const [state = ''] = states;
  if (states.length !== 1 || !/^[\w-]{20,100}$/.test(state)) throw new GatewayError('idp.attempt', { reason: 'the answer has no state, or several' });
  return state;
};

/** Puts together how people sign in at the providers of a configuration. */
export const buildSignIn = ({ ways, attempts, keep, remember, failed, ...needs }: SignInNeeds): SignIn => {
  const wayOf = (name: string): Way => {
    const way = ways.get(name);
    if (way === undefined) throw new GatewayError('idp.unknown', { reason: 'no provider of that name' });
    return way;
  };
  const take = async (inbound: Inbound, own: string | undefined): Promise<SignedInThere> => {
    const query = new URLSearchParams(inbound.query);
    // A provider with an address of its own answers there and nowhere else (mix-up, RFC 9700 §4.4.2.2).
    const isPlaceOf = (asked: { readonly provider: string; readonly redirectUri: string }): boolean => (own === undefined || own === asked.provider) && new URL(asked.redirectUri).pathname === inbound.path;
    const pending = attempts.take(stateOf(query), inbound, isPlaceOf);
    const { provider, admission, redirectUri } = wayOf(pending.provider);
    const { identity, refreshToken } = await provider.finish(new URL(`${redirectUri}?${query.toString()}`), pending.attempt);
    const person = provision(identity, admission, needs);
    keep(person, refreshToken);
    const origin = remember(identity, person);
    widen(inbound, { principal: principalOf(person) });
    return { person, purpose: pending.purpose, origin, clear: pending.clear };
  };
  return {
    buttons: [...ways.values()].map(({ provider: { name, label } }) => ({ name, label })),
    async begin(name, purpose) {
      const { provider, redirectUri } = wayOf(name);
      const { attempt, cookie } = attempts.begin({ provider: name, redirectUri, purpose });
      const url = await provider.begin(attempt);
      // By a page and not by a redirect where a form has led here: a browser would hold the redirect against the page that has the form.
      const reply: Reply = purpose.kind === 'question' ? renderOnward(provider.label, url) : { kind: 'whole', status: 303, headers: { Location: url.href, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }, body: '' };
      return { ...reply, cookies: [cookie] };
    },
    async finish(inbound, own) {
      try {
        return await take(inbound, own);
      } catch (error) {
        // Whoever tries many answers is stopped as whoever tries many keys is.
        if (error instanceof GatewayError && GUESSES.has(error.code)) failed(inbound.address);
        throw error;
      }
    },
  };
};
