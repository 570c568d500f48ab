import { GatewayError } from '../../errors/gateway-error.ts';
import { admit, type Admission } from '../../model/admission.ts';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import { providerAsDenier } from '../../model/token/denial.ts';
import type { Store } from '../../ports/store.ts';
import type { World } from '../../ports/world.ts';
import { withDirectory } from './directory-groups.ts';

export interface ProvisionNeeds extends Pick<World, 'clock' | 'random'> {
  readonly store: Pick<Store, 'people' | 'denials' | 'directory' | 'transaction'>;
  /** The provider whose people a company's directory tells of. */
  readonly directoryOf?: string | undefined;
}

const words = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 120);

/**
 * Takes what a provider says of somebody between two sign-ins: their groups and roles are those of now.
 * @returns false when they would not be let in any more
 */
export const readmit = (person: KnownPerson, proven: ExternalIdentity, { rules, store, directoryOf }: Pick<ProvisionNeeds, 'store' | 'directoryOf'> & { readonly rules: Admission }): boolean => {
  const isOfDirectory = directoryOf === rules.provider;
  const admitted = admit(isOfDirectory ? withDirectory(proven, store.directory) : proven, rules);
  if (admitted === undefined) return false;
  const { groups, roles } = admitted;
  const now: KnownPerson = { ...person, groups, roles, ...(isOfDirectory ? { said: { emails: proven.emails, groups: proven.groups } } : {}) };
  if (JSON.stringify(now) !== JSON.stringify(person)) store.people.put(now);
  return true;
};

/** What the provider itself has ended it takes back by vouching again; what anybody else has denied stays (R44). */
const resume = (names: ReadonlySet<string>, provider: string, { store: { denials } }: Pick<ProvisionNeeds, 'store'>): void => {
  for (const name of names) {
    const standing = denials.standing('person', '', name);
    if (standing?.by === providerAsDenier(provider)) denials.lift(standing.id);
  }
};

/**
 * Somebody whom a provider has named becomes somebody who is known here, or is found again by issuer and subject; what is known of them is
 * what the provider says now.
 * @throws GatewayError `idp.not-admitted` for whom nobody lets in, and for whom somebody has disabled
 */
export const provision = (proven: ExternalIdentity, rules: Admission, { store, clock, random, directoryOf }: ProvisionNeeds): KnownPerson => {
  const isOfDirectory = directoryOf === rules.provider;
  const identity = isOfDirectory ? withDirectory(proven, store.directory) : proven;
  const admitted = admit(identity, rules);
  if (admitted === undefined) throw new GatewayError('idp.not-admitted', { reason: `nothing under signIn.${rules.provider}.allow fits ${words(`${rules.provider}:${identity.subject}`)}` });
  const { subject: called, own, groups, roles } = admitted;
  return store.transaction(() => {
    const known = store.people.find(identity.issuer, identity.subject);
    resume(new Set([own, called, ...(known === undefined ? [] : [known.called])]), rules.provider, { store });
    const denied = [own, called].map((name) => store.denials.standing('person', '', name)).find((denial) => denial !== undefined);
    if (denied !== undefined) throw new GatewayError('idp.not-admitted', { reason: `${words(denied.value)} was disabled by ${words(denied.by)} (${denied.id})` });
    const nowMs = clock.nowMs();
    const person: KnownPerson = {
      id: known?.id ?? `per_${Buffer.from(random.bytes(9)).toString('hex')}`,
      provider: rules.provider, issuer: identity.issuer, subject: identity.subject, own, called,
      ...(identity.name === undefined ? {} : { name: identity.name }),
      groups, roles, ...(isOfDirectory ? { said: { emails: proven.emails, groups: proven.groups } } : {}), firstSeenAtMs: known?.firstSeenAtMs ?? nowMs, lastSeenAtMs: nowMs,
    };
    store.people.put(person);
    return person;
  });
};
