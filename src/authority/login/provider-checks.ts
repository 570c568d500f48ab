import { GatewayError } from '../../errors/gateway-error.ts';
import type { ExternalIdentity } from '../../model/external-identity.ts';
import type { Failures } from '../../model/failing.ts';
import type { KnownPerson } from '../../model/known-person.ts';
import type { Secret } from '../../model/secret.ts';
import type { IdentityProvider, StillThere } from '../../ports/identity-provider.ts';
import type { ProviderToken, ProviderTokenStore } from '../../ports/provider-token-store.ts';
import type { World } from '../../ports/world.ts';
import type { Sealing } from '../keys/sealing.ts';
import { openToken, sealToken } from './provider-tokens.ts';

/** A provider that is asked, and how often. */
export interface Checked {
  readonly provider: Pick<IdentityProvider, 'refresh'>;
  /** Undefined where it is not asked. */
  readonly everyMs: number | undefined;
}

export interface CheckNeeds extends Pick<World, 'clock' | 'log'> {
  readonly tokens: ProviderTokenStore;
  readonly sealing: Sealing;
  readonly providers: ReadonlyMap<string, Checked>;
  /** Providers that cannot be asked, over reloads. */
  readonly failures: Failures;
  readonly accountOf: (personId: string) => string;
  readonly personOf: (account: string) => KnownPerson | undefined;
  /** Takes what a provider says of somebody now; false when nobody would let them in by it. */
  readonly readmit: (person: KnownPerson, identity: ExternalIdentity) => boolean;
  /** Ends all that somebody has, and puts it on record. */
  readonly end: (person: KnownPerson, reason: string) => void;
  /** Puts on record that a provider cannot be asked; told once, and again after it could. */
  readonly failing: (person: KnownPerson, error: GatewayError) => void;
}

/** Whoever claims a token has so long to ask by it; after that, or after a kill in between, somebody else does. */
const CLAIM_MS = 60_000;
/** Whoever refreshes waits no longer for a provider; what it says later counts then. */
const WAIT_MS = 3_000;
const AT_ONCE = 8;
/** So many are asked about in one sweep: a provider that has just been down is not to be run over. */
const MOST_SWEPT = 200;

/**
 * Asks identity providers whether the people who are signed in here are still there, by the refresh tokens that they gave (R44). A refusal ends all
 * that the person has; a provider that cannot be asked logs nobody out. Of all processes one asks: the claim is a conditional write, and so is
 * what follows, so that a sign-in in between is never undone.
 */
export class ProviderChecks {
  readonly #needs: CheckNeeds;
  readonly #running = new Map<string, Promise<void>>();
  #sweeping = false;

  constructor(needs: CheckNeeds) {
    this.#needs = needs;
  }

  /** Keeps what a provider has just given. One that gives none again, such as Google, leaves the former one good. */
  keep(person: KnownPerson, refreshToken: Secret | undefined): void {
    const { tokens, sealing, clock, providers, accountOf } = this.#needs;
    const everyMs = providers.get(person.provider)?.everyMs;
    if (refreshToken === undefined || everyMs === undefined) return;
    tokens.put({ account: accountOf(person.id), sealed: sealToken(refreshToken, person, sealing), askAtMs: clock.nowMs() + everyMs });
  }

  /** Asks about somebody who comes to refresh, where it is time; never longer than a bound. */
  async check(account: string): Promise<void> {
    const { clock, tokens } = this.#needs;
    const kept = tokens.find(account);
    const asking = this.#running.get(account) ?? (kept === undefined || clock.nowMs() < kept.askAtMs ? undefined : this.#begin(kept));
    if (asking === undefined) return;
    const { promise: elapsed, resolve } = Promise.withResolvers<void>();
    const stop = clock.after(WAIT_MS, resolve);
    await Promise.race([asking, elapsed]);
    stop();
  }

  /** Asks about all who have something here and of whom it is time. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      const due = this.#needs.tokens.due(this.#needs.clock.nowMs(), MOST_SWEPT);
      for (let at = 0; at < due.length; at += AT_ONCE) await Promise.all(due.slice(at, at + AT_ONCE).map((kept) => this.#running.get(kept.account) ?? this.#begin(kept)));
    } finally {
      this.#sweeping = false;
    }
  }

  #begin(kept: ProviderToken): Promise<void> {
    const asking = this.#ask(kept)
      .catch((error: unknown) => this.#needs.log.error('nobody could ask whether somebody is still at their provider', { account: kept.account, error }))
      .finally(() => this.#running.delete(kept.account));
    this.#running.set(kept.account, asking);
    return asking;
  }

  async #ask(kept: ProviderToken): Promise<void> {
    const { tokens, sealing, clock, providers, personOf, end } = this.#needs;
    const claimed = { ...kept, askAtMs: clock.nowMs() + CLAIM_MS };
    if (!tokens.replace(kept, claimed)) return;
    const person = personOf(kept.account);
    const { provider, everyMs } = providers.get(person?.provider ?? '') ?? {};
    if (person === undefined || provider === undefined || everyMs === undefined) return;
    const said = await this.#said(person, provider.refresh(openToken(claimed, person, sealing), person.subject));
    if (said === undefined) return;
    const over = this.#whyOver(person, said);
    if (over !== undefined) {
      if (tokens.drop(claimed)) end(person, over);
      return;
    }
    const next = said.kind === 'there' ? said.refreshToken : undefined;
    tokens.replace(claimed, { ...claimed, ...(next === undefined ? {} : { sealed: sealToken(next, person, sealing) }), askAtMs: clock.nowMs() + everyMs });
  }

  /** Why somebody has nothing here any more by what their provider says; undefined while they have. */
  #whyOver(person: KnownPerson, said: StillThere): string | undefined {
    if (said.kind === 'refused') return said.reason;
    return said.identity === undefined || this.#needs.readmit(person, said.identity) ? undefined : 'in no group and with no address any more that is let in';
  }

  /** What a provider says; undefined where it cannot be asked, which is told once until it can. */
  async #said(person: KnownPerson, asking: Promise<StillThere>): Promise<StillThere | undefined> {
    try {
      const said = await asking;
      if (this.#needs.failures.has(person.provider)) this.#needs.log.info('an identity provider can be asked again', { provider: person.provider });
      this.#needs.failures.worked(person.provider);
      return said;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const isTold = this.#needs.failures.has(person.provider);
      this.#needs.failures.failed({ name: person.provider, what: `the identity provider ${person.provider}, which says whether people are still there,`, reason: error.circumstances.reason }, this.#needs.clock.nowMs());
      if (!isTold) this.#needs.failing(person, error);
      return undefined;
    }
  }
}
