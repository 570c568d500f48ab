import type { RequestHeaders } from '../../model/exchange.ts';
import { textOf } from '../../model/json.ts';
import { Records, type RecordNeeds } from '../records/records.ts';
import type { World } from '../../ports/world.ts';
import { BrowserCookie } from './browser-cookie.ts';

const KIND = 'ProvenLogin';
const LASTS_MS = 60_000;

/** Somebody, and by which session of their provider; undefined where it names none. */
interface Named {
  readonly accountId: string;
  readonly origin: string | undefined;
}

/**
 * Whom a provider has named in the middle of a question, until the browser is back at that question: handed over once, to the browser that
 * brought the answer, within a minute.
 */
export class ProvenLogins {
  readonly #needs: RecordNeeds & Pick<World, 'random'>;
  readonly #records: Records;
  readonly #cookie: BrowserCookie;

  constructor(needs: RecordNeeds & Pick<World, 'random'>, how: { readonly secure: boolean }) {
    [this.#needs, this.#records] = [needs, new Records(KIND, needs)];
    this.#cookie = new BrowserCookie('sallyport_proven', how);
  }

  /** @returns the cookie that the browser has to keep */
  put(uid: string, { accountId, origin }: Named): string {
    const { clock, store, random } = this.#needs;
    const ticket = Buffer.from(random.bytes(32)).toString('base64url');
    store.put(this.#records.seal(ticket, { uidOf: uid, accountId, ...(origin === undefined ? {} : { origin }) }, clock.nowMs() + LASTS_MS), clock.nowMs());
    return this.#cookie.set(ticket, LASTS_MS / 1000);
  }

  /** Who was proven for a question; undefined when nobody was, for this one and this browser. */
  take(uid: string, headers: RequestHeaders): (Named & { readonly clear: string }) | undefined {
    const { clock, store } = this.#needs;
    const ticket = this.#cookie.read(headers);
    const found = ticket === undefined ? undefined : this.#records.find(ticket);
    if (found === undefined || clock.nowMs() >= (found.expiresAtMs ?? 0)) return undefined;
    const { uidOf, accountId, origin } = this.#records.open(found);
    if (uidOf !== uid || !store.consume(KIND, found.id, clock.nowMs())) return undefined;
    return { accountId: String(accountId), origin: textOf(origin), clear: this.#cookie.clear() };
  }
}
