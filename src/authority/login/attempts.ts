import { timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import type { LoginAttempt } from '../../ports/identity-provider.ts';
import type { World } from '../../ports/world.ts';
import { Records, type RecordNeeds } from '../records/records.ts';
import { BrowserCookie } from './browser-cookie.ts';

/** What a sign-in is for: a question of a client, or a browser by itself. */
export type Purpose = { readonly kind: 'question'; readonly uid: string } | { readonly kind: 'browser'; readonly next: string | undefined };

/** A sign-in that is under way. */
export interface Pending {
  readonly provider: string;
  readonly attempt: LoginAttempt;
  readonly purpose: Purpose;
}

const LASTS_MS = 600_000;
const KIND = 'LoginAttempt';

const isSame = (one: string, other: string): boolean => one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const notUnderWay = (reason: string): GatewayError => new GatewayError('idp.attempt', { reason });

export interface AttemptNeeds extends RecordNeeds, Pick<World, 'random'> {
  readonly secure: boolean;
}

/**
 * Sign-ins that are under way. Each belongs to one browser by a cookie of its own, is sealed in the store, lasts ten minutes, and is taken once by
 * one conditional write, in whatever process (attacks.md A10).
 */
export class LoginAttempts {
  readonly #needs: AttemptNeeds;
  readonly #records: Records;

  constructor(needs: AttemptNeeds) {
    [this.#needs, this.#records] = [needs, new Records(KIND, needs)];
  }

  /** Begins one. @returns the attempt, and the cookie that the browser has to keep */
  begin({ provider, redirectUri, purpose }: { readonly provider: string; readonly redirectUri: string; readonly purpose: Purpose }): { readonly attempt: LoginAttempt; readonly cookie: string } {
    const { clock, store } = this.#needs;
    const [state, nonce, codeVerifier, browser] = [this.#draw(), this.#draw(), this.#draw(), this.#draw()];
    const payload = { provider, redirectUri, nonce, codeVerifier, browser: this.#markOf(browser), purpose: JSON.stringify(purpose) };
    store.put(this.#records.seal(state, payload, clock.nowMs() + LASTS_MS), clock.nowMs());
    return { attempt: { redirectUri, state, nonce, codeVerifier }, cookie: this.#cookieOf(state).set(browser, LASTS_MS / 1000) };
  }

  /**
   * Takes the one that an answer belongs to. The browser and the place are looked at first: nothing else can use it up.
   * @param came the request that brought it
   * @param isOf whether an answer of a provider may come back there
   * @throws GatewayError `idp.attempt`
   */
  take(state: string, came: { readonly headers: RequestHeaders }, isOf: (pending: Pick<Pending, 'provider'> & { readonly redirectUri: string }) => boolean): Pending & { readonly clear: string } {
    const { clock, store } = this.#needs;
    const found = this.#records.find(state);
    if (found === undefined || clock.nowMs() >= (found.expiresAtMs ?? 0)) throw notUnderWay('the state is of no sign-in, or of one that is over');
    const { provider, redirectUri, nonce, codeVerifier, browser, purpose } = this.#records.open(found);
    const cookie = this.#cookieOf(state);
    const presented = cookie.read(came.headers);
    if (presented === undefined || !isSame(this.#markOf(presented), String(browser))) throw notUnderWay('the sign-in is of another browser');
    if (!isOf({ provider: String(provider), redirectUri: String(redirectUri) })) throw notUnderWay(`the answer of ${String(provider)} came back to another address`);
    if (!store.consume(KIND, found.id, clock.nowMs())) throw notUnderWay('the sign-in was finished before');
    const attempt = { redirectUri: String(redirectUri), state, nonce: String(nonce), codeVerifier: String(codeVerifier) };
    return { provider: String(provider), attempt, purpose: JSON.parse(String(purpose)) as Purpose, clear: cookie.clear() }; // sealed by begin, and only there
  }

  /** One cookie for each, so that two tabs do not disturb each other. */
  #cookieOf(state: string): BrowserCookie {
    return new BrowserCookie(`sallyport_login_${this.#needs.sealing.follow(state, 'cookie').slice(0, 12)}`, this.#needs);
  }

  #markOf(browser: string): string {
    return this.#needs.sealing.follow(browser, 'browser');
  }

  #draw(): string {
    return Buffer.from(this.#needs.random.bytes(32)).toString('base64url');
  }
}
