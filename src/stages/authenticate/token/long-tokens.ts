import { DAY_MS } from '../../../model/duration.ts';
import type { Ending } from '../../../model/expiring.ts';
import type { Principal } from '../../../model/principal.ts';
import type { ProvenClaims } from './verified-token.ts';

/** Who refreshes gets a token for an hour or a day; one for longer was handed out once, and nobody renews it. */
const LONG_MS = 7 * DAY_MS;
const MOST = 5_000;

/** Access tokens of callers that live so long that nobody refreshes them: of each holder the one that lasts longest, because what was renewed is no news. */
export class LongTokens {
  readonly #byHolder = new Map<string, Ending>();

  /** Takes a token that was verified just now, which is once for each of them and not once a request. */
  note({ subject, clientId }: Pick<Principal, 'subject' | 'clientId'>, { issuer, issuedAtMs, expiresAtMs }: Pick<ProvenClaims, 'issuer' | 'issuedAtMs' | 'expiresAtMs'>): void {
    if (issuedAtMs === undefined || expiresAtMs === undefined || expiresAtMs - issuedAtMs < LONG_MS) return;
    const name = JSON.stringify([issuer.name, subject, clientId]);
    if ((this.#byHolder.get(name)?.expiresAtMs ?? 0) >= expiresAtMs) return;
    if (this.#byHolder.size >= MOST) this.#byHolder.clear();
    const by = clientId === undefined ? '' : ` by the client ${clientId}`;
    this.#byHolder.set(name, { name, what: `the access token of ${subject}${by}, from the issuer ${issuer.name},`, cure: 'get another one for it, or have its client refresh', fromMs: issuedAtMs, expiresAtMs });
  }

  get ends(): readonly Ending[] {
    return [...this.#byHolder.values()];
  }
}
