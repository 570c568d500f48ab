import type { Issuer } from '../../../model/token/issuer.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Principal } from '../../../model/principal.ts';
import type { TokenFacts } from '../../../model/token/token-facts.ts';
import type { Confirmation } from './judge-claims.ts';

/** What vouches for a token while it is remembered: the key that verified it, or an introspection endpoint's word. */
export interface Voucher {
  /** Whether it still counts; else the token must be verified anew. */
  holds(): boolean;
}

/** Claims that are believed. */
export interface ProvenClaims {
  readonly issuer: Issuer;
  readonly claims: JsonObject;
  readonly expiresAtMs: number | undefined;
  readonly issuedAtMs: number | undefined;
  /** Where it is sooner than the expiry: an answer about an opaque token is believed for a while only. */
  readonly rememberUntilMs?: number;
  readonly voucher: Voucher;
}

/** A token that was verified, with everything a request must ask about it again. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly facts: TokenFacts;
  /** The issuer's name in the configuration. */
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly confirmation: Confirmation | undefined;
  /** Until when it may be remembered without being verified anew. */
  readonly rememberUntilMs: number;
  readonly voucher: Voucher;
}
