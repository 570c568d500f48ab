import { textOf } from '../../model/json.ts';
import { AssertionRefused, AssertionUnchecked, type RedeemedAssertion } from '../../authority/provider/assertion.ts';
import type { AuthorityRules } from '../../authority/rules.ts';
import type { Rights } from '../../stages/authenticate/index-keys.ts';
import { personAccount } from '../../model/account.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import { tokenDigest } from '../../model/token/token-digest.ts';
import { TokenFlaw } from '../../stages/authenticate/token/flaw.ts';
import { proveIdJag } from '../../stages/authenticate/token/prove-id-jag.ts';
import { personOf } from '../../stages/authenticate/token/token-person.ts';
import { factsOf, principalOf } from '../../stages/authenticate/token/token-principal.ts';
import type { ProvenClaims } from '../../stages/authenticate/token/verified-token.ts';
import { readIssuerJson } from '../tokens/issuer-json.ts';
import type { Built } from '../built.ts';

export interface IdJagNeeds {
  readonly rules: AuthorityRules;
  readonly rights: Rights;
  readonly built: Pick<Built, 'base' | 'trusted'>;
}

/** Somebody whom an issuer has named is known from then on, by issuer and subject; what is known of them is what it says now. */
const known = (proven: ProvenClaims, text: string, { rights, built: { base } }: IdJagNeeds): KnownPerson => {
  const facts = factsOf(proven, tokenDigest(text));
  const { groups, roles } = principalOf(proven, facts, rights);
  const { subject: called, own } = personOf(proven.claims, proven.issuer);
  const { store, denials, world: { clock, random } } = base;
  const denied = denials.against(facts);
  if (denied !== undefined) throw new TokenFlaw(denied);
  return store.transaction(() => {
    if ([own, called].some((name) => store.denials.standing('person', '', name) !== undefined)) throw new TokenFlaw(`is of ${called}, who is disabled`);
    const before = store.people.find(proven.issuer.issuer, facts.subject);
    const [nowMs, name] = [clock.nowMs(), textOf(proven.claims['name'])];
    const person: KnownPerson = {
      id: before?.id ?? `per_${Buffer.from(random.bytes(9)).toString('hex')}`,
      provider: proven.issuer.name, issuer: proven.issuer.issuer, subject: facts.subject, own, called, ...(name === undefined ? {} : { name }),
      groups, roles, firstSeenAtMs: before?.firstSeenAtMs ?? nowMs, lastSeenAtMs: nowMs,
    };
    store.people.put(person);
    return person;
  });
};

/** How identity assertions are redeemed: proven, and made into somebody who is known here. @throws AssertionRefused, AssertionUnchecked from the function returned */
export const buildRedeemAssertion = (needs: IdJagNeeds) => (assertion: string, clientId: string): Promise<RedeemedAssertion> =>
  redeemed(needs, assertion, clientId).catch((error: unknown) => {
    if (!(error instanceof TokenFlaw)) throw error;
    throw error.kind === 'unchecked' ? new AssertionUnchecked(error.message) : new AssertionRefused(`the assertion ${error.message}`);
  });

const redeemed = async ({ rules, rights, built }: IdJagNeeds, assertion: string, clientId: string): Promise<RedeemedAssertion> => {
  const { base, trusted } = built;
  const issuers = rules.clients.find(({ id }) => id === clientId)?.assertions ?? new Set<string>();
  const { proven, tokenId, expiresAtMs } = await proveIdJag(assertion, { audience: rules.issuer, issuers, clientId }, { byIssuer: trusted, readJson: readIssuerJson, clock: base.world.clock });
  const { id } = known(proven, assertion, { rules, rights, built });
  const { resource, scope } = proven.claims;
  return { accountId: personAccount(id), resource: textOf(resource), scope: textOf(scope), name: `${proven.issuer.issuer} ${tokenId}`, expiresAtMs };
};
