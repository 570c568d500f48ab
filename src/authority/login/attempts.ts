import { GatewayError } from '../../errors/gateway-error.ts';
import type { RequestHeaders } from '../../model/exchange.ts';
import type { LoginAttempt } from '../../ports/identity-provider.ts';
import type { World } from '../../ports/world.ts';
import type { RecordNeeds } from '../records/records.ts';
import { BrowserCookie } from './browser-cookie.ts';

/** What a sign-in is for: a question of a client, or a browser by itself. */
export type Purpose = { readonly kind: 'question'; readonly uid: string } | { readonly kind: 'browser'; readonly next: string | undefined };

/** A sign-in that is under way. */
export interface Pending {
  readonly provider: string;
  readonly attempt: LoginAttempt;
  readonly purpose: Purpose;
}

interface Kept extends Pending {
  readonly untilMs: number;
}

const LASTS_MS = 600_000;
const KIND = 'LoginAttempt';

const notUnderWay = (reason: string): GatewayError => new GatewayError('idp.attempt', { reason });

export interface AttemptNeeds extends RecordNeeds, Pick<World, 'random'> {
  readonly secure: boolean;
}

/**
 * Sign-ins that are under way. Each is sealed in a cookie of its own, so that it is its browser's alone and whoever begins many fills no table; it
 * lasts ten minutes, and is taken once by one conditional write, in whatever process (attacks.md A10).
 */
export class LoginAttempts {
  readonly #needs: AttemptNeeds;

  constructor(needs: AttemptNeeds) {
    this.#needs = needs;
  }

  /** Begins one. @returns the attempt, and the cookie that the browser has to keep */
  begin({ provider, redirectUri, purpose }: { readonly provider: string; readonly redirectUri: string; readonly purpose: Purpose }): { readonly attempt: LoginAttempt; readonly cookie: string } {
    const { clock, sealing } = this.#needs;
    const attempt = { redirectUri, state: this.#draw(), nonce: this.#draw(), codeVerifier: this.#draw() };
    const kept: Kept = { provider, attempt, purpose, untilMs: clock.nowMs() + LASTS_MS };
    return { attempt, cookie: this.#cookieOf(attempt.state).set(sealing.seal(JSON.stringify(kept), `${KIND} ${attempt.state}`), LASTS_MS / 1000) };
  }

  /**
   * Takes the one that an answer belongs to. The browser and the place are looked at first: nothing else can use it up.
   * @param came the request that brought it
   * @param isOf whether an answer of a provider may come back there
   * @throws GatewayError `idp.attempt`
   */
  take(state: string, came: { readonly headers: RequestHeaders }, isOf: (pending: Pick<Pending, 'provider'> & { readonly redirectUri: string }) => boolean): Pending & { readonly clear: string } {
    const { clock, store, sealing } = this.#needs;
    const cookie = this.#cookieOf(state);
    const { untilMs, ...pending } = this.#open(state, cookie.read(came.headers));
    if (clock.nowMs() >= untilMs) throw notUnderWay('the sign-in is over');
    if (!isOf({ provider: pending.provider, redirectUri: pending.attempt.redirectUri })) throw notUnderWay(`the answer of ${pending.provider} came back to another address`);
    if (!store.add({ kind: KIND, id: sealing.follow(state, KIND), payload: '', expiresAtMs: untilMs }, clock.nowMs())) throw notUnderWay('the sign-in was finished before');
    return { ...pending, clear: cookie.clear() };
  }

  /** What the cookie of a state holds: it opens for no other state. */
  #open(state: string, sealed: string | undefined): Kept {
    if (sealed === undefined) throw notUnderWay('the sign-in is of another browser, or of none');
    try {
      return JSON.parse(this.#needs.sealing.open(sealed, `${KIND} ${state}`)) as Kept; // sealed by begin, and only there
    } catch (cause) {
      throw new GatewayError('idp.attempt', { reason: 'the cookie is not of this sign-in', cause });
    }
  }

  /** One cookie for each, so that two tabs do not disturb each other. */
  #cookieOf(state: string): BrowserCookie {
    return new BrowserCookie(`sallyport_login_${this.#needs.sealing.follow(state, 'cookie').slice(0, 12)}`, this.#needs);
  }

  #draw(): string {
    return Buffer.from(this.#needs.random.bytes(32)).toString('base64url');
  }
}
