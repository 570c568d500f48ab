import type { Secret } from '../secret.ts';

/** What an issuer tells us of its own accord: that somebody has logged out, or that a token is revoked. */
export type NoticeKind = 'logout' | 'revocation';

/** What is accepted of one issuer's notices. */
export interface NoticeRules {
  /** The issuer's name in the configuration. */
  readonly name: string;
  /** One of these is in `aud` of its logout tokens; without any they are not accepted. */
  readonly logoutAudience: ReadonlySet<string>;
  /** How it proves itself where it revokes tokens; absent: it may not. */
  readonly revoker?: { readonly clientId: string; readonly clientSecret: Secret };
}
