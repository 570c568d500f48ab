import type { Principal } from '../../model/principal.ts';
import type { Shielded } from '../../model/exchange.ts';
import type { JsonObject } from '../../model/json.ts';

/** Who has signed in: an account id that tokens carry as `sub`, and words for people. */
export interface SignedIn {
  readonly accountId: string;
  readonly principal: Principal;
}

/** Whom tokens are issued to. */
export interface Accounts {
  /** Whether anybody may act by it still. */
  isAccount(accountId: string): boolean;
  /** What people call it. */
  labelOf(accountId: string): string;
  /** Claims of its access tokens. */
  claimsOf(accountId: string): JsonObject;
  /**
   * Signs in with a key (D6).
   * @throws GatewayError `credential.*`, `limit.guessing`
   */
  withKey(request: Shielded, key: string, server: string): SignedIn | Promise<SignedIn>;
}
