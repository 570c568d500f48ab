import type { Reply, Shielded } from '../../model/exchange.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { ShownCertificate, UncheckedCertificate } from '../exchange/shown-certificate.ts';
import type { Accounts } from '../ask/accounts.ts';
import type { ProviderButton } from '../pages/sign-in-pages.ts';
import type { ProviderRunner } from '../provider/provider-runner.ts';
import type { AuthorityRouted } from '../requests/destination.ts';
import type { AuthorityRules } from '../rules.ts';

export type AuthorityAsked = AuthorityRouted & Shielded;

export interface AnswerNeeds {
  readonly runner: ProviderRunner;
  readonly rules: AuthorityRules;
  readonly accounts: Accounts;
  readonly ask: (asked: AuthorityAsked) => Promise<Reply>;
  readonly account: (asked: AuthorityAsked) => Promise<Reply>;
  /** Providers that people may sign in by. */
  readonly providers: readonly ProviderButton[];
  /** What has to do with identity providers. */
  readonly login: (asked: AuthorityAsked) => Promise<Reply>;
  readonly readForm: (headers: Shielded['headers'], body: Buffer) => ReadonlyMap<string, string>;
  readonly readJson: (headers: Shielded['headers'], body: Buffer) => JsonValue;
  /** Takes one from the registrations of an address. @throws GatewayError `oauth.registration-limited` */
  readonly countRegistration: (address: string) => void;
  /** What a signed token of our own says; undefined where it is none, or over. */
  readonly inspect: (token: string) => Promise<JsonObject | undefined>;
  /** Ends one signed token. */
  readonly deny: (token: string) => void;
  /** What the client of the connection has shown. */
  readonly certificateOf: (asked: AuthorityAsked) => ShownCertificate | UncheckedCertificate | undefined;
  /** Asks the provider that somebody signed in by whether they are still there, where it is time. */
  readonly check: (accountId: string) => Promise<void>;
  /** A client or code that was wrong. @throws GatewayError `limit.guessing` */
  readonly failed: (address: string) => void;
}
