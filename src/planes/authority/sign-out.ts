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

/** What follows from sign-ins, to be ended for a reason. */
const familiesOf = (config: Config, { store, sealing, world }: Base) => {
  const own = ownKnownIssuer(config);
  return ({ by, reason }: Why) => {
    const denyOwn = (about: readonly About[]): void => void deny(about, { store, world }, { name: by });
    const denyFamily = (grantId: string): void => denyOwn(own.map((issuer) => ({ level: 'session', issuer, value: grantId, reason })));
    const denyAccount = (account: string): void => denyOwn(own.map((issuer) => ({ level: 'subject', issuer, value: account, issuedUntilMs: world.clock.nowMs(), reason })));
    return { denyAccount, families: new Families({ store: store.authority, sealing, clock: world.clock, denyFamily }) };
  };
};

/** Ends all that follows from the sign-ins of an account: browsers, what clients refresh with, and the tokens of both. Whoever may sign in does so again. */
export const buildEndSignIns = (config: Config, base: Base): ((account: string, why: Why) => void) => {
  const familiesFor = familiesOf(config, base);
  return (account, why) => {
    const { denyAccount, families } = familiesFor(why);
    denyAccount(account);
    families.endAll(account);
    families.endSessions(account);
  };
};

/**
 * Whom a provider has logged out by name is signed out here: their browsers, what their clients refresh with, and the tokens of both. Where it names a session
 * alone, what followed from that session ends, and no other of theirs; where it names both, all of theirs, because providers say so when they end all (keycloak#22914). They may sign in again, and are asked to.
 */
export const buildSignOut = (config: Config, { base }: { readonly base: Base }): ((said: readonly About[], by: string) => void) => {
  const { store, sealing, world: { clock } } = base;
  const [end, sessions] = [buildEndSignIns(config, base), new ProviderSessions({ store: store.authority, sealing, clock })];
  const familiesFor = familiesOf(config, base);
  const endSession = ({ issuer: { issuer }, value }: About, why: Why): void => {
    const ending = sessions.endingOf(issuer, value);
    if (ending?.kind === 'account') end(ending.accountId, why);
    if (ending?.kind !== 'parts') return;
    const { families } = familiesFor(why);
    for (const part of sessions.take(issuer, value)) families.endPart(part);
  };
  return (said, by) => {
    const why = { by, reason: 'logged out by its provider' };
    for (const about of said) {
      const person = about.level === 'subject' ? store.people.find(about.issuer.issuer, about.value) : undefined;
      if (person !== undefined) end(personAccount(person.id), why);
      if (about.level === 'session') endSession(about, why);
    }
  };
};
