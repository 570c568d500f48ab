import type { ExternalIdentity } from '../../model/external-identity.ts';
import { textOf } from '../../model/json.ts';
import { Records, type RecordNeeds } from '../records/records.ts';

/** Longer than anything lives that is not used, and that a sign-in has led to. */
const KEPT_MS = 400 * 86_400_000;

/** What ends with a session of a provider: what followed from it, part by part, or all that its person has where nobody noted the parts. */
export type Ending = { readonly kind: 'parts' } | { readonly kind: 'account'; readonly accountId: string };

/**
 * Who signed in by which session of a provider, and what followed from it: grants of clients, and browsers. A logout may name nothing but the session, and
 * then it is that one alone which is over (OpenID Connect Back-Channel Logout 1.0 §2.4).
 */
export class ProviderSessions {
  readonly #needs: RecordNeeds;
  readonly #sessions: Records;
  readonly #parts: Records;

  constructor(needs: RecordNeeds) {
    [this.#needs, this.#sessions, this.#parts] = [needs, new Records('ProviderSession', needs), new Records('SignedInBy', needs)];
  }

  /** @returns the name under which what follows is noted; undefined where the provider names no session */
  remember({ issuer, session }: Pick<ExternalIdentity, 'issuer' | 'session'>, accountId: string): string | undefined {
    if (session === undefined) return undefined;
    const { clock, store } = this.#needs;
    const value = `${issuer} ${session}`;
    const before = this.#sessions.find(value);
    // Of one that was kept before parts were noted, some have no note: it goes on to end all that its person has.
    const inParts = before === undefined || this.#sessions.open(before)['inParts'] === true;
    store.put(this.#sessions.seal(value, { accountId, inParts }, clock.nowMs() + KEPT_MS), clock.nowMs());
    return this.#sessions.idOf(value);
  }

  /** Notes what followed from a session: a grant, or a browser by the second name of its own session. */
  note(origin: string | undefined, part: string): void {
    const { clock, store } = this.#needs;
    if (origin !== undefined) store.put(this.#parts.seal(part, { accountId: origin, part }, clock.nowMs() + KEPT_MS), clock.nowMs());
  }

  /** A browser gets a grant: it is signed in by what the grant came from, or the grant comes from what the browser is signed in by. */
  seat(browser: string, grantId: string): void {
    const origin = this.#originOf(grantId);
    if (origin === undefined) this.note(this.#originOf(browser), grantId);
    else this.note(origin, browser);
  }

  /** What a logout of a session ends; undefined when nobody signed in by it. */
  endingOf(issuer: string, session: string): Ending | undefined {
    const found = this.#sessions.find(`${issuer} ${session}`);
    if (found === undefined) return undefined;
    const { accountId, inParts } = this.#sessions.open(found);
    return inParts === true ? { kind: 'parts' } : { kind: 'account', accountId: String(accountId) };
  }

  /** Takes what was noted of a session, each part once. */
  *take(issuer: string, session: string): Generator<string> {
    const { store } = this.#needs;
    const origin = this.#sessions.idOf(`${issuer} ${session}`);
    for (let found = store.ofAccount('SignedInBy', origin); found.length > 0; found = store.ofAccount('SignedInBy', origin)) {
      for (const record of found) {
        yield String(this.#parts.open(record)['part']);
        store.destroy('SignedInBy', record.id);
      }
    }
  }

  #originOf(part: string): string | undefined {
    const found = this.#parts.find(part);
    return found === undefined ? undefined : textOf(this.#parts.open(found)['accountId']);
  }
}
