import type { ProviderChecks } from '../authority/login/provider-checks.ts';
import type { Authenticator } from '../ports/authenticator.ts';
import type { Identified } from '../model/exchange.ts';
import type { Policy } from '../model/policy.ts';
import type { TrustedIssuer } from '../stages/authenticate/token/verify-jwt.ts';
import type { Shield } from '../stages/shield/shield.ts';
import type { Base } from './base.ts';
import type { SignInWay } from './identity-providers.ts';
import type { Upstreams } from './upstreams.ts';

/** What the planes of all listeners are made of. */
export interface Built {
  readonly base: Base;
  /** The ways in of all listeners; each opens those that it lists. */
  readonly ways: readonly Authenticator[];
  /** Issuers by `iss`, with their keys. */
  readonly trusted: ReadonlyMap<string, TrustedIssuer>;
  readonly upstreams: Upstreams;
  /** The providers that people sign in by, by name. */
  readonly signInWays: ReadonlyMap<string, SignInWay>;
  /** Whether people are still there. */
  readonly checks: ProviderChecks;
  readonly policy: Policy;
  /** One for all: whoever guesses at one has guessed at the other. */
  readonly shield: Shield;
  /** One for all listeners, too. */
  readonly limitAdmin: (identified: Identified) => Identified;
}
