import { deny, type About } from '../../admin/deny.ts';
import { Families } from '../../authority/account/families.ts';
import { ownKnownIssuer } from '../../config/authority/own-issuer.ts';
import type { Config } from '../../config/schema.ts';
import type { Built } from '../built.ts';
import { accountOf } from './person-accounts.ts';

/**
 * Whom a provider has logged out, and who signed in here by it, is signed out here: their browsers, what their clients refresh with, and the tokens of
 * both. They may sign in again, and are asked to.
 */
export const buildSignOut = (config: Config, { base: { store, sealing, world } }: Pick<Built, 'base'>): ((said: readonly About[], by: string) => void) => {
  const own = ownKnownIssuer(config);
  const of = (account: string): readonly About[] => own.map((issuer) => ({ level: 'subject', issuer, value: account, issuedUntilMs: world.clock.nowMs(), reason: 'logged out by its provider' }));
  return (said, by) => {
    if (own.length === 0) return;
    const denyOwn = (about: readonly About[]): void => void deny(about, { store, world }, { name: by });
    const families = new Families({ store: store.authority, sealing, clock: world.clock, denyFamily: (grantId) => denyOwn(own.map((issuer) => ({ level: 'session', issuer, value: grantId, reason: 'logged out by its provider' }))) });
    for (const { level, issuer, value } of said) {
      const person = level === 'subject' ? store.people.find(issuer.issuer, value) : undefined;
      if (person === undefined) continue;
      const account = accountOf(person.id);
      denyOwn(of(account));
      families.endAll(account);
      families.endSessions(account);
    }
  };
};
