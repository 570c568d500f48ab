import type { RequestHeaders } from '../../model/exchange.ts';
import { BrowserCookie } from '../login/browser-cookie.ts';
import type { ProviderRunner } from '../provider/provider-runner.ts';
import type { AuthorityRules } from '../rules.ts';

/** A browser that is signed in. */
export interface Sitting {
  readonly accountId: string;
  /** What a form of its pages is bound to: the second name of its session, which opens nothing. */
  readonly mark: string;
}

const epochSeconds = (ms: number): number => Math.floor(ms / 1000);

/** The browsers that are signed in, by the cookie that signing in for a client leaves, too. */
export class Sittings {
  readonly #runner: ProviderRunner;
  readonly #rules: AuthorityRules;
  readonly #cookie: BrowserCookie;

  constructor(runner: ProviderRunner, rules: AuthorityRules) {
    [this.#runner, this.#rules] = [runner, rules];
    this.#cookie = new BrowserCookie('sallyport', { secure: rules.issuer.startsWith('https:') });
  }

  /** Who sits there; undefined where nobody does. */
  async find(headers: RequestHeaders): Promise<Sitting | undefined> {
    const id = this.#cookie.read(headers);
    const session = id === undefined || id === '' ? undefined : await (await this.#runner.provider).Session.find(id);
    return session?.accountId === undefined ? undefined : { accountId: session.accountId, mark: session.uid };
  }

  /** Lets somebody sit down; the id is new. */
  async begin(accountId: string, nowMs: number): Promise<{ readonly cookie: string; readonly mark: string }> {
    const provider = await this.#runner.provider;
    const session = new provider.Session();
    session.loginAccount({ accountId, loginTs: epochSeconds(nowMs) });
    const seconds = epochSeconds(this.#rules.session.absoluteMs);
    await session.save(seconds);
    return { cookie: this.#cookie.set(session.jti, seconds), mark: session.uid };
  }

  /** Lets somebody go. @returns the cookie, taken back */
  async end(headers: RequestHeaders): Promise<string> {
    const session = await (await this.#runner.provider).Session.find(this.#cookie.read(headers) ?? '');
    await session?.destroy();
    return this.#cookie.clear();
  }
}
