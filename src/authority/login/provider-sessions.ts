import type { ExternalIdentity } from '../../model/external-identity.ts';
import { Records, type RecordNeeds } from '../records/records.ts';

/** Longer than anything lives that is not used, and that a sign-in has led to. */
const KEPT_MS = 400 * 86_400_000;

/** Who signed in by which session of a provider: a logout may name nothing else (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export class ProviderSessions {
  readonly #needs: RecordNeeds;
  readonly #records: Records;

  constructor(needs: RecordNeeds) {
    [this.#needs, this.#records] = [needs, new Records('ProviderSession', needs)];
  }

  remember({ issuer, session }: Pick<ExternalIdentity, 'issuer' | 'session'>, accountId: string): void {
    if (session === undefined) return;
    const { clock, store } = this.#needs;
    store.put(this.#records.seal(`${issuer} ${session}`, { accountId }, clock.nowMs() + KEPT_MS), clock.nowMs());
  }

  accountOf(issuer: string, session: string): string | undefined {
    const found = this.#records.find(`${issuer} ${session}`);
    return found === undefined ? undefined : String(this.#records.open(found)['accountId']);
  }
}
