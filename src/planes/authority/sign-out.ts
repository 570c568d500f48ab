import { deny, type About } from '../../admin/deny.ts';
import { Families } from '../../authority/account/families.ts';
import { ProviderSessions } from '../../authority/login/provider-sessions.ts';
import { ownKnownIssuer } from '../../config/authority/own-issuer.ts';
import type { Config } from '../../config/schema.ts';
import { personAccount } from '../../model/account.ts';
import type { Base } from '../base.ts';

interface Why {
  /** Who has said it. */
  readonly by: string;
  readonly reason: string;
}

/** Ends all that follows from the sign-ins of an account: browsers, what clients refresh with, and the tokens of both. Whoever may sign in does so again. */
export const buildEndSignIns = (config: Config, { store, sealing, world }: Base): ((account: string, why: Why) => void) => {
  const own = ownKnownIssuer(config);
  return (account, { by, reason }) => {
    const denyOwn = (about: readonly About[]): void => void deny(about, { store, world }, { name: by });
    const families = new Families({ store: store.authority, sealing, clock: world.clock, denyFamily: (grantId) => denyOwn(own.map((issuer) => ({ level: 'session', issuer, value: grantId, reason }))) });
    denyOwn(own.map((issuer) => ({ level: 'subject', issuer, value: account, issuedUntilMs: world.clock.nowMs(), reason })));
    families.endAll(account);
    families.endSessions(account);
  };
};

/**
 * Whom a provider has logged out, by name or by a session that they signed in here with, is signed out here: their browsers, what their clients refresh with, and the tokens of
 * both. They may sign in again, and are asked to.
 */
export const buildSignOut = (config: Config, { base }: { readonly base: Base }): ((said: readonly About[], by: string) => void) => {
  const { store, sealing, world: { clock } } = base;
  const [end, sessions] = [buildEndSignIns(config, base), new ProviderSessions({ store: store.authority, sealing, clock })];
  const accountsOf = ({ level, issuer, value }: About): readonly string[] => {
    if (level === 'session') return [sessions.accountOf(issuer.issuer, value)].filter((account) => account !== undefined);
    const person = level === 'subject' ? store.people.find(issuer.issuer, value) : undefined;
    return person === undefined ? [] : [personAccount(person.id)];
  };
  return (said, by) => {
    for (const account of new Set(said.flatMap((about) => accountsOf(about)))) end(account, { by, reason: 'logged out by its provider' });
  };
};
